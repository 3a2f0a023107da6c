"""Decides what goes on air: the answer to the turn, speech from the queue, an apology when no answer can be made."""

from dataclasses import replace

from pipeline.commands import Discard, KeptText, Release, ReplyCommitted, StartReply, StaticText
from pipeline.messages import Message, Prompt
from pipeline.turn import filler, history
from pipeline.turn.caller import Floor
from pipeline.turn.care import with_care
from pipeline.turn.changed import changed
from pipeline.turn.due import ON_EVENTS, Due
from pipeline.turn.endpointing import commit_turn
from pipeline.turn.policy import Policy
from pipeline.turn.preemption import awaits_hook, is_answerable, is_the_answer, with_request
from pipeline.turn.replies import EndedReply, GenerateRequest, OnAir, SpeechKind
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech, without_speech
from pipeline.turn.state import Presence, State

STUCK_LIMIT = 2
"""Replies in a row that may be stuck until not even an apology is tried: then nothing can be played."""


def commit_reply(state: State, policy: Policy) -> Decision | None:
    """Enter what was heard of a reply that has ended into the history; of one that nobody heard nothing remains."""
    ended = state.ended_reply
    if ended is None:
        return None
    owes_apology = state.owes_apology or (ended.broke_off and ended.answers_turn and not ended.rest)
    after = _with_rest(changed(state, ended_reply=None, owes_apology=owes_apology), ended)
    if not ended.heard:
        is_unheard = ended.answers_turn and ended.is_cut and not (ended.is_unwanted or ended.is_stuck)
        return with_care(after, is_unheard=True) if is_unheard else after, ()
    is_cut = ended.is_cut and not (ended.is_stuck and ended.rest)
    is_aside = ended.kind in ("filler", "trouble")
    message = Message("assistant", ended.heard, state.at, cut=is_cut, is_backchannel=is_aside)
    after = history.with_messages(after if is_aside else with_care(after, is_unheard=False), [message])
    return after, (ReplyCommitted(ended.reply_id, after.history[-1]),)


def _with_rest(state: State, ended: EndedReply) -> State:
    """Have the rest of a reply that was stuck said again; an apology when that is stuck, too, or is not known."""
    if ended.rest and not ended.is_cut:  # the voice is away since
        kind: SpeechKind = "late" if ended.answers_turn else "speech"
        return with_new_speech(state, StaticText(ended.rest), is_first=True, is_discardable=True, kind=kind)
    if not ended.is_stuck:
        return with_care(state, stuck_replies=0) if ended.heard and state.care.stuck_replies else state
    times = state.care.stuck_replies
    state = with_care(state, stuck_replies=times + 1)
    if not times and ended.rest:
        return with_new_speech(state, StaticText(ended.rest), is_first=True)
    return changed(state, owes_apology=times < STUCK_LIMIT)


def release_answer(state: State, policy: Policy) -> Decision | None:
    """Release the answer at the later of the end of the turn and its first audio; only then commit the turn.

    A person who goes on speaking before that goes on with the same turn.
    """
    reply = state.pending_reply
    if reply is None or not (_has_answer(state) and _may_speak(state)):
        return None
    after, shown = commit_turn(state)
    on_air = OnAir(reply_id=reply.reply_id, answers_turn=True, continues=state.tools.continues, requests=reply.requests)
    after = after.tools_with(unanswered=(), steps=0, has_filled=False)  # it was made from all results
    return changed(after, pending_reply=None, on_air=on_air), (*shown, Release(reply.reply_id))


def release_answer_due(state: State, policy: Policy) -> Due:
    """Wait until the latest windows are known to be no speech."""
    return Due(at=state.hearing.maybe_speech_until) if _has_answer(state) and _is_reachable(state) else ON_EVENTS


def apologize(state: State, policy: Policy) -> Decision | None:
    """Apologize when no answer can be made, or one has broken off; commit the turn first, so that no word is lost."""
    if state.owes_apology:
        after = changed(state, owes_apology=False)
        return _with_apology(after) if state.ending not in ("scribe", "polite") else after, ()
    if not state.turn.is_endpointed or not state.turn.has_failed or state.pending_reply is not None:
        return None
    if awaits_hook(state) and is_answerable(state, policy):
        return None  # the hook may want no answer at all
    after, shown = commit_turn(state)
    return _with_apology(after), shown


def drop_cancelled(state: State, policy: Policy) -> Decision | None:
    """Drop the queued speech that the program no longer wants."""
    if not any(speech.is_cancelled for speech in state.speech_queue):
        return None
    return without_speech(state, lambda speech: speech.is_cancelled)


def refresh_speech(state: State, policy: Policy) -> Decision | None:
    """Discard generated speech that was made from another basis; it is made anew when its time has come."""
    stale = [speech for speech in state.speech_queue if speech.basis not in (None, state.basis())]
    if not stale:
        return None
    queue = tuple(
        replace(speech, basis=None, is_begun=False, is_ready=False, requests=()) if speech in stale else speech
        for speech in state.speech_queue
    )
    return changed(state, speech_queue=queue), tuple(Discard(speech.reply_id) for speech in stale)


def release_speech(state: State, policy: Policy) -> Decision | None:
    """Release the next queued speech when someone is there and nobody is speaking."""
    if not state.speech_queue or not state.speech_queue[0].is_ready or not _is_quiet(state) or not _may_speak(state):
        return None
    speech, *waiting = state.speech_queue
    if speech.kind == "filler" and state.at < filler.due_at(state, policy):
        return None
    on_air = OnAir(
        reply_id=speech.reply_id,
        is_interruptible=speech.is_interruptible,
        answers_turn=speech.kind in ("results", "late"),
        kind=speech.kind,
        continues=state.tools.continues if speech.basis is not None else frozenset(),
        requests=speech.requests,
    )
    after = changed(state, speech_queue=tuple(waiting), on_air=on_air)
    if speech.basis is not None:
        after = after.tools_with(unanswered=())
        if speech.kind == "speech":
            after = after.tools_with(steps=0, has_filled=False)
    if speech.kind == "filler":
        after = after.tools_with(has_filled=True)
    return after, (Release(speech.reply_id),)


def start_speech(state: State, policy: Policy) -> Decision | None:
    """Begin the next queued speech; made, it waits if the person speaks or leaves in the meantime.

    While a filler is heard the answer to the results is made, so that it follows at once.
    """
    if not state.speech_queue or state.speech_queue[0].is_begun or not _is_quiet(state) or not _may_begin(state):
        return None
    speech, *waiting = state.speech_queue
    if state.at < _recalled_at(state, policy):
        return None
    source: StaticText | KeptText | Prompt
    if isinstance(speech.source, GenerateRequest):
        source, basis = history.prompt_to_write(state, policy, speech.source), state.basis()
        speech = replace(speech, agent_id=state.lead.agent_id)
    else:
        source, basis = speech.source, None
    begun = replace(speech, is_begun=True, basis=basis)
    after = changed(state, speech_queue=(begun, *waiting))
    if speech.kind == "results":
        after = with_request(after, policy)
    continues = state.tools.continues if basis is not None else frozenset[str]()
    return after, (StartReply(speech.reply_id, source, continues=continues, agent_id=speech.agent_id),)


def release_speech_due(state: State, policy: Policy) -> Due:
    """Wait until the latest windows are known to be no speech; with a filler, until it is due."""
    if not (state.speech_queue and state.speech_queue[0].is_ready and _is_quiet(state) and _is_reachable(state)):
        return ON_EVENTS
    is_filler = state.speech_queue[0].kind == "filler"
    return Due(at=max(state.hearing.maybe_speech_until, filler.due_at(state, policy) if is_filler else 0.0))


def start_speech_due(state: State, policy: Policy) -> Due:
    """Wait until the latest windows are known to be no speech, and for what is known of the person."""
    is_waited_for = bool(state.speech_queue) and not state.speech_queue[0].is_begun and _is_quiet(state)
    if not (is_waited_for and _may_be_heard(state) and _is_free(state)):
        return ON_EVENTS
    return Due(at=max(state.hearing.maybe_speech_until, _recalled_at(state, policy)))


def _recalled_at(state: State, policy: Policy) -> float:
    """Loop time until which the next generated speech waits for what is known of the person."""
    recall = state.recall
    is_generated = bool(state.speech_queue) and isinstance(state.speech_queue[0].source, GenerateRequest)
    if not is_generated or recall is None or recall.is_over or recall.identity != state.caller.identity:
        return state.at
    return recall.since + policy.memory_delay


def _with_apology(state: State) -> State:
    if not state.agent.spoken_apology or state.trouble.given_up:  # of which the person is informed
        return state
    return with_new_speech(state, StaticText(state.agent.spoken_apology), is_first=True, is_discardable=True)


def _has_answer(state: State) -> bool:
    reply = state.pending_reply
    is_due = state.turn.is_endpointed and not awaits_hook(state) and not _waits_for_speech(state)
    return reply is not None and reply.is_ready and is_due and is_the_answer(state)


def _waits_for_speech(state: State) -> bool:
    """Whether the next queued speech comes before all that is to be answered."""
    return bool(state.speech_queue) and state.speech_queue[0].comes_first


def _may_speak(state: State) -> bool:
    return _is_reachable(state) and state.at >= state.hearing.maybe_speech_until


def _may_begin(state: State) -> bool:
    return _is_free(state) and _may_be_heard(state) and state.at >= state.hearing.maybe_speech_until


def _is_free(state: State) -> bool:
    """Whether nothing is on air whose end has to be known before the next reply is made."""
    return state.on_air is None or state.on_air.kind == "filler"


def _is_reachable(state: State) -> bool:
    """Whether nothing is on air, and the person whose conversation this is would listen: they press no keys."""
    return state.on_air is None and _may_be_heard(state)


def _may_be_heard(state: State) -> bool:
    is_there = state.is_connected and state.presence is Presence.HERE and state.caller.identity == state.linked
    return is_there and not state.caller.keyed


def _is_quiet(state: State) -> bool:
    """Whether nobody speaks, and no words wait for their answer."""
    is_silent = state.floor is Floor.SILENT and not state.turn.text
    may_wait = state.awaits_words or _waits_for_speech(state)
    return is_silent or (may_wait and state.floor is not Floor.SPEAKING)

"""Decides what the person's speech does to the reply on air: duck, hold, cut, or let it go on.

64 ms of speech         duck     (the detector is sure)
200 ms of speech        hold     (silent, reversible)
a word, or 1.2 s        cut      (it is a barge-in; "I" may become "I see", and waits for the next word)
silence, no word        resume   (it was a cough, a door)
silence, "mm-hm"        resume   (it was a backchannel: committed, not answered...
the reply ends soon               ...unless it was the answer to the reply's last words)
"mm-hm" to a tool that runs       (it is one, too, unless it answers a question that was heard)
"""

from dataclasses import replace

from pipeline.commands import Cut, Duck, Hold, Resume
from pipeline.text.marks import has_question
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.endpointing import commit_turn, is_past, turn_has_ended
from pipeline.turn.policy import Policy
from pipeline.turn.replies import OnAir
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import has_queued_results
from pipeline.turn.state import Presence, State
from pipeline.turn.words import begins_backchannel, is_backchannel


def hold_while_unreachable(state: State, policy: Policy) -> Decision | None:
    """Hold the reply while nobody can hear it: the room is away, or the person for a moment."""
    reply = state.on_air
    if reply is None or reply.is_cut:
        return None
    holds = reply.holds - {"connection", "away"}
    if not state.is_connected:
        holds |= {"connection"}
    if state.presence is Presence.AWAY:
        holds |= {"away"}
    if holds == reply.holds:
        return None
    after = changed(state, on_air=replace(reply, holds=holds, stalled_at=NEVER))
    if holds and not reply.holds:
        return after, (Hold(reply.reply_id),)
    return (_resumed(after), (Resume(reply.reply_id),)) if not holds else (after, ())


def cut_unwanted(state: State, policy: Policy) -> Decision | None:
    """Cut a reply that the embedding program no longer wants."""
    reply = state.on_air
    return cut_now(state) if reply is not None and reply.is_unwanted and not reply.is_cut else None


def cut_for_typed(state: State, policy: Policy) -> Decision | None:
    """Cut the reply when the person types: a typed message is a whole turn, whatever it says."""
    return cut_now(state) if state.turn.typed and _yielding(state) is not None else None


def cut(state: State, policy: Policy) -> Decision | None:
    """Cut the reply for words that are meant for the bot, or for speech that goes on without any."""
    reply = _yielding(state)
    if reply is None:
        return None
    goes_on = state.floor is Floor.SPEAKING and state.hearing.speech_duration >= policy.cut_speech
    return cut_now(state) if goes_on or is_meant_for_bot(state, policy) else None


def cut_due(state: State, policy: Policy) -> Due:
    """Wait for speech of this length."""
    return Due(speech=policy.cut_speech) if _is_interrupted(state) else ON_EVENTS


def cut_now(state: State) -> Decision:
    """Cut the reply on air."""
    reply = state.on_air
    if reply is None or reply.is_cut:
        return state, ()
    return changed(state, on_air=replace(reply, is_cut=True)), (Cut(reply.reply_id),)


def hold(state: State, policy: Policy) -> Decision | None:
    """Fall silent when the speech is more than a click."""
    reply = _yielding(state)
    if reply is None or state.floor is not Floor.SPEAKING or "speech" in reply.holds:
        return None
    if state.hearing.speech_duration < policy.hold_speech:
        return None
    after = changed(state, on_air=replace(reply, holds=reply.holds | {"speech"}, stalled_at=NEVER))
    return after, () if reply.holds else (Hold(reply.reply_id),)


def hold_due(state: State, policy: Policy) -> Due:
    """Wait for speech of this length."""
    reply = state.on_air
    if reply is None or "speech" in reply.holds or not _is_interrupted(state):
        return ON_EVENTS
    return Due(speech=policy.hold_speech)


def duck(state: State, policy: Policy) -> Decision | None:
    """Lower the volume as soon as the person speaks."""
    reply = _yielding(state)
    if reply is None or state.floor is not Floor.SPEAKING or reply.is_ducked or reply.holds or not reply.has_started:
        return None
    return changed(state, on_air=replace(reply, is_ducked=True)), (Duck(reply.reply_id),)


def resume(state: State, policy: Policy) -> Decision | None:
    """Go on when the speech was nothing, or nothing that asks for an answer."""
    reply = _uncut(state)
    if reply is None or not is_past(state, resume_at(state, policy), policy):
        return None
    holds = reply.holds - {"speech"}
    after = _resumed(changed(state, on_air=replace(reply, holds=holds)))
    return after, () if holds else (Resume(reply.reply_id),)


def resume_due(state: State, policy: Policy) -> Due:
    """Wait for the audio up to then."""
    return Due(seen=resume_at(state, policy))


def resume_at(state: State, policy: Policy) -> float:
    """When a reply that gave way to speech goes on; NEVER while the person speaks, or when it gave no way."""
    reply = _uncut(state)
    if reply is None or state.floor is Floor.SPEAKING or not (reply.is_ducked or "speech" in reply.holds):
        return NEVER
    is_answered = state.turn.finalize_sent and state.turn.finalize_deadline == NEVER
    if is_answered or "speech" not in reply.holds:
        return state.hearing.speech_ended_at
    return state.hearing.speech_ended_at + policy.resume_delay


def absorb(state: State, policy: Policy) -> Decision | None:
    """Commit an "mm-hm" as a backchannel when the bot has gone on talking: it was no answer to the reply's end."""
    if not is_past(state, absorb_at(state, policy), policy):
        return None
    return commit_turn(state, is_backchannel=True)


def absorb_due(state: State, policy: Policy) -> Due:
    """Wait for the audio up to then."""
    return Due(seen=absorb_at(state, policy))


def absorb_waiting(state: State, policy: Policy) -> Decision | None:
    """Commit an "mm-hm" as a backchannel when its speaker waits for a tool: there is nothing to answer."""
    if not awaits_with_backchannel(state, policy) or not turn_has_ended(state, policy):
        return None
    return commit_turn(state, is_backchannel=True)


def awaits_with_backchannel(state: State, policy: Policy) -> bool:
    """Whether the person only shows, into silence, that they wait for the results of tools; "yes" to a question does
    more.
    """
    turn = state.turn
    if not awaits_results(state) or state.on_air is not None or turn.typed or not turn.text:
        return False
    return _is_backchannel(state, policy) and not _was_asked(state)


def awaits_results(state: State) -> bool:
    """Whether results of tools are still to come, or to be answered."""
    return bool(state.tools.calls or state.tools.unanswered) or has_queued_results(state)


def _was_asked(state: State) -> bool:
    """Whether the bot has asked something since the person last spoke."""
    for message in reversed(state.history):
        if message.is_turn:
            return False
        if message.role == "assistant" and has_question(message.text):
            return True
    return False


def absorb_at(state: State, policy: Policy) -> float:
    """When a backchannel is committed as one; NEVER when there is none."""
    reply = _yielding(state)
    if reply is None or reply.holds or state.floor is Floor.SPEAKING or not state.turn.text:
        return NEVER
    if state.hearing.is_behind or state.awaits_words or not _is_backchannel(state, policy):
        return NEVER
    return max(state.turn.words_ended_at, reply.resumed_at) + policy.backchannel_delay


def is_meant_for_bot(state: State, policy: Policy) -> bool:
    """Whether the words ask for more than to be heard; the beginning of a backchannel does not while more may come."""
    text, language = state.turn.text, state.agent.language
    if not text or state.awaits_words or _is_backchannel(state, policy):
        return False
    return not (_may_grow(state) and begins_backchannel(text, language, policy.backchannels))


def _is_backchannel(state: State, policy: Policy) -> bool:
    return is_backchannel(state.turn.text, state.agent.language, policy.backchannels)


def _may_grow(state: State) -> bool:
    """Whether more words may come of what was said: until the transcriber has answered for all of it, or gives none."""
    hearing, turn = state.hearing, state.turn
    if state.floor is Floor.SPEAKING or hearing.is_behind:
        return True
    return hearing.lost_at is None and not (turn.finalize_sent and turn.finalize_deadline == NEVER)


def _is_interrupted(state: State) -> bool:
    return state.floor is Floor.SPEAKING and _yielding(state) is not None


def _yielding(state: State) -> OnAir | None:
    """The reply on air, if speech may stop it."""
    return _uncut(state) if state.is_interruptible else None


def _uncut(state: State) -> OnAir | None:
    """The reply on air, if it may go on."""
    return state.on_air if state.on_air is not None and not state.on_air.is_cut else None


def _resumed(state: State) -> State:
    assert state.on_air is not None
    return changed(state, on_air=replace(state.on_air, is_ducked=False, resumed_at=state.seen_until))

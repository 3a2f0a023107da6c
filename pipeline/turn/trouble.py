"""Decides what follows when a provider is lost: the person is informed, and then what `Policy.on_failure` says.

it keeps the person waiting            they are informed once, in the agent's voice or by a recording
it refuses, or was waited for in vain  leave: they are informed, then the bot ends
                                       stay: they are informed, and answered when it is back
                                       transfer: they are informed, and handed over; where that fails, the bot ends
it is back                             what waits for it is said

What is asked meanwhile is in the history, and its answer waits in the speech queue.
"""

from dataclasses import replace

from pipeline.commands import GiveUp, KeepSpeech, KeptText, TransferPerson
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.endpointing import commit_turn, commit_unanswered
from pipeline.turn.leaving import without_all_speech
from pipeline.turn.policy import Policy
from pipeline.turn.preemption import awaits_hook, can_answer, is_the_answer
from pipeline.turn.replies import GenerateRequest, QueuedSpeech
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech, with_speech
from pipeline.turn.state import Presence, State

LONGEST = 15.0
"""Seconds for the end of the turn and for telling the person; then the bot ends, or hands them over, all the same."""

TOLD_LATELY = 5.0
"""Seconds for which a person who knows of a provider that is away knows why the bot leaves."""


def keep(state: State, policy: Policy) -> Decision | None:
    """Have the sentence about a lost provider made by the voice that leads, once something of it is heard."""
    wanted = (state.lead.agent_id, state.agent.spoken_trouble)
    has_spoken = state.on_air is not None and state.on_air.has_started and state.on_air.kind != "trouble"
    if not has_spoken or state.trouble.kept_for == wanted:
        return None
    agent_id, text = wanted
    return changed(state, trouble=replace(state.trouble, kept_for=wanted)), (KeepSpeech(text, agent_id),)


def inform(state: State, policy: Policy) -> Decision | None:
    """Tell the person that a provider is lost; commit their turn first, and let its answer wait."""
    waiting = tuple(speech for speech in state.speech_queue if speech.kind == "trouble")
    if waiting:  # and words that came since must not keep it back
        if not (state.turn.is_endpointed and state.turn.text and _may_be_told(state, policy)):
            return None
        after, shown = _without_turn(state)
        others = tuple(speech for speech in after.speech_queue if speech not in waiting)
        return changed(after, speech_queue=(*waiting, *others)), shown
    if not _is_to_be_told(state, policy) or not _may_be_told(state, policy):
        return None
    after, shown = _without_turn(state)
    after = with_new_speech(after, KeptText(state.agent.spoken_trouble), is_first=True, kind="trouble")
    told_at = state.at if state.trouble.lost else None
    return changed(after, trouble=replace(after.trouble, is_due=False, told_at=told_at)), shown


def take_up(state: State, policy: Policy) -> Decision | None:
    """Answer a turn that was put aside, when the transcriber is back and has nothing to add to it."""
    hearing = state.hearing
    if not state.trouble.put_aside:
        return None
    if state.turn.number != state.trouble.put_aside:  # it went on, and is over
        return changed(state, trouble=replace(state.trouble, put_aside=0)), ()
    is_heard = "transcriber" not in state.trouble.lost and not hearing.misses_words and hearing.lost_at is None
    is_quiet = state.floor is not Floor.SPEAKING and state.on_air is None and not state.speech_queue
    if not (state.turn.is_fragment and is_heard and is_quiet):
        return None
    after = state.turn_with(fragment="", endpoint_at=max(state.at, hearing.caught_up_at))
    return after.caller_with(floor=Floor.PAUSING), ()


def settle(state: State, policy: Policy) -> Decision | None:
    """End the bot, or hand the person over, once they were informed that a provider is given up."""
    trouble = state.trouble
    if trouble.given_up_at is None or trouble.is_settled or policy.on_failure == "stay" or not state.still_answers:
        return None
    is_late = state.at >= trouble.given_up_at + LONGEST
    if _is_there(state) and state.has_voice and not is_late and not _was_told(state, policy):
        return None
    if trouble.handing_over == "asked":
        return None
    is_transfer = policy.on_failure == "transfer" and trouble.handing_over == "no" and _is_there(state)
    after, committed = commit_unanswered(state)
    if not is_transfer:
        return changed(after, trouble=replace(trouble, is_settled=True)), (*committed, GiveUp())
    after, dropped = without_all_speech(after)
    return changed(after, trouble=replace(trouble, handing_over="asked")), (*committed, *dropped, TransferPerson())


def settle_due(state: State, policy: Policy) -> Due:
    """Wait for the time by which the person must have been informed."""
    at = state.trouble.given_up_at
    return Due(at=at + LONGEST) if at is not None and policy.on_failure != "stay" else ON_EVENTS


def _is_to_be_told(state: State, policy: Policy) -> bool:
    """Whether the person does not know; one who was informed long ago is informed again before the bot leaves."""
    trouble = state.trouble
    is_wrong = bool(trouble.lost) or trouble.is_due
    if not is_wrong or trouble.is_settled or trouble.handing_over != "no" or not state.has_voice:
        return False
    if trouble.is_due or trouble.told_at is None:
        return True
    leaves = policy.on_failure == "leave" and trouble.given_up_at is not None
    return leaves and trouble.told_at + TOLD_LATELY < (trouble.given_up_at or 0.0)


def _was_told(state: State, policy: Policy) -> bool:
    """Whether nothing of it is still to be said."""
    if _is_to_be_told(state, policy) or state.ended_reply is not None:
        return False
    on_air = state.on_air
    is_said = on_air is None or on_air.kind != "trouble"
    return is_said and all(speech.kind != "trouble" for speech in state.speech_queue)


def _may_be_told(state: State, policy: Policy) -> bool:
    """Whether the person would listen: nothing is on air, and what they say is over, as far as can be known."""
    if not _is_there(state) or not state.still_answers or state.on_air is not None or state.floor is Floor.SPEAKING:
        return False
    turn = state.turn
    if "transcriber" in state.trouble.given_up:
        return True
    if not turn.text:
        return state.floor is Floor.SILENT
    return turn.is_endpointed and not awaits_hook(state) and (is_the_answer(state) or not can_answer(state, policy))


def _is_there(state: State) -> bool:
    return state.is_connected and state.presence is Presence.HERE and state.caller.identity == state.linked


def _without_turn(state: State) -> Decision:
    """Commit the turn, and let the answer that is being made wait in the speech queue.

    A fragment of words that a lost transcriber still has stays, and stops nothing.
    """
    reply = state.pending_reply
    if not state.turn.is_endpointed:
        if state.floor is Floor.SILENT and not state.turn.text:
            return state, ()
        after = state.caller_with(floor=Floor.SILENT).hearing_with(lag_reported=True)
        after = changed(after, trouble=replace(state.trouble, put_aside=state.turn.number))
        return after.turn_with(fragment=state.turn.text, endpoint_at=NEVER), ()
    after, shown = commit_turn(state)
    if reply is None:
        return after, shown
    answer = QueuedSpeech(
        reply_id=reply.reply_id,
        source=GenerateRequest(""),
        kind="late",
        is_discardable=True,
        basis=after.basis(),
        is_begun=True,
        is_ready=reply.is_ready,
        requests=reply.requests,
    )
    after = after.tools_with(unanswered=(), steps=0, has_filled=False)  # it was made from all results
    return with_speech(changed(after, pending_reply=None), answer, is_first=True), shown

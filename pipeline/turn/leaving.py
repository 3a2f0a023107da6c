"""Decides what happens when the person has left for good: their conversation ends, with all that was meant for them."""

from pipeline.commands import Command, ConversationEnded, Discard, DropSpeech
from pipeline.turn.barge_in import cut_now
from pipeline.turn.caller import Caller, Hearing, Turn
from pipeline.turn.changed import changed
from pipeline.turn.endpointing import commit_turn
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import State


def fall_silent(state: State, policy: Policy) -> Decision | None:
    """Commit the words of a person who has left, cut the reply on air, and drop all that was to be said to them."""
    is_on_air = state.on_air is not None and not state.on_air.is_cut
    is_anything_left = (
        state.turn.text
        or state.caller.typed_ahead
        or is_on_air
        or state.pending_reply is not None
        or state.speech_queue
    )
    if not _has_left(state) or not is_anything_left:
        return None
    after, committed = commit_turn(_with_all_typed(state))
    after, cuts = cut_now(after)
    dropped: list[Command] = []
    if state.pending_reply is not None:
        dropped.append(Discard(state.pending_reply.reply_id))
    for speech in state.speech_queue:
        if speech.is_begun:
            dropped.append(Discard(speech.reply_id))
        if not speech.is_discardable:
            dropped.append(DropSpeech(speech.reply_id))
    return changed(after, pending_reply=None, speech_queue=()), (*committed, *cuts, *dropped)


def end(state: State, policy: Policy) -> Decision | None:
    """End the conversation of a person who has left, once what was heard of the last reply is in its history."""
    if not _has_left(state) or state.on_air is not None:
        return None
    caller = state.caller
    hearing = Hearing(seen_until=caller.hearing.seen_until, lost_at=caller.hearing.lost_at)
    nobody = Caller(hearing=hearing, turn=Turn(number=caller.turn.number), committed_until=caller.committed_until)
    after = changed(state, caller=nobody, history_is_over=True, owes_apology=False)
    return after, (ConversationEnded(state.at, caller.identity, state.history),)


def _with_all_typed(state: State) -> State:
    caller = state.caller
    typed = "\n".join(part for part in (caller.turn.typed, caller.typed_ahead) if part)
    return state.caller_with(typed_ahead="").turn_with(typed=typed)


def _has_left(state: State) -> bool:
    return bool(state.caller.identity) and state.caller.identity != state.linked

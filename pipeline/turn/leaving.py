"""Decides what happens when the person has left for good, and when the bot hangs up: their conversation ends.

All that was meant for them ends with it.
"""

from pipeline.commands import Command, ConversationEnded, Discard, DropSpeech, EndReason, HangUp, StaticText
from pipeline.turn.barge_in import awaits_results, cut_now
from pipeline.turn.caller import Caller, Hearing, Turn
from pipeline.turn.care import Care
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER
from pipeline.turn.endpointing import commit_turn, commit_unanswered
from pipeline.turn.handover import with_first_agent
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech
from pipeline.turn.state import State
from pipeline.turn.tool_use import ToolUse


def fall_silent(state: State, policy: Policy) -> Decision | None:
    """Commit the words of a person who has left, cut the reply on air, and drop all that was to be said to them."""
    is_on_air = state.on_air is not None and not state.on_air.is_cut
    is_anything_left = (
        state.turn.text
        or state.caller.typed_ahead
        or state.caller.keyed
        or is_on_air
        or state.pending_reply is not None
        or state.speech_queue
    )
    if not state.has_left or not is_anything_left:
        return None
    after, committed = commit_turn(_with_all_typed(state))
    after, cuts = cut_now(after)
    after, dropped = without_all_speech(after)
    return after, (*committed, *cuts, *dropped)


def without_all_speech(state: State) -> Decision:
    """Drop all that is being made and not heard: whoever asked for it learns that."""
    dropped: list[Command] = []
    if state.pending_reply is not None:
        dropped.append(Discard(state.pending_reply.reply_id))
    for speech in state.speech_queue:
        if speech.is_begun:
            dropped.append(Discard(speech.reply_id))
        if speech.kind == "speech" and not speech.is_discardable:
            dropped.append(DropSpeech(speech.reply_id))
    return changed(state, pending_reply=None, speech_queue=()), tuple(dropped)


def end(state: State, policy: Policy) -> Decision | None:
    """End the conversation of a person who has left, once what was heard of the last reply is in its history."""
    if not state.has_left or state.on_air is not None or state.tools.calls:
        return None
    caller = state.caller
    hearing = Hearing(seen_until=caller.hearing.seen_until, lost_at=caller.hearing.lost_at)
    nobody = Caller(hearing=hearing, turn=Turn(number=caller.turn.number), committed_until=caller.committed_until)
    after = changed(state, caller=nobody, history_is_over=True, owes_apology=False, tools=ToolUse(), ending="no")
    after = changed(after, care=Care())
    after, used = with_first_agent(after.hook_with(added=None))
    return after, (ConversationEnded(state.at, caller.identity, state.history, state.summaries.summary), *used)


def hang_up(state: State, policy: Policy) -> Decision | None:
    """Hang up for a tool when all that was to be said has been heard. What the person says into it is committed."""
    is_anything_left = state.tools.farewell or state.on_air is not None or state.speech_queue or awaits_results(state)
    if state.ending != "asked" or is_anything_left:
        return None
    return hung_up(state)


def hung_up(state: State, reason: EndReason | None = None) -> Decision:
    """Commit what the person is saying, and hang up."""
    after, committed = commit_unanswered(_with_all_typed(state))
    return changed(after, ending="done"), (*committed, HangUp(reason))


def bid_farewell(state: State, policy: Policy) -> Decision | None:
    """Queue the farewell once the results of what was called beside it are answered."""
    if state.ending != "asked" or not state.tools.farewell or state.on_air is not None or state.tools.goes_on:
        return None
    farewell = StaticText(state.tools.farewell)
    return with_new_speech(state.tools_with(farewell=""), farewell, is_interruptible=False), ()


def _with_all_typed(state: State) -> State:
    caller = state.caller
    typed = "\n".join(part for part in (caller.turn.typed, caller.typed_ahead, caller.keyed) if part)
    return state.caller_with(typed_ahead="", keyed="", keyed_until=NEVER).turn_with(typed=typed)

"""Decides when the bot ends a call by itself, and how: what is being said is said to its end, within a bound, then a
farewell, and then it hangs up. What the person says meanwhile is committed, and not answered.
"""

from dataclasses import replace

from pipeline.commands import CallEnding, EndReason, StaticText
from pipeline.turn import call_limits, idle_care
from pipeline.turn.barge_in import cut_now
from pipeline.turn.caller import Floor
from pipeline.turn.care import PoliteEnd, with_care
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.leaving import hung_up, without_all_speech
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech, without_speech
from pipeline.turn.state import State


def begin(state: State, policy: Policy) -> Decision | None:
    """End a call in which nobody says anything any more, or that has reached a limit: nothing but a farewell follows
    what is being said, or is about to be."""
    reason = _reason(state, policy)
    if reason is None or not _may_begin(state):
        return None
    after, dropped = without_all_speech(state)
    agent = state.agent
    text = agent.spoken_idle_farewell if reason == "idle" else agent.spoken_farewell
    end = PoliteEnd(reason=reason, since=state.at)
    if text and state.ending == "no":  # a scribe does not speak into the talk of others
        after = with_new_speech(after, StaticText(text), is_interruptible=False)
        end = replace(end, farewell_id=after.speech_queue[-1].reply_id)
    after = with_care(changed(after, ending="polite", owes_apology=False), end=end)
    return after, (*dropped, CallEnding(state.at, reason))


def begin_due(state: State, policy: Policy) -> Due:
    """Wait for the end of the time that a call may last, or that nobody need say anything."""
    if not _may_begin(state):
        return ON_EVENTS
    return Due(at=min(call_limits.over_at(state, policy), idle_care.asked_at(state, policy)))


def stay(state: State, policy: Policy) -> Decision | None:
    """Go on with the call when a person who had fallen silent says something after all."""
    end, caller = state.care.end, state.caller
    if state.ending != "polite" or end is None or end.reason != "idle":
        return None
    if not (caller.turn.text or caller.keyed or caller.typed_ahead):
        return None
    after, dropped = without_speech(state, lambda speech: speech.reply_id == end.farewell_id)
    return with_care(changed(after, ending="no"), end=None, idle_asked=0), dropped


def cut_short(state: State, policy: Policy) -> Decision | None:
    """Cut what goes on for too long before the farewell."""
    return cut_now(state) if state.at >= _cut_at(state, policy) else None


def cut_short_due(state: State, policy: Policy) -> Due:
    """Wait for as long as it may go on."""
    return Due(at=_cut_at(state, policy))


def hang_up(state: State, policy: Policy) -> Decision | None:
    """Hang up when the farewell has been heard, or could not be for long."""
    end = state.care.end
    if state.ending != "polite" or end is None:
        return None
    is_said = not (state.on_air or state.ended_reply or state.speech_queue)
    is_over = is_said and (end.reason != "idle" or state.floor is not Floor.SPEAKING)
    return hung_up(state, end.reason) if is_over or state.at >= _late_at(state, policy) else None


def hang_up_due(state: State, policy: Policy) -> Due:
    """Wait for as long as the farewell may take."""
    return Due(at=_late_at(state, policy))


def _may_begin(state: State) -> bool:
    """Whether the call goes on, and no answer is being made that has been paid for and is about to be heard."""
    is_answering = state.pending_reply is not None and state.floor is not Floor.SPEAKING
    return state.ending in ("no", "scribe") and not is_answering


def _reason(state: State, policy: Policy) -> EndReason | None:
    if state.at >= idle_care.asked_at(state, policy) and idle_care.was_asked_enough(state):
        return "idle"
    return call_limits.reached(state, policy)


def _cut_at(state: State, policy: Policy) -> float:
    end, reply = state.care.end, state.on_air
    if state.ending != "polite" or end is None or reply is None or reply.is_cut or reply.reply_id == end.farewell_id:
        return NEVER
    return end.since + policy.farewell_delay


def _late_at(state: State, policy: Policy) -> float:
    end = state.care.end
    return end.since + 2 * policy.farewell_delay if state.ending == "polite" and end is not None else NEVER

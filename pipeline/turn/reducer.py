"""One step of the conversation: an event comes in, the rules decide, commands come out.

The rules look at the state alone, one after the other, each deciding one thing; the order below is the table of what
comes before what. Adding a decision means adding a rule.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.commands import Command, ShowAgentState, ShowPersonText, WarmUp
from pipeline.events import AudioSeen, Event
from pipeline.turn import (
    answering,
    barge_in,
    endpointing,
    filler,
    greeting,
    handover,
    hooks,
    idle_care,
    keypad,
    leaving,
    polite_end,
    preemption,
    requested,
    summary,
    tools,
    transcriber_lag,
    trouble,
    watchdogs,
)
from pipeline.turn.apply import apply_event
from pipeline.turn.apply.hearing import is_plain_window, window_seen
from pipeline.turn.apply.usage import is_only_measured
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, Due, earliest
from pipeline.turn.policy import Policy
from pipeline.turn.quiet import with_standstill
from pipeline.turn.rules import Decision, Rule
from pipeline.turn.state import State

RULES: tuple[Rule, ...] = (
    # Whose conversation it is.
    Rule(answering.commit_reply),
    Rule(leaving.fall_silent),
    Rule(tools.let_go),
    Rule(leaving.end),
    Rule(leaving.hang_up),
    Rule(greeting.begin),
    # Whether the bot ends the call by itself.
    Rule(polite_end.stay),
    Rule(polite_end.begin, polite_end.begin_due),
    Rule(polite_end.hang_up, polite_end.hang_up_due),
    # What is on air.
    Rule(polite_end.cut_short, polite_end.cut_short_due),
    Rule(watchdogs.end_stuck, watchdogs.end_stuck_due),
    Rule(barge_in.hold_while_unreachable),
    Rule(barge_in.cut_unwanted),
    Rule(barge_in.cut_for_typed),
    Rule(barge_in.cut, barge_in.cut_due),
    Rule(barge_in.hold, barge_in.hold_due),
    Rule(barge_in.duck),
    Rule(barge_in.resume, barge_in.resume_due),
    Rule(barge_in.absorb, barge_in.absorb_due),
    Rule(barge_in.absorb_waiting, endpointing.end_turn_due),
    # The calls of tools.
    Rule(tools.begin),
    Rule(tools.cancel_interrupted),
    Rule(tools.time_out, tools.time_out_due),
    Rule(tools.commit_results),
    Rule(handover.take_over),
    Rule(handover.listen, handover.listen_due),
    # Whether the turn is over.
    Rule(trouble.take_up),
    Rule(hooks.let_go),
    Rule(preemption.stand_back),
    Rule(keypad.take, keypad.take_due),
    Rule(endpointing.take_typed_ahead),
    Rule(endpointing.ask_to_finalize, endpointing.finalize_due),
    Rule(endpointing.give_up_on_finalize, endpointing.give_up_due),
    Rule(transcriber_lag.fall_behind, transcriber_lag.fall_behind_due),
    Rule(endpointing.end_turn, endpointing.end_turn_due),
    Rule(transcriber_lag.report_lag, transcriber_lag.report_lag_due),
    # What the hook makes of it.
    Rule(hooks.time_out, hooks.time_out_due),
    Rule(hooks.begin, hooks.begin_due),
    Rule(hooks.stop_reply),
    # What is said next.
    Rule(preemption.discard, preemption.discard_due),
    Rule(preemption.give_way),
    Rule(preemption.start, preemption.start_due),
    Rule(preemption.speak),
    Rule(answering.release_answer, answering.release_answer_due),
    Rule(answering.apologize),
    Rule(trouble.inform),
    Rule(trouble.settle, trouble.settle_due),
    Rule(answering.drop_cancelled),
    Rule(tools.drop_needless),
    Rule(tools.follow_up),
    Rule(leaving.bid_farewell),
    Rule(filler.drop),
    Rule(filler.begin, filler.begin_due),
    Rule(answering.refresh_speech),
    Rule(answering.release_speech, answering.release_speech_due),
    Rule(answering.start_speech, answering.start_speech_due),
    Rule(requested.conclude),
    Rule(trouble.keep),
    # What is said when nothing is.
    Rule(watchdogs.answer_owed, watchdogs.answer_owed_due),
    Rule(watchdogs.report_silence, watchdogs.report_silence_due),
    Rule(idle_care.ask, idle_care.ask_due),
    # What the model reads later.
    Rule(summary.drop),
    Rule(summary.begin),
)


def step(state: State, event: Event, policy: Policy) -> Decision:
    """The state after `event`, and the commands in their order. The same input gives the same output.

    A window of audio that reaches no bound of any rule takes the short way, as does what is only measured;
    `step_whole` would give the same.
    """
    if isinstance(event, AudioSeen) and is_plain_window(state, event, policy):
        return window_seen(state, event, policy), ()
    if is_only_measured(event):
        return state, ()
    return step_whole(state, event, policy)


def step_whole(state: State, event: Event, policy: Policy) -> Decision:
    """As `step`, with every rule asked."""
    after = apply_event(state, event, policy)
    ordered: list[Command] = [*_consequences(state, after)]
    for _, decision in decisions(after, policy):
        after, commands = decision
        ordered += commands
    if after.agent_state != state.agent_state:
        ordered.append(ShowAgentState(after.agent_state))
    after = with_standstill(after)
    return changed(after, due=_due(after, policy)), tuple(ordered)


def decisions(state: State, policy: Policy) -> Iterator[tuple[Rule, Decision]]:
    """The rules that decide something, in their order, each in the state that the one before has left.

    They are asked again until none decides: what one has decided may be what an earlier one waits for.
    """
    has_decided = True
    while has_decided:
        has_decided = False
        for rule in RULES:
            if (decision := rule.decide(state, policy)) is not None:
                state, has_decided = decision[0], True
                yield rule, decision


def wake_at(state: State, policy: Policy) -> float:
    """When a Tick is needed although nothing happens: at the earliest time for which a rule waits; NEVER if none does.

    Where a rule waits for audio, that is when the audio is known to be absent, or has been missing for too long.
    """
    due = state.due
    seen_at = endpointing.latest(state, due.seen, policy) if due.seen != NEVER else NEVER
    wake = min(due.at, seen_at)
    return wake if wake > state.at else NEVER


def _due(state: State, policy: Policy) -> Due:
    """What the rules wait for. A time that is past is none: the rule waits for something else to happen."""
    return earliest(_to_come(rule.due_at(state, policy), state, policy) for rule in RULES)


def _to_come(due: Due, state: State, policy: Policy) -> Due:
    at = due.at if due.at > state.at else NEVER
    is_awaited = due.seen != NEVER and not endpointing.is_past(state, due.seen, policy)
    seen = due.seen if is_awaited else NEVER
    return due if (at, seen) == (due.at, due.seen) else replace(due, at=at, seen=seen)


def _consequences(before: State, after: State) -> Iterator[Command]:
    """What follows from an event in any case: the person's words are shown as they come, connections made ready."""
    turn = after.turn
    if turn is not before.turn and turn.number == before.turn.number and turn.spoken != before.turn.spoken:
        yield ShowPersonText(turn.segment_id, turn.spoken, is_final=False)
    if after.floor is Floor.SPEAKING and before.floor is not Floor.SPEAKING:
        yield WarmUp()

"""One step of the conversation: a fact comes in, the rules decide, commands come out.

The rules look at the state alone, one after the other, each deciding one thing; the order below is the table of what
comes before what. Adding a decision means adding a rule.
"""

from collections.abc import Iterator

from pipeline.commands import Command, ShowAgentState, ShowPersonText
from pipeline.events import AudioSeen, Event
from pipeline.turn import answering, barge_in, endpointing, preemption, transcriber_lag
from pipeline.turn.apply import apply_event
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision, Rule
from pipeline.turn.state import NEVER, Floor, State

RULES: tuple[Rule, ...] = (
    # What is on air.
    barge_in.hold_while_unreachable,
    barge_in.cut,
    barge_in.hold,
    barge_in.duck,
    barge_in.resume,
    barge_in.absorb,
    # Whether the turn is over.
    endpointing.ask_to_finalize,
    endpointing.give_up_on_finalize,
    transcriber_lag.fall_behind,
    endpointing.end_turn,
    transcriber_lag.report_lag,
    # What is said next.
    preemption.discard,
    preemption.give_way,
    preemption.start,
    preemption.speak,
    answering.release_answer,
    answering.apologise,
    answering.release_speech,
    answering.start_speech,
)


def step(state: State, event: Event, policy: Policy) -> Decision:
    """The state after `event`, and what is to be done, in this order. The same input gives the same output."""
    after, commands = apply_event(state, event, policy)
    ordered: list[Command] = [*_shown(state, after), *commands]
    for _, decision in decisions(after, policy):
        after, commands = decision
        ordered += commands
    if after.agent_state != state.agent_state:
        ordered.append(ShowAgentState(after.agent_state))
    return after, tuple(ordered)


def decisions(state: State, policy: Policy) -> Iterator[tuple[Rule, Decision]]:
    """The rules that decide something, in their order, each in the state that the one before has left."""
    for rule in RULES:
        if (decision := rule(state, policy)) is not None:
            state = decision[0]
            yield rule, decision


def can_wait(state: State, window: AudioSeen, policy: Policy) -> bool:
    """Whether this window decides nothing: it may be taken with the next event, and a later one may take its place.

    As it is most of the time: nothing waits for its time, and either nobody speaks, has said anything, or may be about
    to, or the person speaks on while the bot says nothing.
    """
    if state.hearing.is_absent or state.pending_reply is not None or state.speech_queue:
        return False
    if transcriber_lag.report_at(state, policy) != NEVER:
        return False
    turn, reply = state.turn, state.on_air
    if state.floor is Floor.SPEAKING:
        is_asking = turn.finalize_sent or turn.finalize_deadline != NEVER
        return not (window.silence_duration or is_asking or reply is not None)
    return (
        state.floor is Floor.SILENT
        and window.probability < policy.maybe_speech
        and (reply is None or not (reply.is_ducked or reply.holds))
    )


def wake_at(state: State, policy: Policy) -> float:
    """When a Tick is needed although nothing happens; NEVER when it is not.

    Deadlines of the turn fire by the audio that was seen, so a Tick is only for when there is none: known to be absent,
    or missing for too long.
    """
    turn, lost_at = state.turn, state.hearing.lost_at
    endpoint_at = NEVER if turn.is_endpointed or endpointing.waits_for_words(state) else turn.endpoint_at
    if lost_at is not None and endpoint_at != NEVER:
        endpoint_at = max(lost_at, endpoint_at) + policy.deaf_timeout
    by_audio = (
        endpoint_at,
        barge_in.resume_at(state, policy),
        barge_in.absorb_at(state, policy),
        transcriber_lag.report_at(state, policy),
    )
    deadlines = [endpointing.latest(state, deadline, policy) for deadline in by_audio if deadline != NEVER]
    deadlines.append(turn.finalize_deadline)
    if state.pending_reply is not None or state.speech_queue:
        deadlines.append(state.hearing.maybe_speech_until)
    # One that is past has fired, or waits for something else to happen.
    return min([deadline for deadline in deadlines if deadline > state.at], default=NEVER)


def _shown(before: State, after: State) -> tuple[Command, ...]:
    """What the person says, while they say it."""
    turn = after.turn
    if turn is before.turn or turn.number != before.turn.number or turn.spoken == before.turn.spoken:
        return ()
    return (ShowPersonText(turn.segment_id, turn.spoken, is_final=False),)

"""Decides when the person's turn is over: how long their silence must be, by how the words look."""

from pipeline.commands import Command, Discard, FinalizeTranscript, ShowPersonText, TurnCommitted
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.completeness import Completeness, completeness
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.history import with_turn
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import State


def delay(text: str, language: str, policy: Policy) -> float:
    """Seconds of silence after which these words are a whole turn."""
    if not text:
        return policy.wordless_delay
    return {
        Completeness.COMPLETE: policy.complete_delay,
        Completeness.OPEN: policy.open_delay,
        Completeness.UNFINISHED: policy.unfinished_delay,
    }[completeness(text, language)]


def answers_turns(state: State) -> bool:
    """Whether the bot answers what the person says: it can, and neither its program nor a human being does instead, nor
    does it end the call."""
    return state.has_language_model and state.auto_reply and state.ending not in ("scribe", "polite")


def armed(state: State, policy: Policy) -> State:
    """Set the end of the turn by the silence and the words as they are now."""
    if state.floor is not Floor.PAUSING:
        return state
    silent_since = max(state.hearing.speech_ended_at, state.turn.words_ended_at)
    endpoint_at = silent_since + delay(state.turn.text, state.agent.language, policy)
    return state.turn_with(endpoint_at=max(endpoint_at, state.hearing.caught_up_at))


def ask_to_finalize(state: State, policy: Policy) -> Decision | None:
    """Ask the transcriber for what it has, once a pause: soon when the words look complete, else a little later."""
    hearing, turn = state.hearing, state.turn
    if state.floor is Floor.SILENT or turn.finalize_sent or turn.typed or hearing.lost_at is not None:
        return None
    is_forced = hearing.is_absent and state.floor is Floor.PAUSING
    if hearing.silence_duration < min(policy.finalize_silence, policy.finalize_silence_complete) and not is_forced:
        return None  # however the words look
    looks_complete = bool(turn.text) and completeness(turn.text, state.agent.language) is Completeness.COMPLETE
    needed = policy.finalize_silence_complete if looks_complete else policy.finalize_silence
    if hearing.silence_duration < needed and not is_forced:
        return None
    return state.turn_with(finalize_sent=True, finalize_deadline=state.at + policy.finalize_timeout), (
        FinalizeTranscript(),
    )


def finalize_due(state: State, policy: Policy) -> Due:
    """Wait for the shorter silence, however the words look."""
    turn = state.turn
    if state.floor is Floor.SILENT or turn.finalize_sent or turn.typed or state.hearing.lost_at is not None:
        return ON_EVENTS
    return Due(silence=min(policy.finalize_silence, policy.finalize_silence_complete))


def give_up_on_finalize(state: State, policy: Policy) -> Decision | None:
    """Use the last interim when the answer to Finalize does not come."""
    # By the clock, not by the audio: in the burst after a stall audio passes faster than anybody could answer.
    return (state.turn_with(finalize_deadline=NEVER), ()) if state.at >= state.turn.finalize_deadline else None


def give_up_due(state: State, policy: Policy) -> Due:
    """Wait for the deadline of Finalize."""
    return Due(at=state.turn.finalize_deadline)


def take_typed_ahead(state: State, policy: Policy) -> Decision | None:
    """Begin a turn with what the person has typed beyond the bound of the last one, once that was answered."""
    caller = state.caller
    if not caller.typed_ahead or caller.turn.text or state.on_air is not None:
        return None
    typed, rest = _parted(caller.typed_ahead, policy.max_typed_characters)
    floor = Floor.PAUSING if caller.floor is Floor.SILENT else caller.floor
    return state.caller_with(turn=changed(caller.turn, typed=typed), typed_ahead=rest, floor=floor), ()


def with_typed(state: State, text: str, policy: Policy) -> State:
    """Add what the person has typed to the turn, up to its bound; the rest is kept for the next turn."""
    turn, ahead = state.turn, state.caller.typed_ahead
    room = policy.max_typed_characters - len(turn.typed) if not ahead else 0
    taken, rest = _parted(text, room)
    if taken:
        state = state.turn_with(typed="\n".join(part for part in (turn.typed, taken) if part))
        if state.floor is Floor.SILENT:
            state = state.caller_with(floor=Floor.PAUSING)
    return state.caller_with(typed_ahead="\n".join(part for part in (ahead, rest) if part)) if rest else state


def _parted(text: str, length: int) -> tuple[str, str]:
    """The first characters of a text, up to a blank if there is one, and the rest."""
    if len(text) <= length:
        return text, ""
    if length <= 0:
        return "", text
    head = text[:length]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return (text[:cut], text[cut + 1 :]) if cut > 0 else (head, text[length:])


def end_turn(state: State, policy: Policy) -> Decision | None:
    """End the turn when the silence has lasted and the words are as good as they get, or when the person has typed."""
    turn = state.turn
    if not turn_has_ended(state, policy):
        return None
    if not turn.text:
        return with_turn(state), ()
    if state.is_interruptible:
        return None  # a backchannel, unless the reply ends with it
    if not answers_turns(state):
        return commit_turn(state)
    return state.turn_with(is_endpointed=True), ()


def turn_has_ended(state: State, policy: Policy) -> bool:
    """Whether the turn is over, and that is still to be decided."""
    is_open = state.floor is Floor.PAUSING and not state.turn.is_endpointed and not state.caller.keyed
    return is_open and (bool(state.turn.typed) or _has_lasted(state, policy))


def end_turn_due(state: State, policy: Policy) -> Due:
    """Wait for the audio up to the end of the turn."""
    turn = state.turn
    if state.floor is not Floor.PAUSING or turn.is_endpointed or turn.finalize_deadline != NEVER:
        return ON_EVENTS
    if waits_for_words(state) or state.caller.keyed:
        return ON_EVENTS
    if turn.text and state.is_interruptible:
        return ON_EVENTS
    return Due(seen=_end_at(state, policy))


def commit_turn(state: State, *, is_backchannel: bool = False) -> Decision:
    """Enter the turn into the history."""
    turn = state.turn
    after = with_turn(state, is_backchannel=is_backchannel)
    commands: list[Command] = []
    if turn.spoken:
        commands.append(ShowPersonText(turn.segment_id, turn.spoken, is_final=True))
    if turn.text:
        commands.append(TurnCommitted(after.history[-1]))
    return after, tuple(commands)


def commit_unanswered(state: State) -> Decision:
    """Enter the turn into the history, and discard what was being made as its answer."""
    after, committed = commit_turn(state)
    dropped = (Discard(state.pending_reply.reply_id),) if state.pending_reply is not None else ()
    return changed(after, pending_reply=None), (*committed, *dropped)


def is_past(state: State, deadline: float, policy: Policy) -> bool:
    """Whether audio up to a deadline has been seen, or has been missing for too long."""
    return state.seen_until >= deadline or state.at >= latest(state, deadline, policy)


def latest(state: State, deadline: float, policy: Policy) -> float:
    """Loop time at which a deadline fires even if no more audio comes; while windows come, they decide."""
    if state.hearing.is_absent:
        return deadline
    return max(deadline, state.hearing.seen_at) + policy.audio_patience


def _has_lasted(state: State, policy: Policy) -> bool:
    if waits_for_words(state):
        return False
    return state.turn.finalize_deadline == NEVER and is_past(state, _end_at(state, policy), policy)


def waits_for_words(state: State) -> bool:
    """Whether what has come of the turn is a fragment, however long the silence; a noise has no words to wait for."""
    return bool(state.turn.text) and (state.hearing.is_behind or state.turn.is_fragment)


def _end_at(state: State, policy: Policy) -> float:
    """Loop time up to which audio must be seen for the turn to be over; later while the transcriber is away."""
    endpoint_at, lost_at = state.turn.endpoint_at, state.hearing.lost_at
    return endpoint_at if lost_at is None else max(lost_at, endpoint_at) + policy.deaf_timeout

"""When the person's turn is over: how long their silence must be, by how the words look."""

from pipeline.commands import FinalizeTranscript, ShowPersonText
from pipeline.turn.history import with_turn
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import NEVER, Floor, State
from pipeline.turn.words import Completeness, completeness


def delay(text: str, policy: Policy) -> float:
    """Seconds of silence after which these words are a whole turn."""
    if not text:
        return policy.wordless_delay
    return {
        Completeness.COMPLETE: policy.complete_delay,
        Completeness.OPEN: policy.open_delay,
        Completeness.UNFINISHED: policy.unfinished_delay,
    }[completeness(text)]


def armed(state: State, policy: Policy) -> State:
    """With the deadline that follows from the silence and the words as they are now."""
    if state.floor is not Floor.PAUSING:
        return state
    silent_since = max(state.hearing.speech_ended_at, state.turn.words_ended_at)
    endpoint_at = silent_since + delay(state.turn.text, policy)
    return state.turn_with(endpoint_at=max(endpoint_at, state.hearing.caught_up_at))


def ask_to_finalize(state: State, policy: Policy) -> Decision | None:
    """Have the transcriber say what it has, once a pause: soon when the words look complete, else a little later."""
    hearing, turn = state.hearing, state.turn
    if state.floor is Floor.SILENT or turn.finalize_sent or turn.typed or hearing.lost_at is not None:
        return None
    is_forced = hearing.is_absent and state.floor is Floor.PAUSING
    if hearing.silence_duration < min(policy.finalize_silence, policy.finalize_silence_complete) and not is_forced:
        return None  # however the words look
    looks_complete = bool(turn.text) and completeness(turn.text) is Completeness.COMPLETE
    needed = policy.finalize_silence_complete if looks_complete else policy.finalize_silence
    if hearing.silence_duration < needed and not is_forced:
        return None
    return state.turn_with(finalize_sent=True, finalize_deadline=state.at + policy.finalize_timeout), (
        FinalizeTranscript(),
    )


def give_up_on_finalize(state: State, policy: Policy) -> Decision | None:
    """Its answer may never come; then the last interim serves."""
    # By the clock, not by the audio: in the burst after a stall audio passes faster than anybody could answer.
    return (state.turn_with(finalize_deadline=NEVER), ()) if state.at >= state.turn.finalize_deadline else None


def end_turn(state: State, policy: Policy) -> Decision | None:
    """The silence has lasted, and the words are as good as they get; or the person has typed and is waiting."""
    turn = state.turn
    if state.floor is not Floor.PAUSING or turn.is_endpointed or not (turn.typed or _has_lasted(state, policy)):
        return None
    if not turn.text:
        return with_turn(state), ()
    if state.on_air is not None and state.on_air.is_interruptible:
        return None  # a backchannel, unless the reply ends with it
    if not (state.has_language_model and state.auto_reply):
        return commit_turn(state)
    return state.turn_with(is_endpointed=True), ()


def commit_turn(state: State, *, is_backchannel: bool = False) -> Decision:
    """The turn enters the history."""
    shown = (ShowPersonText(state.turn.segment_id, state.turn.spoken, is_final=True),) if state.turn.spoken else ()
    return with_turn(state, is_backchannel=is_backchannel), shown


def is_past(state: State, deadline: float, policy: Policy) -> bool:
    """Whether the audio up to a deadline has been seen, or has been missing for too long."""
    return state.seen_until >= deadline or state.at >= latest(state, deadline, policy)


def latest(state: State, deadline: float, policy: Policy) -> float:
    """Loop time at which a deadline fires even if no more is heard; while windows come, they decide."""
    if state.hearing.is_absent:
        return deadline
    return max(deadline, state.hearing.seen_at) + policy.audio_patience


def _has_lasted(state: State, policy: Policy) -> bool:
    turn, lost_at = state.turn, state.hearing.lost_at
    if waits_for_words(state):
        return False
    is_deaf = lost_at is not None and state.at < max(lost_at, turn.endpoint_at) + policy.deaf_timeout
    return turn.finalize_deadline == NEVER and not is_deaf and is_past(state, turn.endpoint_at, policy)


def waits_for_words(state: State) -> bool:
    """Whether what has come of the turn is a fragment, however long the silence; a noise has no words to wait for."""
    return bool(state.turn.text) and (state.hearing.is_behind or state.turn.is_fragment)

"""How far the transcripts lie behind the speech that was detected, and what the bot does about it.

While words are missing no turn ends: what has come so far is a fragment. The transcriber is behind from the moment at
which this is known:

    it is lost                                    and speech was detected since its last transcript
    its transcripts come late                     by more than `lag_limit`
    it does not answer Finalize in a pause        and has not transcribed speech for more than `stall_limit`

until a transcript covers all speech. After `deaf_timeout` the bot says once that it did not hear the person; the
fragment stays in the turn, and is joined with what comes later.
"""

from pipeline.commands import StaticText
from pipeline.events import FinalTranscript, TranscriptEvent
from pipeline.turn.caller import Floor
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.endpointing import answers_turns, is_past
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech
from pipeline.turn.state import State


def with_speech(state: State, began_at: float) -> State:
    """Add speech that has started; it is not transcribed yet."""
    began_at = max(began_at, state.hearing.transcribed_until)
    return state.hearing_with(untranscribed_since=min(state.hearing.untranscribed_since, began_at))


def with_transcript(state: State, event: TranscriptEvent, policy: Policy) -> State:
    """Note until when the speech is transcribed, and whether the transcriber is behind."""
    hearing = state.hearing
    is_answer = isinstance(event, FinalTranscript) and event.answers_finalize
    transcribed_until = max(hearing.transcribed_until, _covered_until(state, event, policy))
    after = with_coverage(
        state.hearing_with(
            transcribed_until=transcribed_until,
            untranscribed_since=max(hearing.untranscribed_since, transcribed_until),
            is_responsive=hearing.is_responsive or is_answer or not event.text,
        ),
        policy,
        is_final=isinstance(event, FinalTranscript),
    )
    if not after.hearing.misses_words:
        if is_answer:
            return after.hearing_with(caught_up_at=state.at)
        # Behind an interim more words may be on their way; a final has all until its end.
        is_catching_up = hearing.behind_since is not None and not isinstance(event, FinalTranscript)
        return with_catch_up(after, policy) if is_catching_up else after
    if state.seen_until - transcribed_until > policy.lag_limit:
        return _behind(after)
    keeps_up = state.floor is Floor.SPEAKING and hearing.lost_at is None
    return after.hearing_with(behind_since=None, lag_reported=False) if keeps_up else after


def with_coverage(state: State, policy: Policy, *, is_final: bool = False) -> State:
    """Forget the speech that was not transcribed, when it is over and transcribed."""
    hearing = state.hearing
    needed = hearing.speech_ended_at - policy.coverage_lag
    if hearing.behind_since is not None and not is_final:
        # The last word may be in no interim yet, up to some way behind the speech, where a final mostly comes first.
        needed = hearing.speech_ended_at + policy.coverage_lag
    if state.floor is Floor.SPEAKING or hearing.transcribed_until < needed:
        return state
    return state.hearing_with(
        untranscribed_since=NEVER, behind_since=None, lag_reported=hearing.lag_reported and hearing.lost_at is not None
    )


def with_transcriber_back(state: State, policy: Policy) -> State:
    """Wait for what a transcriber missed that is connected again."""
    after = with_catch_up(state.hearing_with(lost_at=None), policy)
    return _behind(after) if after.hearing.misses_words else after.hearing_with(lag_reported=False)


def with_catch_up(state: State, policy: Policy) -> State:
    """Leave the transcriber a moment for more words."""
    return state.hearing_with(caught_up_at=state.at + policy.catch_up_delay)


def fall_behind(state: State, policy: Policy) -> Decision | None:
    """Notice a stall: Finalize is not answered, and too much of the speech is not transcribed."""
    return (_behind(state), ()) if is_past(state, _stalled_at(state, policy), policy) else None


def fall_behind_due(state: State, policy: Policy) -> Due:
    """Wait for the audio up to the limit."""
    stalled_at = _stalled_at(state, policy)
    return Due(seen=stalled_at) if stalled_at != NEVER else ON_EVENTS


def _stalled_at(state: State, policy: Policy) -> float:
    """When the transcriber has said nothing for too long; NEVER when it has nothing to answer."""
    hearing, turn = state.hearing, state.turn
    is_unanswered = turn.finalize_sent and turn.finalize_deadline == NEVER and hearing.misses_words
    if not is_unanswered or hearing.is_behind or state.floor is Floor.SPEAKING:
        return NEVER
    missing = hearing.speech_ended_at - hearing.untranscribed_since
    if not hearing.is_responsive:
        # It never answers nor reports audio without words: a short noise may have none.
        return hearing.speech_ended_at if missing > policy.lag_limit else NEVER
    return hearing.untranscribed_since + policy.stall_limit if missing > policy.coverage_lag else NEVER


def report_lag(state: State, policy: Policy) -> Decision | None:
    """Say once that the person was not heard, when they have waited for long."""
    if not is_past(state, report_at(state, policy), policy):
        return None
    after = state.caller_with(floor=Floor.SILENT).hearing_with(lag_reported=True)
    after = after.turn_with(fragment=state.turn.text, endpoint_at=NEVER, finalize_sent=False, finalize_deadline=NEVER)
    if not (answers_turns(state) and state.agent.spoken_not_heard):
        return after, ()
    return with_new_speech(after, StaticText(state.agent.spoken_not_heard), is_discardable=True), ()


def report_lag_due(state: State, policy: Policy) -> Due:
    """Wait for the audio up to then."""
    return Due(seen=report_at(state, policy))


def report_at(state: State, policy: Policy) -> float:
    """When `report_lag` is due; NEVER while the person speaks, or when nothing is missing or it was said."""
    hearing = state.hearing
    if state.floor is Floor.SPEAKING or not hearing.is_behind or hearing.lag_reported or state.turn.typed:
        return NEVER
    since = [at for at in (hearing.behind_since, hearing.lost_at) if at is not None]
    return max(min(since), hearing.speech_ended_at) + policy.deaf_timeout


def _covered_until(state: State, event: TranscriptEvent, policy: Policy) -> float:
    """Loop time until which all speech is in a transcript."""
    speech_ended_at = state.hearing.speech_ended_at
    is_answer = isinstance(event, FinalTranscript) and event.answers_finalize and state.floor is not Floor.SPEAKING
    # It answers for all of the speech, though its last word may have ended before; a much older one is another's.
    if is_answer and event.ended_at >= speech_ended_at - policy.lag_limit:
        return max(event.ended_at, speech_ended_at)
    return event.ended_at


def _behind(state: State) -> State:
    since = state.hearing.behind_since
    return state if since is not None else state.hearing_with(behind_since=state.at)

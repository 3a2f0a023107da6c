"""What is heard of the person: windows of audio, edges of speech, transcripts."""

from typing import assert_never

from pipeline import events
from pipeline.events import ListenEvent, TranscriptEvent
from pipeline.text.joining import continued
from pipeline.turn import endpointing, transcriber_lag
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from pipeline.turn.words import beyond


def apply_hearing(state: State, event: ListenEvent, policy: Policy) -> State:
    """The state after something was heard; of anyone but the linked person it changes nothing."""
    if event.identity and event.identity != state.linked:
        return state
    match event:
        case events.AudioSeen():
            return window_seen(state, event, policy)
        case events.SpeechStarted():
            return _speech_started(state, event)
        case events.SpeechStopped():
            return _speech_stopped(state, event, policy)
        case events.AudioAbsent():
            absent_since = min(state.hearing.absent_since, state.at) if event.is_fault else NEVER
            return state.hearing_with(is_absent=True, absent_since=absent_since)
        case events.InterimTranscript() | events.FinalTranscript():
            return _transcript(state, event, policy)
        case events.TranscriberLost():  # what it was asked for is to be asked again
            return state.hearing_with(lost_at=state.at).turn_with(finalize_deadline=NEVER, finalize_sent=False)
        case events.TranscriberBack():  # its words of the meantime are on their way
            return endpointing.armed(transcriber_lag.with_transcriber_back(state, policy), policy)
    assert_never(event)


def is_plain_window(state: State, event: events.AudioSeen, policy: Policy) -> bool:
    """Whether a window changes nothing but what is known of the microphone, and reaches no bound of any rule."""
    due, caller = state.due, state.caller
    if caller.hearing.is_absent or (event.identity and event.identity != state.linked):
        return False
    if event.at >= due.at or event.watermark_at >= due.seen:
        return False
    if event.speech_duration >= due.speech or event.silence_duration >= due.silence:
        return False
    if caller.floor is Floor.SPEAKING:  # speech that goes on after a pause may be finalized once more
        return bool(event.silence_duration) or not caller.turn.finalize_sent
    return event.probability < policy.maybe_speech


def window_seen(state: State, event: events.AudioSeen, policy: Policy) -> State:
    """The state after one more window of audio."""
    caller, at = state.caller, max(state.at, event.at)
    before, turn = caller.hearing, caller.turn
    speech_ended_at, maybe_speech_until = before.speech_ended_at, before.maybe_speech_until
    if caller.floor is Floor.SPEAKING:
        speech_ended_at = event.watermark_at - event.silence_duration
        if turn.finalize_sent and not event.silence_duration:
            turn = changed(turn, finalize_sent=False)
    elif event.probability >= policy.maybe_speech and at >= maybe_speech_until:
        # Not drawn out by each further one: a noise that is never speech must not keep a reply back for ever.
        maybe_speech_until = at + policy.maybe_speech_delay
    hearing = changed(
        before,
        seen_until=max(before.seen_until, event.watermark_at),
        seen_at=at,
        is_absent=False,
        absent_since=NEVER,
        speech_duration=event.speech_duration,
        silence_duration=event.silence_duration,
        speech_ended_at=speech_ended_at,
        maybe_speech_until=maybe_speech_until,
    )
    return changed(state, at=at, caller=changed(caller, hearing=hearing, turn=turn))


def _speech_started(state: State, event: events.SpeechStarted) -> State:
    after = _seen(state, event.watermark_at).caller_with(floor=Floor.SPEAKING)
    after = after.hearing_with(
        speech_duration=event.speech_duration, silence_duration=0.0, speech_ended_at=event.watermark_at
    )
    # What failed so far was the answer to fewer words.
    after = after.turn_with(
        endpoint_at=NEVER, finalize_deadline=NEVER, finalize_sent=False, is_endpointed=False, has_failed=False
    )
    return transcriber_lag.with_speech(after, event.began_at)


def _speech_stopped(state: State, event: events.SpeechStopped, policy: Policy) -> State:
    after = _seen(state, event.watermark_at).caller_with(floor=Floor.PAUSING)
    after = after.hearing_with(
        speech_duration=0.0,
        silence_duration=max(0.0, event.watermark_at - event.ended_at),
        speech_ended_at=event.ended_at,
    )
    return endpointing.armed(transcriber_lag.with_coverage(after, policy), policy)


def _seen(state: State, watermark_at: float) -> State:
    seen_until = max(state.hearing.seen_until, watermark_at)
    return state.hearing_with(seen_until=seen_until, seen_at=state.at, is_absent=False, absent_since=NEVER)


def _transcript(state: State, event: TranscriptEvent, policy: Policy) -> State:
    turn = state.turn
    text, words_ended_at = beyond(event, max(state.caller.committed_until, turn.final_ended_at))
    if isinstance(event, events.FinalTranscript):
        final = continued(turn.final, text)
        final_ended_at = words_ended_at if text else turn.final_ended_at
        after = state.turn_with(final=final, final_ended_at=final_ended_at, interim="", interim_ended_at=0.0)
        if event.answers_finalize:
            after = after.turn_with(finalize_deadline=NEVER)
    else:
        after = state.turn_with(interim=text, interim_ended_at=words_ended_at if text else 0.0)
    after = transcriber_lag.with_transcript(after, event, policy)
    if text and state.floor is Floor.SILENT:  # words that the detector did not take for speech
        after = after.caller_with(floor=Floor.PAUSING)
    return endpointing.armed(after.turn_with(is_endpointed=False), policy)

"""The person's audio goes to the transcriber, and its transcripts come back as events with the times of the words."""

import logging
from collections import deque
from collections.abc import Callable

from pipeline import events
from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.closing import closing
from pipeline.errors import Malformed
from pipeline.events import ListenEvent, TranscriptWord
from pipeline.port_check import unexpected
from pipeline.ports import StreamLost, StreamRestored, Transcriber
from pipeline.speech import Transcript
from pipeline.stages.media_clock import MediaClock
from pipeline.stages.transcriber_feed import TranscriberFeed

log = logging.getLogger(__name__)

EXACT = 0.1
"""Seconds by which a time may lie behind the audio given without being remarked on: rounding, a frame of padding."""

TOLERANCE = 2.0
"""Seconds by which a time may lie behind the audio given, and is moved to its end. Transcribers that pad the audio with
silence err by less; times in other units, or of another stream, soon err by more."""


MOST_OWNERS = 16
"""Changes of the person that are remembered: words come seconds late."""


class TranscriberStream:
    """One stream of a transcriber. `emit` takes each event at once."""

    def __init__(self, transcriber: Transcriber, clock: MediaClock, emit: Callable[[ListenEvent], None]) -> None:
        self._transcriber, self._clock, self._emit = transcriber, clock, emit
        self._feed = TranscriberFeed()
        self._owners: deque[tuple[int, str]] = deque([(0, "")], maxlen=MOST_OWNERS)  # (from this sample on, identity)
        self._has_warned = False
        self.speech_end = 0
        """The microphone's sample behind the last speech that was detected."""
        self._covered_end = 0  # the microphone's sample up to which transcripts were emitted
        self._interim_stands = False

    async def run(self) -> None:
        """Emit transcripts until the last words behind `end` are out.

        Raises what the transcriber raises, and Malformed for times that cannot be.
        """
        async with closing(self._transcriber.transcribe(self._feed)) as answers:
            async for answer in answers:
                if isinstance(answer, Transcript):
                    self._check_times(answer)
                    if self._says_nothing(answer):
                        continue
                elif self._feed.ended:
                    continue  # whether there is a connection matters no more
                self._emit(self._event(answer))
        if not self._feed.ended:
            raise RuntimeError(f"{type(self._transcriber).__name__} ended before its audio did; the bot would be deaf")

    def send(self, first: int, samples: Pcm, *, is_urgent: bool, is_speech: bool = False, owner: str = "") -> None:
        """Send a window whose first sample is number `first` of the microphone. See `TranscriberFeed.send`.

        `owner` is the identity of the participant who speaks.
        """
        if owner != self._owners[-1][1]:
            self._owners.append((first, owner))
        self._feed.send(first, samples, is_urgent=is_urgent, is_speech=is_speech)

    def flush(self) -> None:
        """Send what is held back."""
        self._feed.flush()

    def finalize(self) -> None:
        """Ask for an answer about all audio so far."""
        self._feed.finalize()

    def end(self) -> None:
        """Send nothing more."""
        self._feed.end()

    def _event(self, answer: Transcript | StreamLost | StreamRestored) -> ListenEvent:
        match answer:
            case StreamLost(error):
                return events.TranscriberLost(loop_time(), str(error), self._owners[-1][1])
            case StreamRestored():
                return events.TranscriberBack(loop_time(), self._owners[-1][1])
            case Transcript():
                return self._heard(answer)
            case _:
                raise unexpected(answer, Transcriber, "Transcript, StreamLost or StreamRestored")

    def _says_nothing(self, transcript: Transcript) -> bool:
        """Whether it only reports to be without words what was detected as silence, as some do four times a second."""
        is_empty = not (transcript.text or transcript.is_final or self._interim_stands)
        if is_empty and self._covered_end >= self.speech_end:
            return True
        self._covered_end = max(self._covered_end, self._feed.sample_behind(self._within(transcript.end)))
        self._interim_stands = bool(transcript.text) and not transcript.is_final
        return False

    def _heard(self, transcript: Transcript) -> events.TranscriptEvent:
        words = tuple(
            TranscriptWord(word.text, self._began_at(word.start), self._ended_at(word.end)) for word in transcript.words
        )
        began_at, ended_at = self._began_at(transcript.start), self._ended_at(transcript.end)
        now, text, owner = loop_time(), transcript.text, self._owner_of(transcript)
        if transcript.is_final:
            return events.FinalTranscript(now, text, began_at, ended_at, words, transcript.answers_finalize, owner)
        return events.InterimTranscript(now, text, began_at, ended_at, words, owner)

    def _owner_of(self, transcript: Transcript) -> str:
        """Identity of the participant who spoke: words of one who has left may come when the next one is there.

        Not by the start of the transcript: that may lie in the silence long before the words.
        """
        sample = self._feed.sample_at(transcript.words[0].start if transcript.words else transcript.end)
        return next((owner for first, owner in reversed(self._owners) if first <= sample), "")

    def _check_times(self, transcript: Transcript) -> None:
        """Refuse times far behind the audio given: a turn that ends in the future would never be answered."""
        given = self._feed.given_duration
        times = [transcript.start, transcript.end]
        times += [time for word in transcript.words for time in (word.start, word.end)]
        wrong = next((time for time in times if not -TOLERANCE <= time <= given + TOLERANCE), None)
        if wrong is not None:
            raise Malformed(
                "the transcriber",
                f"it puts words at {wrong:g} s, when it has been given {given:.1f} s of audio: times are seconds from "
                "the first sample given, see Transcript in pipeline/speech",
            )
        if not self._has_warned and max(times) > given + EXACT:
            self._has_warned = True
            log.warning(
                "the transcriber puts words %.1f s behind the audio that it was given; they count as spoken at its end",
                max(times) - given,
            )

    def _began_at(self, seconds: float) -> float:
        return self._clock.time_of(self._feed.sample_at(self._within(seconds))) if self._clock.position else loop_time()

    def _ended_at(self, seconds: float) -> float:
        if not self._clock.position:
            return loop_time()
        return self._clock.end_of(self._feed.sample_behind(self._within(seconds)))

    def _within(self, seconds: float) -> float:
        return min(max(seconds, 0.0), self._feed.given_duration)

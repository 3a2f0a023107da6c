"""The ears: the microphone's audio goes down to the transcriber, and what is noticed on the way comes out as events.

It decides nothing: when a pause is an end, and when the transcriber is to answer at once, is asked elsewhere.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from pipeline import events, ports
from pipeline.audio import LISTEN_RATE
from pipeline.events import ListenEvent, TranscriptWord
from pipeline.port_check import unexpected
from pipeline.ports import AudioGap, AudioIn, AudioWindow, Transcriber
from pipeline.speech import Transcript
from pipeline.stages.media_clock import MediaClock
from pipeline.stages.speech_only import SpeechOnly
from pipeline.stages.transcriber_feed import TranscriberFeed
from vad.gate import Gate, GateOptions, SpeechEnd, SpeechStart
from vad.protocol import VoiceActivityDetector

WAITED = 0.001
"""Seconds from which on a window counts as having been waited for, so that others have run in the meantime."""

QUIET_DELAY = 1.0
"""Seconds without speech after which windows need not go to the transcriber one by one: until then it may be about to
say the last words, which it decides by the silence behind them..."""

QUIET_PROBABILITY = 0.05
"""...and the probability of speech from which they do all the same, at once with those held back. On labelled
recordings 98 % of the silence that has lasted for so long lies below it, and 3 % of the speech: pauses in it, and
distant voices, which the transcriber then has up to 0.1 s later."""


class Listen:
    """Runs the ears of one session. `emit` takes each event at once, in the order in which they became known.

    `speech_only` leaves out silence on the way to the transcriber: cheaper where audio is paid for, but then the
    transcriber never hears what the detector takes for silence.
    """

    def __init__(
        self,
        audio: AudioIn,
        transcriber: Transcriber,
        vad: VoiceActivityDetector,
        emit: Callable[[ListenEvent], None],
        *,
        gate: GateOptions | None = None,
        speech_only: bool = False,
    ) -> None:
        self._audio, self._transcriber, self._vad, self._emit = audio, transcriber, vad, emit
        self._clock = MediaClock()
        self._gate = Gate(gate)
        self._feed = TranscriberFeed()
        self._speech_only = SpeechOnly(self._gate) if speech_only else None

    async def run(self) -> None:
        """Listen until the microphone's stream ends, for good, and the last words are out.

        Raises, in a group, what the transcriber raises: ProviderError when waiting for it is useless.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._transcribe())
            done_at = _now()
            async for heard in self._audio.listen():
                has_waited = _now() - done_at >= WAITED
                if isinstance(heard, AudioGap):
                    self._break_off()
                else:
                    self._take(heard)
                if not has_waited:
                    await asyncio.sleep(0)  # a burst after a stall, 55 windows or more, must not become another stall
                done_at = _now()
            self._feed.end()

    def finalize(self) -> None:
        """Ask the transcriber to answer at once for all audio taken so far."""
        self._feed.finalize()

    # --- the microphone ---

    def _take(self, heard: AudioWindow) -> None:
        """Judges in place: 0.4 ms of the loop's time with Silero. In a thread it is 0.6 ms, and twice the CPU."""
        first = self._gate.position
        self._clock.saw(len(heard.samples), heard.arrived_at)
        edge = self._gate.feed(self._vad.probability(heard.samples), len(heard.samples))
        if self._speech_only is None:
            self._feed.send(first, heard.samples, is_urgent=not self._is_quiet())
        else:
            for sample, samples in self._speech_only.take(first, heard.samples, edge):
                self._feed.send(sample, samples)
        self._emit(self._window_event(edge))

    def _is_quiet(self) -> bool:
        """Whether nobody speaks, nor has just spoken, nor may be about to."""
        gate = self._gate
        return gate.probability < QUIET_PROBABILITY and gate.silence_run >= QUIET_DELAY * LISTEN_RATE

    def _window_event(self, edge: SpeechStart | SpeechEnd | None) -> ListenEvent:
        now, gate = _now(), self._gate
        watermark_at = self._clock.watermark(now)
        speech, silence = gate.speech_run / LISTEN_RATE, gate.silence_run / LISTEN_RATE
        match edge:
            case SpeechStart(sample):
                return events.SpeechStarted(now, watermark_at, self._clock.time_of(sample), speech)
            case SpeechEnd():
                return self._stopped(edge, now, watermark_at)
            case None:
                return events.AudioSeen(now, watermark_at, gate.probability, speech, silence)

    def _break_off(self) -> None:
        self._clock.broke()
        self._feed.flush()
        self._vad.reset()
        edge = self._gate.break_off()
        if self._speech_only is not None:
            self._speech_only.break_off()
        now = _now()
        if edge is not None:
            self._emit(self._stopped(edge, now, self._clock.watermark(now)))
        self._emit(events.AudioAbsent(now))

    def _stopped(self, edge: SpeechEnd, now: float, watermark_at: float) -> events.SpeechStopped:
        duration = (edge.sample - edge.began) / LISTEN_RATE
        return events.SpeechStopped(now, watermark_at, self._clock.end_of(edge.sample), duration)

    # --- the transcriber ---

    async def _transcribe(self) -> None:
        async with aclosing(self._transcriber.transcribe(self._feed)) as answers:
            async for answer in answers:
                self._emit(self._answer_event(answer))
        if not self._feed.ended:
            raise RuntimeError(f"{type(self._transcriber).__name__} ended before its audio did; the bot would be deaf")

    def _answer_event(self, answer: Transcript | ports.StreamLost | ports.StreamRestored) -> ListenEvent:
        now = _now()
        match answer:
            case ports.StreamLost(error):
                return events.TranscriberLost(now, str(error))
            case ports.StreamRestored():
                return events.TranscriberBack(now)
            case Transcript():
                pass
            case _:
                raise unexpected(answer, ports.Transcriber, "Transcript, TranscriberLost or TranscriberBack")
        words = tuple(
            TranscriptWord(word.text, self._began_at(word.start), self._ended_at(word.end)) for word in answer.words
        )
        began_at, ended_at = self._began_at(answer.start), self._ended_at(answer.end)
        if answer.is_final:
            return events.FinalTranscript(now, answer.text, began_at, ended_at, words, answer.answers_finalize)
        return events.InterimTranscript(now, answer.text, began_at, ended_at, words)

    def _began_at(self, seconds: float) -> float:
        return self._clock.time_of(self._feed.sample_at(seconds)) if self._clock.position else _now()

    def _ended_at(self, seconds: float) -> float:
        return self._clock.end_of(self._feed.sample_behind(seconds)) if self._clock.position else _now()


def _now() -> float:
    return asyncio.get_running_loop().time()

"""Listens to one person: their microphone's audio becomes edges of speech, and goes on to the transcriber.

It decides nothing: when a pause is an end, and when the transcriber is to answer at once, is decided elsewhere.
"""

import asyncio
import logging
from collections.abc import Callable

from pipeline import events
from pipeline.audio import LISTEN_RATE
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.events import ListenEvent
from pipeline.ports import NO_TAP, AudioGap, AudioIn, AudioTap, AudioWindow, Transcriber
from pipeline.stages.media_clock import MediaClock
from pipeline.stages.transcribe import TranscriberStream
from vad.gate import Gate, GateOptions, SpeechEnd, SpeechStart
from vad.protocol import VoiceActivityDetector

log = logging.getLogger(__name__)

WAITED = 0.001
"""Seconds from which on a window counts as having been waited for, so that other tasks have run in the meantime."""

QUIET_DELAY = 1.0
"""Seconds without speech after which windows need not go to the transcriber one by one: until then it may be about to
emit the last words, which it decides by the silence behind them..."""

QUIET_PROBABILITY = 0.05
"""...and the probability of speech from which they do all the same, at once with those held back. On labelled
recordings 98 % of the silence that has lasted for so long lies below it, and 3 % of the speech: pauses in it, and
distant voices, which the transcriber then has up to 0.1 s later."""


class Listen:
    """Listens to one person. `emit` takes each event at once, in the order in which they became known.

    Without a transcriber there are no words, but speech is detected all the same: the bot ducks, holds and is cut.
    """

    def __init__(
        self,
        audio: AudioIn,
        transcriber: Transcriber | None,
        vad: VoiceActivityDetector,
        emit: Callable[[ListenEvent], None],
        *,
        identity: Callable[[], str] = lambda: "",
        gate: GateOptions | None = None,
        tap: AudioTap = NO_TAP,
    ) -> None:
        """`identity` gives the participant whose audio is being heard, for the events; empty when it is unknown."""
        self._audio, self._vad, self._emit, self._tap = audio, vad, emit, tap
        self._identity, self._owner = identity, ""
        self._clock = MediaClock()
        self._gate = Gate(gate)
        self._transcriber = transcriber
        self._stream = self._new_stream(transcriber)
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Listen until the microphone's stream ends, for good, and the last words are out.

        Raises, in a group, what the transcriber raises: ProviderError when waiting for it is useless.
        """
        async with asyncio.TaskGroup() as self._group:
            self._begin(self._stream)
            done_at = loop_time()
            async for heard in self._audio.listen():
                has_waited = loop_time() - done_at >= WAITED
                if isinstance(heard, AudioGap):
                    self._break_off(is_fault=heard.is_fault)
                else:
                    self._take(heard)
                if not has_waited:
                    await asyncio.sleep(0)  # a burst after a stall, 55 windows or more, must not become another stall
                done_at = loop_time()
            if self._stream is not None:
                self._stream.end()

    def use(self, transcriber: Transcriber | None) -> None:
        """Let another transcriber hear what comes from now on; the last words of the one before are still emitted."""
        if transcriber is self._transcriber:
            return
        if self._stream is not None:
            self._stream.end()
        self._transcriber = transcriber
        self._stream = self._new_stream(transcriber)
        self._begin(self._stream)

    def finalize(self) -> None:
        """Ask the transcriber to answer at once for all audio so far; without one, report that there are no words."""
        if self._stream is not None:
            self._stream.finalize()
            return
        now = loop_time()
        self._emit(events.FinalTranscript(now, "", now, now, answers_finalize=True, identity=self._owner))

    def _new_stream(self, transcriber: Transcriber | None) -> TranscriberStream | None:
        return TranscriberStream(transcriber, self._clock, self._emit) if transcriber is not None else None

    def _begin(self, stream: TranscriberStream | None) -> None:
        if stream is not None and self._group is not None:
            self._group.create_task(self._transcribe(stream))

    async def _transcribe(self, stream: TranscriberStream) -> None:
        """Run a stream. When another one has taken its place, what breaks it costs its last words and no more."""
        try:
            await stream.run()
        except ProviderError as error:
            if stream is self._stream:
                raise
            log.warning("the last words of a transcriber that is not used any more did not come: %s", error)

    def _take(self, heard: AudioWindow) -> None:
        """Judge a window in place: 0.4 ms of the loop's time with Silero; in a thread 0.6 ms, and twice the CPU."""
        first = self._gate.position
        self._owner = self._identity()
        self._clock.saw(len(heard.samples), heard.arrived_at)
        self._tap.heard(self._clock.time_of(first), heard.samples)
        edge = self._gate.feed(self._vad.probability(heard.samples), len(heard.samples))
        if self._stream is not None:
            self._stream.speech_end = self._gate.position - self._gate.silence_run
            is_speech = self._gate.speaking and not self._gate.silence_run
            self._stream.send(
                first, heard.samples, is_urgent=not self._is_quiet(), is_speech=is_speech, owner=self._owner
            )
        self._emit(self._window_event(edge))

    def _is_quiet(self) -> bool:
        """Whether nobody speaks, nor has just spoken, nor may be about to."""
        gate = self._gate
        return gate.probability < QUIET_PROBABILITY and gate.silence_run >= QUIET_DELAY * LISTEN_RATE

    def _window_event(self, edge: SpeechStart | SpeechEnd | None) -> ListenEvent:
        now, gate = loop_time(), self._gate
        watermark_at = self._clock.watermark(now)
        speech, silence = gate.speech_run / LISTEN_RATE, gate.silence_run / LISTEN_RATE
        match edge:
            case SpeechStart(sample):
                return events.SpeechStarted(now, watermark_at, self._clock.time_of(sample), speech, self._owner)
            case SpeechEnd():
                return self._stopped(edge, now, watermark_at)
            case None:
                return events.AudioSeen(now, watermark_at, gate.probability, speech, silence, self._owner)

    def _break_off(self, *, is_fault: bool) -> None:
        self._clock.broke()
        self._tap.fell_silent()
        if self._stream is not None:
            self._stream.flush()
        self._vad.reset()
        edge = self._gate.break_off()
        now = loop_time()
        if edge is not None:
            self._emit(self._stopped(edge, now, self._clock.watermark(now)))
        self._emit(events.AudioAbsent(now, self._owner, is_fault))

    def _stopped(self, edge: SpeechEnd, now: float, watermark_at: float) -> events.SpeechStopped:
        duration = (edge.sample - edge.began) / LISTEN_RATE
        return events.SpeechStopped(now, watermark_at, self._clock.end_of(edge.sample), duration, self._owner)

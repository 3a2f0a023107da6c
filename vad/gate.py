"""Where speech starts and stops, decided from probabilities with hysteresis; time is counted in samples.

The defaults come from `scripts/measure_vad` with Silero on 14 minutes of labelled recordings. With them, as median and
95th percentile behind the label, a start is reported 30 and 173 ms late and known after 94 and 237 ms; a stop is
reported 56 and 172 ms late and known after 184 and 300 ms. Of 169 stretches of speech 11 are missed, 7 of those in
meetings; of 418 s without speech 8 s are taken for it, all but two windows of them in noise that may hold voices.
"""

from dataclasses import dataclass
from math import inf

from vad.protocol import RATE, WINDOW

HYSTERESIS = 0.15
"""Between the thresholds, where nothing else is said: without it a third more stops fall between words."""

FRESH_DURATION = 0.25
"""Seconds from a stream's beginning within which speech counts as begun with it."""


@dataclass(frozen=True, slots=True)
class GateOptions:
    """When probabilities become speech and when they cease to be; ValueError for what cannot work."""

    activation_threshold: float = 0.5
    """Probability from which a window starts speech. 0.3 knows a start 14 ms sooner and a stop 32 ms later; 0.7 a start
    10 ms later and a stop 8 ms sooner, and breaks speech and noise into more pieces (12 false alarms instead of 7)."""
    deactivation_threshold: float | None = None
    """Probability below which a window is silence once speech has started; None: HYSTERESIS less than activation."""
    min_speech: float = 0.064
    """Seconds of speech before it counts: two windows. A third one costs 32 ms and spares one alarm in 8 minutes."""
    min_silence: float = 0.128
    """Seconds of silence before speech counts as stopped: four windows, and 8 stops in a minute of clear speech fall
    between words; three: 11; five: 5; ten: 2."""
    fresh_speech: float = 0.3
    """The same as `min_speech`, for speech that begins with its stream.

    A track that was just subscribed can begin with some 10 ms of what was being said or played and 180 ms of
    concealment, which repeats and fades them. Of 192 such sounds made from recordings Silero takes 133 for speech, for
    up to 290 ms, beginning in the first 230 ms; with this rule none. Who really speaks at that moment is found up to
    0.24 s later, with the same start; a word of less than 0.3 s that begins there is not found.
    """

    def __post_init__(self) -> None:
        if not 0 < self.activation_threshold <= 1:
            raise ValueError(f"activation_threshold is {self.activation_threshold}: give a probability above 0")
        if self.deactivation_threshold is not None and not 0 < self.deactivation_threshold <= self.activation_threshold:
            raise ValueError(
                f"deactivation_threshold is {self.deactivation_threshold}: give one above 0 and not above "
                f"activation_threshold ({self.activation_threshold})"
            )
        for name in ("min_speech", "min_silence", "fresh_speech"):
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give seconds, 0 or more")

    @property
    def silence_below(self) -> float:
        """The deactivation threshold as it is used."""
        if self.deactivation_threshold is not None:
            return self.deactivation_threshold
        return max(self.activation_threshold - HYSTERESIS, self.activation_threshold / 2)


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Speech began at `sample`; a quiet first word may have begun up to 0.3 s earlier."""

    sample: int


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """The speech that began at `began` ended before `sample`."""

    sample: int
    began: int


Edge = SpeechStart | SpeechEnd


class Gate:
    """Finds the edges in one stream of windows. Samples are counted from the first one, across breaks."""

    def __init__(self, options: GateOptions | None = None) -> None:
        self.options = options or GateOptions()
        self._speech_from, self._silence_below = self.options.activation_threshold, self.options.silence_below
        self._min_silence = _samples(self.options.min_silence)
        self.position = 0
        """Samples judged so far."""
        self.probability = 0.0
        """Of the last window."""
        self.speaking = False
        """Between a start and its stop."""
        self._fresh_from = 0  # where the stream began, or began anew
        self._began = 0  # the first sample of the speech, sure or not yet
        self._unsure = False  # speech that is not yet long enough
        self._silent_from = 0  # behind the last sample of sure speech

    @property
    def speech_run(self) -> int:
        """Samples from the start of the speech to the end of its last window; 0 when there is none.

        It is known from `min_speech` on, then for each window: how long an interruption has lasted.
        """
        return self._silent_from - self._began if self.speaking else 0

    @property
    def silence_run(self) -> int:
        """Samples since sure speech was last heard, or since the beginning; a click in the silence does not end it."""
        return self.position - self._silent_from

    def feed(self, probability: float, samples: int = WINDOW) -> Edge | None:
        """Take the next window; returns the edge that it settles, which lies before it."""
        start = self.position
        self.position += samples
        self.probability = probability
        return self._while_speaking() if self.speaking else self._while_silent(start)

    def break_off(self) -> SpeechEnd | None:
        """The audio breaks here, and what comes next is another stream; ends speech."""
        self._unsure = False
        self._fresh_from = self.position
        return self._stop()

    def _while_silent(self, start: int) -> SpeechStart | None:
        if not self._unsure and self.probability >= self._speech_from:
            self._unsure, self._began = True, start
        elif self.probability < self._silence_below:
            self._unsure = False
        if not self._unsure or self.position - self._began < self._needed_speech():
            return None
        self._unsure, self.speaking = False, True
        self._silent_from = self.position
        return SpeechStart(self._began)

    def _while_speaking(self) -> SpeechEnd | None:
        if self.probability >= self._silence_below:
            self._silent_from = self.position
        elif self.silence_run >= self._min_silence:
            return self._stop()
        return None

    def _needed_speech(self) -> int:
        fresh = self._began - self._fresh_from < _samples(FRESH_DURATION)
        return _samples(max(self.options.min_speech, self.options.fresh_speech if fresh else 0.0))

    def _stop(self) -> SpeechEnd | None:
        if not self.speaking:
            return None
        self.speaking = False
        return SpeechEnd(self._silent_from, self._began)


def _samples(duration: float) -> int:
    return round(duration * RATE)

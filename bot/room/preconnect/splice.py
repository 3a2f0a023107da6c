"""Puts what was recorded before the live audio of a track, without a word lost or doubled.

A browser records until it learns that its track is subscribed to. By then the first live packets are under way: the end
of the recording and the beginning of the live audio are mostly the same sound, coded twice. Where that is, the two are
joined. Windows of the recording get the times at which they would have come, so that nothing after this needs to know
of it: to the rest of the bot they are audio that a stall has held back.
"""

from collections.abc import Sequence

import numpy as np

from bot.room.preconnect.recording import PreconnectRecording
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, WINDOW_DURATION, Pcm
from pipeline.ports import AudioWindow

TEMPLATE_WINDOWS = 16
"""Live windows that are compared with the recording, half a second."""

ABSENT_WINDOWS = 16
"""Live windows, half a second, after which a recording that was announced and has not begun to come does not come."""

LATE_WINDOWS = 62
"""Live windows, two seconds, after which what there is of one has to do: the person may wait for an answer."""

DECODING_WINDOWS = 31
"""Live windows, a second, for decoding that; behind them it is not waited for any more."""

LONGEST_OVERLAP = 4.0
"""Seconds of the recording's end in which the beginning of the live audio is looked for."""

SHORTEST_OVERLAP = 0.06
"""Seconds of which two sounds are compared at least: shorter ones are alike by chance."""

LIKENESS = 0.6
"""Correlation from which on two sounds are the same one, coded twice. Twelve recordings, coded by Opus with 14 to 134
kbit/s, are like themselves by 0.84 at least, and like each other by 0.40 at most."""

PRE_EMPHASIS = 0.97
"""Share of the sample before that is taken away, as usual with speech; without it two voices may be alike by 0.9."""

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

SPEECH_BAND = 2_000.0
"""Hz up to which they are compared: above, two codings differ."""

QUIET = 30.0
"""Amplitude (RMS of 16 bits) below which nothing is heard: what is doubled or missing there is no word."""


def overlap(recorded: Pcm, live: Pcm) -> int:
    """Return how many samples at the end of `recorded` are those at the beginning of `live`; 0 when none are."""
    tail, head = recorded[-round(LONGEST_OVERLAP * LISTEN_RATE) :].astype(float), live.astype(float)
    lengths = np.arange(round(SHORTEST_OVERLAP * LISTEN_RATE), len(tail) + 1)
    if not len(lengths) or not len(head):
        return 0
    compared, begins = np.minimum(lengths, len(head)), len(tail) - lengths
    loud_there, loud_here = _powers(tail, head, begins, compared)
    is_heard = np.minimum(loud_there, loud_here) > compared * QUIET**2
    tail, head = _flat(tail), _flat(head)
    size = 1 << (len(tail) + len(head)).bit_length()
    products = np.fft.irfft(np.fft.rfft(tail, size) * np.conj(np.fft.rfft(head, size)), size)[begins]
    powers_there, powers_here = _powers(tail, head, begins, compared)
    likeness = np.where(is_heard, products / np.sqrt(np.maximum(powers_there * powers_here, 1.0)), 0.0)
    best = int(np.argmax(likeness))
    return int(lengths[best]) if likeness[best] >= LIKENESS else 0


class HeldBack:
    """The first live windows of a track, until what was recorded before them is there, or does not come in time.

    Time is counted in windows: a stall of the process makes none of them late.
    """

    def __init__(self, recording: PreconnectRecording) -> None:
        self._recording = recording
        self._held: list[AudioWindow] = []
        self._is_over = False

    def take(self, window: AudioWindow) -> list[AudioWindow]:
        """Take the next live window; returns what can be handed on by now."""
        if self._is_over:
            return [window]
        self._held.append(window)
        recording, held = self._recording, len(self._held)
        if recording.audio is not None:
            if held < TEMPLATE_WINDOWS:
                return []
            recorded = recording.heard_until(self._held[0].arrived_at)
            self._is_over = True
            return spliced(recorded, self._drained())
        if held == LATE_WINDOWS and recording.is_opened:
            recording.hurry()
        limit = LATE_WINDOWS + DECODING_WINDOWS if recording.is_opened else ABSENT_WINDOWS
        return [] if held < limit and not recording.is_lost else self.release()

    def release(self) -> list[AudioWindow]:
        """Return what is held back, and hold nothing back any more."""
        if not self._is_over:
            self._recording.give_up()
        self._is_over = True
        return self._drained()

    def _drained(self) -> list[AudioWindow]:
        held, self._held = self._held, []
        return held


def spliced(recorded: Pcm, live: Sequence[AudioWindow]) -> list[AudioWindow]:
    """Return the windows of the recording, each with the time at which it would have come, and then the live ones."""
    if not live:
        return []
    doubled = overlap(recorded, np.concatenate([window.samples for window in live]))
    before = recorded[: len(recorded) - doubled]
    before = before[len(before) % LISTEN_WINDOW :]
    windows = before.reshape(-1, LISTEN_WINDOW)
    first_at = live[0].arrived_at - len(windows) * WINDOW_DURATION
    return [AudioWindow(window, first_at + n * WINDOW_DURATION) for n, window in enumerate(windows)] + list(live)


def _flat(samples: Floats) -> Floats:
    """Return the band of speech with its pitches no louder than the rest: by these two voices are alike."""
    raised = np.concatenate([[0.0], samples[1:] - PRE_EMPHASIS * samples[:-1]])
    spectrum = np.fft.rfft(raised)
    spectrum[round(SPEECH_BAND * len(samples) / LISTEN_RATE) :] = 0
    return np.fft.irfft(spectrum, len(samples))


def _powers(tail: Floats, head: Floats, begins: Ints, compared: Ints) -> tuple[Floats, Floats]:
    """Return the power of what is compared, for each length: in the tail from `begins` on, and in the head."""
    there, here = (np.concatenate([[0.0], np.cumsum(samples**2)]) for samples in (tail, head))
    return there[begins + compared] - there[begins], here[compared]

"""Sounds that are found again in a recording: beeps."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.recording.document import RecordingDocument
from pipeline.recording.opus_file import RATE
from pipeline.recording.timeline import Block

STARTED = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
KNOWN = RecordingDocument(audio="", started_at="", room="team/../a b", bot="bot", person="ann")
BOT_RATE = 24_000


def beeps(rate: int, seconds: float, at: list[float]) -> Pcm:
    """A tone of 1 kHz for 50 ms at these seconds."""
    whole = silence(round(rate * seconds))
    for start in at:
        first = round(start * rate)
        part = np.arange(round(0.05 * rate)) / rate
        whole[first : first + len(part)] = 10_000 * np.sin(2 * np.pi * 1000 * part)
    return whole


def onsets(samples: Pcm, rate: int) -> list[float]:
    """Where tones begin, seconds."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 1500)
    return [
        int(place) / rate for place, gap in zip(loud, np.diff(loud, prepend=-rate), strict=True) if gap > 0.02 * rate
    ]


def block(second: int, person: list[float], bot: list[float]) -> Block:
    """A second of both sides, with beeps at these times in it."""
    return Block(second, second + 1, beeps(LISTEN_RATE, 1, person), beeps(BOT_RATE, 1, bot))


def never(_: float) -> bool:
    """Wait for no disk."""
    return False


def decoded(path: Path) -> tuple[Pcm, Pcm]:
    """Left and right, at 48 kHz."""
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE
    return samples[:, 0], samples[:, 1]

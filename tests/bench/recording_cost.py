"""What recording a call takes: of a core, in the event loop and in the thread that writes; of memory, and of the disk.

    python -m tests.bench.recording_cost --minutes 10

Both sides talk half of the time, in turns, as a voice of harmonics with noise. Time is CPU time, so that other programs
on the machine change little.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.recording.conversation_recording import ConversationRecording
from pipeline.recording.document import RecordingDocument

VOICE_RATE = 24_000
FRAME = VOICE_RATE // 50
"""Samples of two frames, which go out by one write."""

TURN = 5.0
"""Seconds for which one side talks."""

MOST_WAITING = 20
"""Portions that wait for the writer here, in which time does not pass by itself."""


def voice(rate: int) -> Pcm:
    """A second of something with the spectrum of a voice."""
    at = np.arange(rate) / rate
    tones = sum(np.sin(2 * np.pi * 130 * n * at + n) / n for n in range(1, 25))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * at)
    noise = np.random.default_rng(1).standard_normal(rate) * 80
    return np.asarray(2500 * tones * syllables + noise, np.int16)


def record(folder: Path, seconds: float) -> None:
    """Record a call of so many seconds, as fast as it can be written; print what it took."""
    memory = psutil.Process()
    person, bot = voice(LISTEN_RATE), voice(VOICE_RATE)
    quiet = silence(LISTEN_WINDOW)
    known = RecordingDocument(audio="", started_at="", room="bench", bot="bot", person="ann")
    before = memory.memory_info().rss
    recording = ConversationRecording(
        folder, known, at=0.0, started=datetime.now(UTC), rate=VOICE_RATE, consent="", redaction=None
    )
    whole, loop, peak, waited = time.process_time(), 0.0, 0, 0.0
    for second in range(round(seconds)):
        speaks = int(second / TURN) % 2
        began = time.thread_time()
        for first in range(0, LISTEN_RATE - LISTEN_WINDOW + 1, LISTEN_WINDOW):
            recording.heard(second + first / LISTEN_RATE, person[first : first + LISTEN_WINDOW] if speaks else quiet)
        for first in range(0, VOICE_RATE if not speaks else 0, FRAME):
            position = second * VOICE_RATE + first
            recording.played(second + first / VOICE_RATE, bot[first : first + FRAME], position)
        recording.write(second + 1.0)
        loop += time.thread_time() - began
        while recording.writer._waiting.qsize() > MOST_WAITING:
            began = time.thread_time()
            time.sleep(0.01)
            waited += time.thread_time() - began
        peak = max(peak, memory.memory_info().rss)
    recording.finish(seconds)
    recording.writer.join(600.0)
    writer = time.process_time() - whole - loop - waited
    assert recording.writer.path is not None
    size = recording.writer.path.stat().st_size
    print(f"{seconds / 60:g} minutes recorded")
    print(f"in the event loop      {100 * loop / seconds:.2f} % of a core")
    print(f"in the writer's thread {100 * writer / seconds:.2f} % of a core")
    print(f"memory                 {(peak - before) / 2**20:.1f} MB more, with libsndfile")
    print(
        f"on the disk            {size * 8 / seconds / 1000:.0f} kbit/s, {size / seconds * 3600 / 1e6:.0f} MB an hour"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        record(Path(folder), arguments.minutes * 60)


if __name__ == "__main__":
    main()

"""How well, how soon and at what cost speech is found: voice activity detectors and gate on labelled recordings.

The recordings are those of RAWBOT_AUDIO or of `../shared/audio`: 16 kHz mono WAV files and an `index.json` with a row
for each (`file`, `kind`, `speech_segments` as [start, end] in seconds). Prints a table for each kind of recording.
Times are in ms after the labels: the edge as it is reported, and the moment at which it is known, the end of a window.
Labels end where the energy does, so the edge of speech that fades out lies behind them.
"""

import argparse
import json
import os
import time
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from vad.cascade import CascadeVad
from vad.gate import Gate, GateOptions, SpeechEnd, SpeechStart
from vad.protocol import RATE, WINDOW, Pcm, VoiceActivityDetector
from vad.silero import SileroVad
from vad.webrtc import WebRtcVad

ROOT = Path(__file__).resolve().parents[2]

LEAD_DURATION = 1.0
"""Seconds of microphone noise before each recording, so that it is no fresh stream: see GateOptions.fresh_speech."""

TAIL_DURATION = 1.5
"""Seconds of it behind: long enough to see speech stop."""

NOISE_LEVEL = 4.0
"""Its standard deviation, -78 dBFS."""

MERGED_PAUSE = 0.3
"""Labelled segments with less than these seconds between them are one: a stop in it is counted as a split."""

MARGIN = 0.3
"""Seconds around a label within which found speech is no false alarm."""


@dataclass(frozen=True)
class Recording:
    """One file, with noise around it; times in seconds from its own first sample."""

    id: str
    kind: str
    windows: tuple[Pcm, ...]
    segments: tuple[tuple[float, float], ...]
    duration: float


@dataclass(frozen=True)
class Found:
    """A stretch of speech as the gate found it; seconds from the recording's first sample."""

    start: float
    start_known: float
    end: float
    end_known: float


@dataclass
class Score:
    """What was found of some recordings, added up."""

    segments: int = 0
    missed: int = 0
    false_alarms: int = 0
    false_duration: float = 0.0
    silence_duration: float = 0.0
    speech_duration: float = 0.0
    splits: int = 0
    onset_errors: list[float] = field(default_factory=list)
    onset_delays: list[float] = field(default_factory=list)
    offset_errors: list[float] = field(default_factory=list)
    offset_delays: list[float] = field(default_factory=list)


def default_folder() -> Path:
    """Where the recordings are, if there are any."""
    return Path(os.environ.get("RAWBOT_AUDIO") or ROOT.parent / "shared" / "audio")


def load(folder: Path, kinds: Iterable[str] = ()) -> list[Recording]:
    """The recordings of these kinds, or all."""
    wanted = set(kinds)
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [_recording(folder, row) for row in rows if not wanted or row["kind"] in wanted]


def _recording(folder: Path, row: dict[str, object]) -> Recording:
    with wave.open(str(folder / str(row["file"]))) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            raise SystemExit(f"{row['file']} is not 16-bit mono at {RATE} Hz: convert it")
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    noise = np.random.default_rng(0)
    lead, tail = (noise.normal(0, NOISE_LEVEL, round(d * RATE)).round() for d in (LEAD_DURATION, TAIL_DURATION))
    audio = np.concatenate([lead, pcm, tail]).astype(np.int16)
    segments: list[tuple[float, float]] = []
    for start, end in row["speech_segments"] or []:  # type: ignore[attr-defined]
        if segments and start - segments[-1][1] < MERGED_PAUSE:
            segments[-1] = (segments[-1][0], end)
        else:
            segments.append((start, end))
    windows = tuple(audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW))
    return Recording(str(row["id"]), str(row["kind"]), windows, tuple(segments), len(pcm) / RATE)


def find(probabilities: Sequence[float], options: GateOptions) -> list[Found]:
    """The speech that a gate finds in a recording's windows."""
    gate = Gate(options)
    found: list[Found] = []
    started: tuple[float, float] | None = None

    def seconds(sample: int) -> float:
        return sample / RATE - LEAD_DURATION

    for probability in [*probabilities, None]:
        match gate.break_off() if probability is None else gate.feed(probability):
            case SpeechStart(sample):
                started = seconds(sample), seconds(gate.position)
            case SpeechEnd(sample) if started is not None:
                found.append(Found(*started, seconds(sample), seconds(gate.position)))
    return found


def score(recordings: Iterable[Recording], found: Callable[[Recording], list[Found]]) -> Score:
    """Compare with the labels. An onset or offset counts when nothing that was found lies across it wrongly."""
    total = Score()
    for recording in recordings:
        pieces, labels = found(recording), recording.segments
        spoken = sum(end - start for start, end in labels)
        total.speech_duration += spoken
        total.silence_duration += recording.duration - spoken
        for piece in pieces:
            if not any(piece.start < end + MARGIN and piece.end > start - MARGIN for start, end in labels):
                total.false_alarms += 1
                total.false_duration += piece.end - piece.start
        for number, (start, end) in enumerate(labels):
            inside = [piece for piece in pieces if piece.start < end and piece.end > start]
            total.segments += 1
            if not inside:
                total.missed += 1
                continue
            before = labels[number - 1][1] if number else -LEAD_DURATION
            behind = labels[number + 1][0] if number + 1 < len(labels) else recording.duration + TAIL_DURATION
            total.splits += len(inside) - 1
            if inside[0].start > before:
                total.onset_errors.append(inside[0].start - start)
                total.onset_delays.append(inside[0].start_known - start)
            if inside[-1].end < behind:
                total.offset_errors.append(inside[-1].end - end)
                total.offset_delays.append(inside[-1].end_known - end)
    return total


# --- detectors and combinations of them ---


class Combined:
    """Both detectors on every window."""

    def __init__(self, combine: Callable[[float, float], float]) -> None:
        self._silero, self._webrtc, self._combine = SileroVad(), WebRtcVad(3), combine

    def probability(self, window: Pcm) -> float:
        """See `VoiceActivityDetector.probability`."""
        return self._combine(self._silero.probability(window), self._webrtc.probability(window))

    def reset(self) -> None:
        """See `VoiceActivityDetector.reset`."""
        self._silero.reset()
        self._webrtc.reset()


DETECTORS: dict[str, Callable[[], VoiceActivityDetector]] = {
    "silero": SileroVad,
    "webrtc-2": partial(WebRtcVad, 2),
    "webrtc-3": partial(WebRtcVad, 3),
    "both": partial(Combined, min),
    "either": partial(Combined, max),
    "cascade": CascadeVad,
}


def judge(name: str, recordings: Iterable[Recording]) -> tuple[dict[str, list[float]], float]:
    """Probabilities of every recording, and the CPU seconds of a window."""
    vad = DETECTORS[name]()
    judged: dict[str, list[float]] = {}
    began = time.process_time()
    for recording in recordings:
        vad.reset()
        judged[recording.id] = [vad.probability(window) for window in recording.windows]
    return judged, (time.process_time() - began) / max(sum(map(len, judged.values())), 1)


# --- the table ---

HEADINGS = ("detector", "act.", "missed", "false alarms", "edge", "known", "edge", "known", "splits")


def row(name: str, activation: float, result: Score) -> str:
    """One line of the table."""
    alarms = f"{result.false_alarms} {result.false_duration:.1f}/{result.silence_duration:.0f} s"
    splits = 60 * result.splits / result.speech_duration if result.speech_duration else 0.0
    times = (result.onset_errors, result.onset_delays, result.offset_errors, result.offset_delays)
    cells = (f"{result.missed}/{result.segments}", alarms, *map(_spread, times), f"{splits:.1f}/min")
    return f"{name:10}{activation:>6}" + "".join(f"{cell:>16}" for cell in cells)


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "-"
    median, high = np.percentile(seconds, [50, 95]) * 1000
    return f"{median:.0f} / {high:.0f}"


def main() -> None:
    defaults = GateOptions()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=default_folder())
    parser.add_argument("--detectors", nargs="+", choices=DETECTORS, default=list(DETECTORS))
    parser.add_argument("--kinds", nargs="+", default=[], help="of the recordings; all unless given")
    parser.add_argument("--activation", nargs="+", type=float, default=[0.3, 0.5, 0.7], help="thresholds")
    parser.add_argument("--deactivation", type=float, help="threshold; GateOptions' distance below unless given")
    parser.add_argument("--min-speech", type=float, default=defaults.min_speech, help="seconds")
    parser.add_argument("--min-silence", type=float, default=defaults.min_silence, help="seconds")
    arguments = parser.parse_args()
    if not (arguments.folder / "index.json").is_file():
        raise SystemExit(f"no index.json in {arguments.folder}: set RAWBOT_AUDIO or --folder to recordings")
    recordings = load(arguments.folder, arguments.kinds)
    judged = {name: judge(name, recordings) for name in arguments.detectors}
    kinds = dict.fromkeys(recording.kind for recording in recordings)
    for kind in [*kinds, *(["all"] if len(kinds) > 1 else [])]:
        those = [recording for recording in recordings if kind in (recording.kind, "all")]
        print(f"\n{kind}: {len(those)} recordings, {sum(r.duration for r in those):.0f} s; median / p95 in ms")
        print(f"{'':16}{'':32}{'-- speech starts --':>32}{'-- speech stops --':>32}")
        print(f"{HEADINGS[0]:10}{HEADINGS[1]:>6}" + "".join(f"{heading:>16}" for heading in HEADINGS[2:]))
        for name, (probabilities, _) in judged.items():
            for activation in arguments.activation:
                options = GateOptions(activation, arguments.deactivation, arguments.min_speech, arguments.min_silence)
                result = score(those, lambda r, p=probabilities, o=options: find(p[r.id], o))  # type: ignore[misc]
                print(row(name, activation, result))
    print("\nCPU of a window: " + ", ".join(f"{name} {cost * 1e6:.0f} us" for name, (_, cost) in judged.items()))


if __name__ == "__main__":
    main()

"""This machine: Python, packages, the voice activity detector, a place for the journal."""

import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from bot.doctor.finding import Finding
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW

DISTRIBUTION = "rawbot"

SLOW_WINDOW = 0.008
"""Seconds to judge a window, a quarter of its length; a slower machine has no time left for anything else."""


def examine_python() -> Finding:
    """Say which interpreter runs, and where."""
    system = f"{platform.system()} {platform.machine()}"
    return Finding("python", "ok", f"{platform.python_version()} on {system}, {sys.executable}")


def examine_packages() -> Finding:
    """Compare what the distribution requires with what is installed."""
    from packaging.requirements import Requirement

    try:
        version, required = metadata.version(DISTRIBUTION), metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return Finding("packages", "warn", "Rawbot runs from its sources: install it to have its packages compared")
    there, unfit = [f"{DISTRIBUTION} {version}"], []
    for requirement in map(Requirement, required):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            unfit.append(f"{requirement.name} is missing")
            continue
        there.append(f"{requirement.name} {found}")
        if not requirement.specifier.contains(found, prereleases=True):
            unfit.append(f"{requirement.name} is {found}, but must be {requirement.specifier}")
    if unfit:
        return Finding("packages", "fail", f"{', '.join(unfit)}: install Rawbot anew, pip install -U {DISTRIBUTION}")
    return Finding("packages", "ok", ", ".join(there))


def examine_detector() -> Finding:
    """Load the model that detects speech, and measure how long it takes for a window."""
    from vad.silero import SileroVad

    detector, silence = SileroVad(), np.zeros(LISTEN_WINDOW, dtype=np.int16)
    detector.probability(silence)
    began = time.perf_counter()
    for _ in range(10):
        probability = detector.probability(silence)
    delay = (time.perf_counter() - began) / 10
    if not 0 <= probability < 0.5:
        return Finding("detector", "fail", f"Silero takes silence for speech ({probability:.2f}): install Rawbot anew")
    window_ms = 1000 * LISTEN_WINDOW / LISTEN_RATE
    text = f"Silero judges {window_ms:.0f} ms of audio in {1000 * delay:.1f} ms"
    if delay > SLOW_WINDOW:
        return Finding("detector", "warn", f"{text}: this machine is too slow, or too busy, for a smooth call")
    return Finding("detector", "ok", text)


def examine_journal(path: Path | None) -> Finding:
    """Try to write where the journal would be."""
    if path is None:
        return Finding("journal", "ok", "none is written; --journal FILE records what is decided")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(b"\n")
    except OSError as error:
        return Finding(
            "journal", "fail", f"{path.parent} cannot be written to ({error.strerror}): choose another place"
        )
    return Finding("journal", "ok", f"{path} can be written")

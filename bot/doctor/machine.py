"""This machine: Python, the packages, the detector of speech, a place for the journal."""

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
"""Seconds for judging a window, a quarter of its length: a bot then has no time left for anything else."""


def examine_python() -> Finding:
    """Which interpreter runs what."""
    system = f"{platform.system()} {platform.machine()}"
    return Finding("python", "ok", f"{platform.python_version()} on {system}, {sys.executable}")


def examine_packages() -> Finding:
    """Whether all that the distribution requires is there, and new enough."""
    from packaging.requirements import Requirement

    try:
        version, required = metadata.version(DISTRIBUTION), metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return Finding("packages", "warn", "Rawbot runs from its sources: install it, to have its packages compared")
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
            unfit.append(f"{requirement.name} is {found}, and has to be {requirement.specifier}")
    if unfit:
        return Finding("packages", "fail", f"{', '.join(unfit)}: install Rawbot anew, pip install -U {DISTRIBUTION}")
    return Finding("packages", "ok", ", ".join(there))


def examine_detector() -> Finding:
    """Whether the model that tells speech from silence loads, and how long it takes for a window."""
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
    """Whether the journal could be written, by writing beside it."""
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

"""Recordings of people, which not everybody has: where they are, and what is said in them."""

import json
import os
import wave
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np

from pipeline.audio import Pcm

ROOT = Path(__file__).resolve().parents[2]

SPELLED_OUT = ("spell_", "num_", "auditok_", "snr")
"""Letters and digits recorded one by one, another language, noise: how their words are written says little."""

SPEECH = ("speech", "pause-in-turn", "end-of-turn", "interruption")
"""The kinds of recordings in which people speak clearly."""


def recordings_folder() -> Path | None:
    """Return the folder that RAWBOT_AUDIO names, else `../shared/audio` beside the checkout; None without both."""
    folder = Path(os.environ.get("RAWBOT_AUDIO") or ROOT.parent / "shared" / "audio")
    return folder if folder.is_dir() else None


def recordings_of(folder: Path, kinds: Collection[str]) -> Iterator[tuple[str, str, Pcm]]:
    """Iterate over the recordings of some kinds: name, text (empty where it is not known), sound at LISTEN_RATE."""
    for row in json.loads((folder / "index.json").read_text("utf-8")):
        if row["kind"] in kinds:
            with wave.open(str(folder / row["file"])) as file:
                pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
            yield row["id"], row.get("transcript") or "", pcm


def clean_english(folder: Path, kinds: Collection[str] = SPEECH) -> Iterator[tuple[str, str, Pcm]]:
    """Iterate over what people say clearly, in English, and of which the words are known."""
    for name, text, pcm in recordings_of(folder, kinds):
        if text and not name.startswith(SPELLED_OUT):
            yield name, text, pcm


def each_sentence_once(recordings: Iterable[tuple[str, str, Pcm]]) -> Iterator[tuple[str, str, Pcm]]:
    """Leave out what repeats the words of an earlier one, such as the same recording with a longer pause in it."""
    said = set[str]()
    for name, text, pcm in recordings:
        if text not in said:
            said.add(text)
            yield name, text, pcm

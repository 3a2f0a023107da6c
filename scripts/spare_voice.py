"""Makes the recordings that the bot plays when its voice has never spoken: `python -m scripts.spare_voice`.

Only by a voice whose license lets its speech be shipped: hibari's, Apache-2.0, which speaks English. espeak-ng speaks
more languages, but is GPL-3.0 and puts recorded consonants of its own into its speech.
"""

import asyncio
from pathlib import Path

import numpy as np

from pipeline.agent import AgentProfile
from pipeline.audio import Pcm
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from pipeline.stages.kept_speech import make
from pipeline.stages.spare_voice import RATE, au_of, resampled

FOLDER = Path(__file__).parent.parent / "pipeline" / "stages" / "recordings"

LOUDEST = 0.7
"""Of full scale."""

QUIET = 0.01
"""Of full scale: what is quieter at its ends is cut off."""


async def record(language: str) -> bytes:
    """Return the file of a language."""
    text = AgentProfile(language=language).spoken_trouble
    voice = HibariSynthesizer()
    try:
        await voice.warm()
        made = await make(text, voice)
    finally:
        await voice.aclose()
    return au_of(text, trimmed(resampled(made.samples, made.rate, RATE)))


def trimmed(samples: Pcm) -> Pcm:
    """Cut the silence off, and make it as loud as it may be."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET * 32768)
    margin = RATE // 20
    cut = samples[max(0, loud[0] - margin) : loud[-1] + margin]
    gain = LOUDEST * 32768 / np.abs(cut.astype(np.int32)).max()
    return np.asarray(cut * gain, dtype=np.int16)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "en.au"
    path.write_bytes(asyncio.run(record("en")))
    print(f"{path.name}: {path.stat().st_size} bytes")

"""What a caller says to a bot that understands real speech: spoken by the best voice of this machine."""

import numpy as np

from bot.providers import registry
from bot.providers.local_choice import choose_local
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.ports import Synthesizer
from tests.support.speaking import samples_of

SILENT = 0.01
"""Of the loudest sample: what is softer at both ends is no speech."""


async def spoken(*texts: str) -> list[Pcm]:
    """Return each text as it is spoken in English, at LISTEN_RATE, without silence before and behind it."""
    provider = choose_local("tts", "en").provider
    assert provider is not None, "no voice is installed: install the project's extra demo"
    voice: Synthesizer = registry.load(provider.services["tts"].factory)()
    try:
        return [await _say(voice, text) for text in texts]
    finally:
        await voice.aclose()


async def _say(voice: Synthesizer, text: str) -> Pcm:
    samples = (await samples_of(voice, text)).astype(float)
    size = len(samples) * LISTEN_RATE // voice.rate
    resampled = np.fft.irfft(np.fft.rfft(samples)[: size // 2 + 1], size) * size / len(samples)
    loud = np.flatnonzero(np.abs(resampled) > SILENT * np.abs(resampled).max())
    return np.clip(resampled[loud[0] : loud[-1] + 1], -32768, 32767).astype(np.int16)

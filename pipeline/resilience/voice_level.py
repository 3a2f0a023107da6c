"""Voices that follow each other in mid-reply sound about as loud: the level of the first is kept by those after it."""

from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np

from pipeline.audio import Pcm
from pipeline.closing import closing
from pipeline.ports import Speech, Synthesizer, SynthesizerCapabilities, WordTime

GATE = 10.0 ** (-45 / 20)
"""Of full scale: what is quieter is a pause, and no part of a voice's level."""

BLOCK = 0.02
"""Seconds over which a level is taken."""

MEMORY = 4.0
"""Seconds of speech that a level is made from: a sentence or two."""

MOST_GAIN = 4.0
"""12 dB, up or down. A voice is hardly further off, and a wrong estimate must not be loud."""

_FULL = 32768.0


class VoiceLevel:
    """The level of a voice, the root of its mean power where it speaks; 0 is silence, 1 full scale."""

    def __init__(self) -> None:
        self._power = 0.0
        self._duration = 0.0  # seconds of speech, up to MEMORY

    @property
    def is_known(self) -> bool:
        """Whether it has spoken."""
        return self._duration > 0

    @property
    def root(self) -> float:
        """The level."""
        return float(np.sqrt(self._power))

    def hear(self, samples: Pcm, rate: int) -> None:
        """Take what comes next of the voice, shape (samples,)."""
        size = max(round(BLOCK * rate), 1)
        count = len(samples) // size
        if not count:
            return
        blocks = samples[: count * size].astype(np.float32).reshape(count, size) / _FULL
        powers = np.mean(np.square(blocks), axis=1)
        spoken = powers[powers > GATE**2]
        if not len(spoken):
            return
        duration = len(spoken) * BLOCK
        share = duration / (self._duration + duration)
        self._power += share * (float(np.mean(spoken)) - self._power)
        self._duration = min(self._duration + duration, MEMORY)


class LeveledVoice:
    """A `pipeline.ports.Synthesizer` around another one, at the level of the reference."""

    def __init__(self, voice: Synthesizer, reference: VoiceLevel, *, is_reference: bool) -> None:
        self._voice, self._reference = voice, reference
        self._own = reference if is_reference else VoiceLevel()
        self._gain = 1.0
        self.rate = voice.rate

    @property
    def start_timeout(self) -> float:
        """That of the voice."""
        return float(getattr(self._voice, "start_timeout", 0.0))

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Those of the voice."""
        return self._voice.capabilities

    async def warm(self) -> None:
        """Warm the voice."""
        await self._voice.warm()

    async def aclose(self) -> None:
        """Close the voice."""
        await self._voice.aclose()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak as the voice does, louder or quieter."""
        async with closing(self._voice.speak(text)) as pieces:
            async for piece in pieces:
                yield self._leveled(piece) if isinstance(piece, Speech) else piece

    def _leveled(self, piece: Speech) -> Speech:
        self._own.hear(piece.samples, self.rate)
        if self._own is self._reference or not (self._reference.is_known and self._own.is_known):
            return piece
        wanted = float(np.clip(self._reference.root / self._own.root, 1 / MOST_GAIN, MOST_GAIN))
        gains = np.linspace(self._gain, wanted, len(piece.samples), dtype=np.float32)  # no step is heard
        self._gain = wanted
        leveled = np.clip(piece.samples.astype(np.float32) * gains, -_FULL, _FULL - 1)
        return Speech(leveled.astype(np.int16))

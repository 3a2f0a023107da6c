"""A text as a voice says it."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np

from pipeline.audio import Pcm
from pipeline.ports import Synthesizer
from pipeline.speech import Speech


async def samples_of(voice: Synthesizer, text: str) -> Pcm:
    """Return the audio of a text, at the voice's rate."""

    async def chunks() -> AsyncIterator[str]:
        yield text

    async with aclosing(voice.speak(chunks())) as pieces:
        return np.concatenate([piece.samples async for piece in pieces if isinstance(piece, Speech)])

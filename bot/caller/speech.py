"""Synthesizes a question before the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np

from pipeline.errors import Malformed, Unavailable
from pipeline.ports import Synthesizer
from pipeline.speech import Speech
from pipeline.wav import WavSound

SPEECH_TIMEOUT = 60.0
"""Seconds for one whole text."""


async def spoken(synthesizer: Synthesizer, text: str) -> WavSound:
    """Synthesize a text. Raises ProviderError."""
    pieces = []
    try:
        async with asyncio.timeout(SPEECH_TIMEOUT), aclosing(synthesizer.speak(_once(text))) as speech:
            async for piece in speech:
                if isinstance(piece, Speech):
                    pieces.append(piece.samples)
    except TimeoutError:
        late = f"the voice did not finish within {SPEECH_TIMEOUT:.0f} s: try again, or choose another"
        raise Unavailable("--say", late) from None
    sound = WavSound(np.concatenate(pieces) if pieces else np.zeros(0, np.int16), synthesizer.rate)
    if not sound.is_audible:
        raise Malformed("--say", f"the voice made no sound for {text!r}: write words that it can speak")
    return sound


async def _once(text: str) -> AsyncIterator[str]:
    yield text

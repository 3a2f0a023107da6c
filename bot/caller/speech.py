"""A text as a person's speech, made by a synthesizer before the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np

from pipeline.errors import Malformed, Unavailable
from pipeline.ports import Synthesizer
from pipeline.speech import Speech
from pipeline.wav import WavSound

SPEECH_TIMEOUT = 60.0
"""Seconds for all of one text."""


async def spoken(synthesizer: Synthesizer, text: str) -> WavSound:
    """The text, spoken. Raises ProviderError."""
    pieces = []
    try:
        async with asyncio.timeout(SPEECH_TIMEOUT), aclosing(synthesizer.speak(_once(text))) as speech:
            async for piece in speech:
                if isinstance(piece, Speech):
                    pieces.append(piece.samples)
    except TimeoutError:
        raise Unavailable("--say", f"the voice did not come to its end within {SPEECH_TIMEOUT:.0f} s") from None
    sound = WavSound(np.concatenate(pieces) if pieces else np.zeros(0, np.int16), synthesizer.rate)
    if not sound.is_audible:
        raise Malformed("--say", f"the voice made no sound of {text!r}: say it in words that it can speak")
    return sound


async def _once(text: str) -> AsyncIterator[str]:
    yield text

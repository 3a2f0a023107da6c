"""Texts spoken before a call."""

from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np
import pytest

from bot.caller.speech import spoken
from pipeline.errors import Malformed, Unavailable
from pipeline.speech import Speech, WordTime
from tests.support.bot import Tones


async def test_the_whole_text_is_one_sound() -> None:
    sound = await spoken(Tones(), "600 Hz for 0.5 s")
    assert (sound.rate, sound.duration) == (Tones.rate, 0.5)


async def test_what_the_synthesizer_raises_comes_out() -> None:
    tones = Tones()
    with pytest.raises(Unavailable, match="out of order"):
        await spoken(tones, "down")
    assert tones.open == 0


class Mute(Tones):
    """Makes silence of everything."""

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        async for _ in text:
            yield Speech(np.zeros(240, np.int16))


async def test_a_voice_without_a_sound_is_refused() -> None:
    with pytest.raises(Malformed, match="made no sound for '!'"):
        await spoken(Mute(), "!")

"""A list of names becomes a chain of providers."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np

from bot.assembly.provider_chain import make_chain
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.ports import Speech, SynthesizerCapabilities
from pipeline.resilience.chain import chain_of
from pipeline.resilience.chained import LanguageModelChain, SynthesizerChain
from pipeline.testing.virtual_loop import virtual_time


class Voice:
    """Speaks one second of a constant level, whatever it is given."""

    def __init__(self, rate: int, level: int, voice: str | None) -> None:
        self.rate, self.level, self.voice = rate, level, voice
        self.capabilities = SynthesizerCapabilities(word_times=False)
        self.is_closed = False

    async def warm(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech, None]:
        async for _ in text:
            for _ in range(10):
                yield Speech(np.full(self.rate // 10, self.level, np.int16))

    async def aclose(self) -> None:
        self.is_closed = True


def choice(*names: str) -> ProviderChoice:
    first, *others = (ProviderChoice(name) for name in names)
    return ProviderChoice(first.name, None, tuple(others))


async def one_word() -> AsyncIterator[str]:
    yield "Hello."


async def spoken(voice: Any) -> np.ndarray[Any, Any]:
    return np.concatenate([piece.samples async for piece in voice.speak(one_word()) if isinstance(piece, Speech)])


@virtual_time
async def test_voices_are_brought_to_the_rate_and_the_level_of_the_first() -> None:
    made = list[Voice]()

    def make(settings: Settings) -> Voice:
        assert settings.tts is not None
        rate, level = {"cartesia": (24_000, 8_000), "espeak": (22_050, 2_000)}[settings.tts.name]
        made.append(Voice(rate, level, settings.voice))
        return made[-1]

    chain = make_chain("tts", Settings(tts=choice("cartesia", "espeak"), voice="Ann"), make)
    assert isinstance(chain, SynthesizerChain)
    assert chain.rate == 24_000
    assert [voice.voice for voice in made] == ["Ann", None], "the name is the first one's"
    first, second = chain_of(chain).links
    assert (first.name, second.name) == ("cartesia", "espeak")
    loud = await spoken(first.provider)
    taken_over = await spoken(second.provider)
    assert abs(len(taken_over) - len(loud)) < 500
    assert abs(float(np.median(taken_over)) - 8_000) < 400
    await chain.aclose()
    assert all(voice.is_closed for voice in made)


def test_all_chains_of_a_process_share_what_they_know_of_a_provider() -> None:
    settings = Settings(llm=choice("openai", "responder"))
    one, other = (make_chain("llm", settings, lambda _: object()) for _ in range(2))
    assert isinstance(one, LanguageModelChain)
    assert [it.breaker for it in one.chain.links] == [it.breaker for it in other.chain.links]
    assert one.chain.links[0].breaker is not one.chain.links[1].breaker


def test_one_name_is_no_chain() -> None:
    provider = object()
    assert make_chain("llm", Settings(llm=choice("openai")), lambda _: provider) is provider

"""A chain where one provider is asked for: what is kept warm, and who answers."""

from collections.abc import AsyncGenerator

import pytest

from pipeline.errors import ProviderError, Refused, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import LanguageModel, TextDelta
from pipeline.resilience.breaker import FIRST_DELAY, Breaker
from pipeline.resilience.chain import Link
from pipeline.resilience.chained import LanguageModelChain
from pipeline.testing.virtual_loop import virtual_time

GONE = Unavailable("it", "gone")


class Model:
    def __init__(self, name: str, error: ProviderError | None = None) -> None:
        self.name, self.error = name, error
        self.warmed = 0

    async def warm(self) -> None:
        self.warmed += 1
        if self.error is not None:
            raise self.error

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta, None]:
        if self.error is not None:
            raise self.error
        yield TextDelta(self.name)


def chained(*models: Model) -> LanguageModelChain:
    links: list[Link[LanguageModel]] = [Link(model, model.name, Breaker()) for model in models]
    return LanguageModelChain(*links)


async def answer(chain: LanguageModelChain) -> str:
    return "".join([part.text async for part in chain.generate(Prompt("", ())) if isinstance(part, TextDelta)])


@virtual_time
async def test_only_the_first_is_kept_warm() -> None:
    first, second = Model("first"), Model("second")
    await chained(first, second).warm()
    assert (first.warmed, second.warmed) == (1, 0)


@pytest.mark.parametrize("error", [GONE, Refused("it", "no credit")])
@virtual_time
async def test_while_the_first_fails_the_next_is_kept_warm(error: ProviderError) -> None:
    first, second = Model("first", error), Model("second")
    chain = chained(first, second)
    for _ in range(5):
        await chain.warm()
    assert second.warmed == 5
    assert first.warmed <= 3, "it is left alone"


@virtual_time
async def test_none_that_can_be_reached_is_an_error_that_may_pass() -> None:
    with pytest.raises(Unavailable):
        await chained(Model("first", GONE), Model("second", Refused("it", "no credit"))).warm()
    with pytest.raises(Refused):
        await chained(Model("first", Refused("it", "no key"))).warm()


@virtual_time
async def test_whoever_asks_without_budget_is_answered_by_the_next() -> None:
    assert await answer(chained(Model("first", GONE), Model("second"))) == "second"
    with pytest.raises(Unavailable):
        await answer(chained(Model("first", GONE), Model("second", GONE)))
    assert FIRST_DELAY > 0

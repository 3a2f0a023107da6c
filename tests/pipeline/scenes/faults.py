"""A first provider of each stage that fails as a test wants, and a second one that works."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, TypeVar

from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import Finalize
from pipeline.resilience.breaker import Breaker
from pipeline.resilience.chain import Chain, Link
from pipeline.testing import Scene

T = TypeVar("T")

ERRORS: dict[str, ProviderError] = {
    "dropped": Unavailable("first", "the connection was lost"),
    "busy": Unavailable("first", "too many requests (HTTP 429)", retry_after=20.0),
    "in trouble": Unavailable("first", "the server is in trouble (HTTP 503)"),
    "refused": Refused("first", "the key was refused (HTTP 401)"),
    "rubbish": Malformed("first", "no JSON"),
}

FAULTS = (*ERRORS, "stalled")


class Fault:
    """What is wrong with a provider between two loop times, from the part number `after` of each request on."""

    def __init__(self, kind: str, after: int = 0) -> None:
        self.kind, self.after = kind, after
        self.since, self.until = float("inf"), float("inf")
        self.struck = 0

    def begins(self) -> None:
        """Be there from now on."""
        self.since = loop_time()

    async def strike(self, parts: int) -> None:
        """Fail behind so many parts of a request."""
        if parts < self.after or not self.since <= loop_time() < self.until:
            return
        self.struck += 1
        raise ERRORS[self.kind]

    @property
    def hangs(self) -> bool:
        """Whether no answer comes at this moment, though audio is taken."""
        is_on = self.kind == "stalled" and self.since <= loop_time() < self.until
        self.struck += is_on
        return is_on


class _Taken:
    """The audio of a transcriber, which breaks when the fault strikes. No generator: a timeout would end that."""

    def __init__(self, audio: AsyncIterator[Pcm | Finalize], fault: Fault) -> None:
        self._audio, self._fault, self._parts = audio, fault, 0

    def __aiter__(self) -> "_Taken":
        return self

    async def __anext__(self) -> Pcm | Finalize:
        if self._fault.kind != "stalled":
            await self._fault.strike(self._parts)
        self._parts += 1
        return await anext(self._audio)


class FirstProvider:
    """Does what the working one does, for any stage, until the fault strikes."""

    def __init__(self, working: Any, fault: Fault) -> None:
        self._working, self._fault = working, fault
        self.rate = getattr(working, "rate", 0)

    @property
    def capabilities(self) -> Any:
        return self._working.capabilities

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    def generate(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        return self._until_struck(self._working.generate(prompt))

    def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Any, None]:
        return self._until_struck(self._working.speak(text))

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Any, None]:
        async with aclosing(self._working.transcribe(_Taken(audio, self._fault))) as answers:
            hung = False
            async for answer in answers:
                hung |= self._fault.hangs  # for good: what comes late is no loss
                if not hung:
                    yield answer

    async def _until_struck(self, parts: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        passed, hung = 0, False
        async with aclosing(parts):
            if self._fault.kind != "stalled":
                await self._fault.strike(passed)
            async for part in parts:
                hung |= passed >= self._fault.after and self._fault.hangs
                passed += 1
                if hung:
                    continue  # what it is given is taken all the same
                yield part
                if self._fault.kind != "stalled":
                    await self._fault.strike(passed)
            if hung:
                await asyncio.sleep(600.0)


def give_a_second(scene: Scene, stage: str, fault: Fault) -> Breaker:
    """Let the scene's provider of a stage be the second, behind one with a fault; returns the breaker of the first."""
    working: Any = getattr(scene, stage)
    first: Link[Any] = Link(FirstProvider(working, fault), "first")
    working.chain = Chain((first, Link(working, "second")))
    return first.breaker

"""Providers of each stage that fail as a test wants, alone or in front of one that works; and a hook that does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from math import inf
from typing import Any, TypeVar

from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import AS_HEARD, Prompt, TurnEdit
from pipeline.ports import AgentParts, CompletedTurn, Finalize, TurnHookRunner
from pipeline.resilience.chain import Chain, Link
from pipeline.testing import Scene
from pipeline.testing.providers import Providers

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
    """What is wrong with a provider between two loop times, from the part number `after` of each request on.

    It strikes `limit` times.
    """

    def __init__(
        self, kind: str, after: int = 0, limit: float = inf, *, since: float = inf, until: float = inf
    ) -> None:
        self.kind, self.after, self.limit = kind, after, limit
        self.since, self.until = since, until
        self.struck = 0

    def begins(self) -> None:
        """Be there from now on."""
        self.since = loop_time()

    async def strike(self, parts: int) -> None:
        """Fail behind so many parts of a request."""
        if parts < self.after or not self._is_on:
            return
        self.struck += 1
        raise ERRORS[self.kind]

    @property
    def hangs(self) -> bool:
        """Whether no answer comes at this moment, though audio is taken."""
        hangs = self.kind == "stalled" and self._is_on
        self.struck += hangs
        return hangs

    @property
    def _is_on(self) -> bool:
        return self.struck < self.limit and self.since <= loop_time() < self.until


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


class FaultyProvider:
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
                hung = hung or self._fault.hangs  # for good: what comes late is no loss
                if not hung:
                    yield answer

    async def _until_struck(self, parts: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        passed, hung = 0, False
        async with aclosing(parts):
            if self._fault.kind != "stalled":
                await self._fault.strike(passed)
            async for part in parts:
                hung = hung or (passed >= self._fault.after and self._fault.hangs)
                passed += 1
                if hung:
                    continue  # what it is given is taken all the same
                yield part
                if self._fault.kind != "stalled":
                    await self._fault.strike(passed)
            if hung:
                await asyncio.sleep(600.0)


NAMES = ("first", "second", "third")


def give_faults(scene: Scene, stage: str, *faults: Sequence[Fault]) -> None:
    """Let a stage have as many providers as there are sequences, each with its faults: in truth all are the scene's."""
    working: Any = getattr(scene, stage)
    links = [Link(_with_faults(working, its), name) for its, name in zip(faults, NAMES, strict=False)]
    working.chain = Chain(tuple(links))


def give_a_second(scene: Scene, stage: str, fault: Fault) -> None:
    """Let a provider with a fault stand before the one of the scene, which takes over."""
    give_faults(scene, stage, [fault], [])


def _with_faults(provider: Any, faults: Sequence[Fault]) -> Any:
    for fault in faults:
        provider = FaultyProvider(provider, fault)
    return provider


class FaultyHook:
    """A hook of the turn that adds nothing, and fails or hangs while a fault is there."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    async def turn_completed(self, turn: CompletedTurn) -> TurnEdit:
        if self._fault.hangs:
            await asyncio.Event().wait()
        if self._fault.kind != "stalled":
            await self._fault.strike(0)
        return AS_HEARD


class ProvidersWithHook:
    """The providers of a scene, and a hook, which a scene by itself has none of."""

    def __init__(self, providers: Providers, hook: TurnHookRunner) -> None:
        self._providers, self._hook = providers, hook

    def __getattr__(self, name: str) -> Any:
        return getattr(self._providers, name)

    def parts(self, *given: Any) -> AgentParts:
        return replace(self._providers.parts(*given), turn_hook=self._hook)


def give_a_hook(scene: Scene, fault: Fault) -> None:
    """Have a hook of the turn run; the scene needs the terms for it, `turn_hook=TurnHook(...)`."""
    scene._providers = ProvidersWithHook(scene._providers, FaultyHook(fault))  # type: ignore[assignment]

"""Requests to a language model, any model, and their outcome."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.messages import Prompt
from pipeline.ports import LanguageModel, ReplyPart, TextDelta
from pipeline.resilience.chain import Chain
from pipeline.testing.clock import Clock


@dataclass(slots=True)
class Request:
    """One that was made, at which second; `outcome` is open while it goes on."""

    prompt: Prompt
    at: float
    outcome: Literal["open", "whole", "failed", "cancelled"] = "open"
    answer: str = ""
    """As far as it came."""

    @property
    def said(self) -> list[tuple[str, str]]:
        """The messages of the prompt as (role, text)."""
        return [(message.role, message.text) for message in self.prompt.messages]


class RecordedLanguageModel:
    """Passes on what a language model says, and notes each request. Closed generators count as cancelled requests."""

    def __init__(self, clock: Clock, model: LanguageModel, requests: list[Request]) -> None:
        self._clock, self._model, self._requests = clock, model, requests
        self._recorded: dict[LanguageModel, RecordedLanguageModel] = {}  # the links of the model

    @property
    def start_timeout(self) -> float:
        """Seconds that it may take to load."""
        return float(getattr(self._model, "start_timeout", 0.0))

    @property
    def chain(self) -> Chain[LanguageModel] | None:
        """The links of the model, each recorded."""
        if not isinstance(chain := getattr(self._model, "chain", None), Chain):
            return None
        return Chain(tuple(replace(link, provider=self._of(link.provider)) for link in chain.links))

    def _of(self, model: LanguageModel) -> "RecordedLanguageModel":
        return self._recorded.setdefault(model, RecordedLanguageModel(self._clock, model, self._requests))

    async def warm(self) -> None:
        await self._model.warm()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        request = Request(prompt, self._clock.now)
        self._requests.append(request)
        try:
            async with aclosing(self._model.generate(prompt)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, TextDelta):
                        request.answer += piece.text
                    yield piece
            request.outcome = "whole"
        except Exception:
            request.outcome = "failed"
            raise
        finally:
            if request.outcome == "open":
                request.outcome = "cancelled"

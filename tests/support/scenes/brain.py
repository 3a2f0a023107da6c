"""A language model that answers by a function of its prompt, token by token, and fails when it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ProviderError
from pipeline.messages import ToolRequest
from pipeline.ports import LanguageModelCapabilities, Prompt, TextDelta, Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes of one request: a text, then nothing for `stall` seconds, then an error."""

    text: str = ""
    stall: float = 0.0
    error: Exception | None = None


@dataclass(slots=True)
class Request:
    """One that was made, and what became of it."""

    prompt: Prompt
    at: float
    outcome: Literal["open", "whole", "failed", "cancelled"] = "open"

    @property
    def said(self) -> list[tuple[str, str]]:
        """The messages of the prompt as (role, text)."""
        return [(message.role, message.text) for message in self.prompt.messages]


class ScriptedLanguageModel:
    """300 ms to the first token, then 80 tokens a second. Closed generators count as cancelled requests."""

    capabilities = LanguageModelCapabilities(tools=False)

    def __init__(self) -> None:
        self.first_token = 0.3
        self.tokens_a_second = 80.0
        self.reply: Callable[[Prompt], str] = lambda prompt: f"You said: {prompt.messages[-1].text} What else?"
        """What is answered when nothing else was scripted."""
        self.requests: list[Request] = []
        self.warm_error: ProviderError | None = None
        self._scripted: deque[Answer] = deque()

    def answers(self, *answers: Answer | str) -> None:
        """Answer the next requests so, one each."""
        self._scripted.extend(Answer(answer) if isinstance(answer, str) else answer for answer in answers)

    def says_only(self, text: str) -> None:
        """Answer everything so from now on."""
        self._scripted.clear()
        self.reply = lambda prompt: text

    async def warm(self) -> None:
        if self.warm_error is not None:
            raise self.warm_error

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        request = Request(prompt, asyncio.get_running_loop().time())
        self.requests.append(request)
        answer = self._scripted.popleft() if self._scripted else Answer(self.reply(prompt))
        try:
            await asyncio.sleep(self.first_token)
            tokens = answer.text.split(" ") if answer.text else []
            for token in tokens:
                yield TextDelta(token + " ")
                await asyncio.sleep(1 / self.tokens_a_second)
            await asyncio.sleep(answer.stall)
            if answer.error is not None:
                request.outcome = "failed"
                raise answer.error
            yield Usage(len(prompt.messages), len(tokens))
            request.outcome = "whole"
        finally:
            if request.outcome == "open":
                request.outcome = "cancelled"

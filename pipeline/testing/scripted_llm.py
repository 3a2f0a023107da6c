"""A language model that answers by a function of its prompt, token by token, and fails on request."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from pipeline.errors import ProviderError
from pipeline.messages import Prompt, PromptMessage, ToolRequest
from pipeline.ports import TextDelta, Usage
from pipeline.resilience.continuation import is_continuation
from pipeline.stages.summarize import INSTRUCTIONS as SUMMARY_INSTRUCTIONS
from pipeline.testing.scripted_tools import tool_request


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """One answer: a text, then nothing for `stall` seconds, then calls of tools (see `tool_request`) or an error."""

    text: str = ""
    stall: float = 0.0
    error: Exception | None = None
    calls: tuple[ToolRequest, ...] = ()
    rest: "str | ScriptedAnswer" = ""
    """What a request is answered that asks to go on behind the error."""

    @property
    def is_none(self) -> bool:
        """Nothing comes of it, or not all."""
        return self.error is not None or not (self.calls or any(letter.isalnum() for letter in self.text))


class ScriptedLanguageModel:
    """300 ms to the first token, then 80 tokens a second."""

    def __init__(self) -> None:
        self.first_token = 0.3
        self.start_timeout = 0.0
        self.tokens_a_second = 80.0
        self.reply: Callable[[Prompt], str | ScriptedAnswer] = _echo
        """Return the answer when nothing else was scripted."""
        self.summary = ScriptedAnswer("They talked.")
        """What a request for a summary is answered, apart from the answers to turns."""
        self.warm_error: ProviderError | None = None
        self._scripted: deque[ScriptedAnswer] = deque()
        self._latest: tuple[tuple[PromptMessage, ...], ScriptedAnswer] | None = (
            None  # what was before the turn, its answer
        )
        self._broken: ScriptedAnswer | None = None  # the latest answer with an error

    def answers(self, *answers: ScriptedAnswer | str) -> None:
        """Answer the next turns so, one each. Drafts of the same turn are answered alike; what fails is used up."""
        self._scripted.extend(ScriptedAnswer(answer) if isinstance(answer, str) else answer for answer in answers)

    def calls(self, name: str, /, **arguments: object) -> None:
        """Call a tool in the next answer, and say nothing; the answer after it is the one to the result."""
        self.answers(ScriptedAnswer(calls=(tool_request(name, **arguments),)))

    def says_only(self, text: str) -> None:
        """Answer everything so from now on."""
        self._scripted.clear()
        self._latest = None
        self.reply = lambda prompt: text

    async def warm(self) -> None:
        if self.warm_error is not None:
            raise self.warm_error

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        answer = self._answer(prompt)
        if answer.error is not None:
            self._broken = answer
        await asyncio.sleep(self.first_token)
        tokens = answer.text.split(" ") if answer.text else []
        for token in tokens:
            yield TextDelta(token + " ")
            await asyncio.sleep(1 / self.tokens_a_second)
        await asyncio.sleep(answer.stall)
        if answer.error is not None:
            raise answer.error
        for request in answer.calls:
            yield request
        yield Usage(len(prompt.messages), len(tokens))

    def _answer(self, prompt: Prompt) -> ScriptedAnswer:
        if prompt.instructions == SUMMARY_INSTRUCTIONS:
            return self.summary
        if is_continuation(prompt) and self._broken is not None:
            rest = self._broken.rest
            self._broken = ScriptedAnswer(rest) if isinstance(rest, str) else rest
            return self._broken
        before = prompt.messages[:-1]
        if self._latest is not None and self._latest[0] == before and not self._latest[1].is_none:
            return self._latest[1]
        if not self._scripted:
            self._latest = None
            reply = self.reply(prompt)
            return ScriptedAnswer(reply) if isinstance(reply, str) else reply
        self._latest = before, self._scripted.popleft()
        return self._latest[1]


def _echo(prompt: Prompt) -> str:
    last = prompt.messages[-1]
    return f"It says: {last.text}" if last.role == "tool" else f"You said: {last.text} What else?"

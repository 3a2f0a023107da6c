"""What answers while no language model is there: enough to talk to the bot, interrupt it, and learn how to add one."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from pipeline.messages import Prompt, ToolRequest
from pipeline.ports import TextDelta, Usage
from pipeline.providers.local.thinking.known_answers import STORY, clock_time, known_answer

TOKENS_PER_SECOND = 80.0
"""The pace of a quick language model; here a token is a word."""

GREETING = (
    "Hello! I am Rawbot's built-in responder, a few fixed rules and no AI model. "
    "I can tell you the time, or a long story that you may interrupt. Which one would you like?"
)

STOPPED = "All right, I have stopped. What would you like instead, the time or a story?"

_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKENS = re.compile(r"\s*\S+")


def reply_to(said: str, now: datetime, before: str = "") -> str:
    """The answer to what a person said, as a transcriber may have understood it.

    `now` is their time of day, `before` what was answered before. Nothing said, or a stage direction in brackets as
    for a greeting, is answered by the greeting.
    """
    said = " ".join(said.split())
    words = {word.lower() for word in _WORDS.findall(said)}
    if not words or (said.startswith("(") and said.endswith(")")):
        return GREETING
    if words & {"story", "stories", "tale"}:
        return STORY
    if words & {"time", "clock", "o'clock"}:
        return f"It is {clock_time(now)}. What else can I do?"
    if words & {"stop", "wait", "quiet", "enough"}:
        return STOPPED
    if words & {"hello", "hi", "hey"} and len(words) <= 4:
        return GREETING
    if (known := known_answer(said, now, before)) is not None:
        return known
    return (
        f"I heard: {said.rstrip('.?!…')}. I am no AI model, so I cannot answer that. To give me one, set the variable "
        "OPENAI_API_KEY, or run a local server such as Ollama, and start me again. Shall I tell you a story meanwhile?"
    )


def local_now() -> datetime:
    """The time of day where this runs."""
    return datetime.now(UTC).astimezone()


def last_said(prompt: Prompt) -> tuple[str, str]:
    """What the person has said last, and what the bot had said before that; empty for nothing."""
    messages = iter(reversed(prompt.messages))
    said = next((message.text for message in messages if message.role == "user"), "")
    return said, next((message.text for message in messages if message.role == "assistant" and message.text), "")


class Responder:
    """A `pipeline.ports.LanguageModel` that says openly that it is none. It reads the last message of the person only.

    `pace` is in tokens a second, `now` returns the time of day.
    """

    def __init__(self, *, pace: float = TOKENS_PER_SECOND, now: Callable[[], datetime] = local_now) -> None:
        self._pace, self._now = pace, now

    async def warm(self) -> None:
        """Nothing to open."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        """Stream the answer, word by word."""
        said, before = last_said(prompt)
        loop = asyncio.get_running_loop()
        due_at = loop.time()
        for token in _TOKENS.findall(reply_to(said, self._now(), before)):
            due_at += 1 / self._pace
            await asyncio.sleep(due_at - loop.time())
            yield TextDelta(token)

    async def aclose(self) -> None:
        """Nothing to close."""

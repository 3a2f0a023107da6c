"""What answers while no language model is there: enough to talk to the bot, interrupt it, and learn how to add one."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from pipeline.messages import Prompt, ToolRequest
from pipeline.ports import TextDelta, Usage

TOKENS_PER_SECOND = 80.0
"""The pace of a quick language model; here a token is a word."""

GREETING = (
    "Hello! I am Rawbot's built-in responder, a few fixed rules and no AI model. "
    "I can tell you the time, or a long story that you may interrupt. Which one would you like?"
)

STORY = (
    "All right, a long one, so interrupt me whenever you like. "
    "On a small grey island there was a lighthouse, and in it lived a woman named Marta, who had kept its lamp for "
    "thirty years. "
    "Every evening she climbed two hundred and twelve steps, and every evening she counted them aloud, although she "
    "knew that no one listened. "
    "One autumn night, a voice from below counted along with her. "
    "It was slow and rough, and always one number behind. "
    "Marta stopped on step ninety, and the voice said eighty nine, and then nothing. "
    "She took her lantern, went all the way down again, and found a young seal on the lowest step, wet and cold and "
    "very tired. "
    "She wrapped it in her best blanket and gave it a whole herring. "
    "For a week the storm would not end, and for a week the two of them climbed the stairs together, counting. "
    "When the sea was calm at last, the seal slid into the water and did not look back. "
    "But in the spring, when a fishing boat lost its way in thick fog, its crew heard somebody count out in the dark, "
    "slowly and clearly, and they followed the numbers safely to the harbour. "
    "Nobody believed them, except for Marta. "
    "Would you like to hear it again?"
)
"""About a minute of speech, in which there is time to interrupt."""

STOPPED = "All right, I have stopped. What would you like instead, the time or a story?"

_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKENS = re.compile(r"\s*\S+")


def reply_to(said: str, now: datetime) -> str:
    """The answer to what a person said, as a transcriber may have understood it; `now` is their time of day.

    Nothing said, or a stage direction in brackets as for a greeting, is answered by the greeting.
    """
    said = " ".join(said.split())
    words = {word.lower() for word in _WORDS.findall(said)}
    if not words or (said.startswith("(") and said.endswith(")")):
        return GREETING
    if words & {"story", "stories", "tale"}:
        return STORY
    if words & {"time", "clock", "o'clock"}:
        return f"It is {now.hour % 12 or 12}:{now.minute:02} {'PM' if now.hour >= 12 else 'AM'}. What else can I do?"
    if words & {"stop", "wait", "quiet", "enough"}:
        return STOPPED
    if words & {"hello", "hi", "hey"} and len(words) <= 4:
        return GREETING
    return (
        f"I heard: {said.rstrip('.?!…')}. I am no AI model, so I cannot answer that. To give me one, set the variable "
        "OPENAI_API_KEY, or run a local server such as Ollama, and start me again. Shall I tell you a story meanwhile?"
    )


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()


class Responder:
    """A `pipeline.ports.LanguageModel` that says openly that it is none. It reads the last message of the person only.

    `pace` is in tokens a second, `now` returns the time of day.
    """

    def __init__(self, *, pace: float = TOKENS_PER_SECOND, now: Callable[[], datetime] = _local_now) -> None:
        self._pace, self._now = pace, now

    async def warm(self) -> None:
        """Nothing to open."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        """Stream the answer, word by word."""
        said = next((message.text for message in reversed(prompt.messages) if message.role == "user"), "")
        loop = asyncio.get_running_loop()
        due_at = loop.time()
        for token in _TOKENS.findall(reply_to(said, self._now())):
            due_at += 1 / self._pace
            await asyncio.sleep(due_at - loop.time())
            yield TextDelta(token)

    async def aclose(self) -> None:
        """Nothing to close."""

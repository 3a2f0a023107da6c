"""What passes between an embedding program and the person: what the bot said for it, and what it heard."""

import asyncio
from collections import deque
from dataclasses import dataclass

from pipeline.messages import Message


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """What became of something that the bot said: what of it was heard, and whether it was cut off.

    `text` is the whole of it; of a reply of the language model it is what was heard.
    """

    text: str
    heard: str
    cut: bool


@dataclass(frozen=True, slots=True)
class UserTurn:
    """A turn of the person; with `is_over` false what they have said so far of one that goes on, or nothing."""

    text: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person answered; `is_over` false when they had not finished, or not begun, by the end of the time."""

    question: SpeechResult
    text: str
    is_over: bool


class TurnQueue:
    """Keeps each turn until it is handed over, once, to whoever listens."""

    def __init__(self) -> None:
        self._turns: deque[Message] = deque()  # as long as the history: no word of the person is dropped
        self._came = asyncio.Event()

    def add(self, message: Message) -> None:
        """The person has said something. What they murmured while the bot went on talking is no turn."""
        if message.role == "user" and not message.is_backchannel:
            self._turns.append(message)
            self._came.set()

    def skip_before(self, before: float) -> None:
        """Hand over to nobody what was said before a loop time."""
        while self._turns and self._turns[0].at < before:
            self._turns.popleft()

    def take(self) -> Message | None:
        """The oldest that nobody has got yet."""
        return self._turns.popleft() if self._turns else None

    async def wait(self) -> None:
        """Return when there is one."""
        while not self._turns:
            self._came.clear()
            await self._came.wait()

"""Results for an embedding program: speech that was heard, and turns of the person."""

import asyncio
from collections import deque
from dataclasses import dataclass

from pipeline.messages import Message


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """The outcome of speech of the bot: the part that was heard, and whether it was cut off.

    `text` is the whole text; for a reply of the language model it is what was heard. In `heard` a note stands in place
    of what is only to be read, such as a block of code: "[code block shown, not spoken]".
    """

    text: str
    heard: str
    cut: bool


@dataclass(frozen=True, slots=True)
class UserTurn:
    """A turn of the person; with `is_over` false, what they have said so far, which may be nothing."""

    text: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The person's answer; `is_over` is false when they had not finished, or not begun, within the time."""

    question: SpeechResult
    text: str
    is_over: bool


class TurnQueue:
    """Keeps each turn until the program takes it, once."""

    def __init__(self) -> None:
        self._turns: deque[Message] = deque()  # as long as the history: no word of the person is dropped
        self._came = asyncio.Event()

    def add(self, message: Message) -> None:
        """Queue a message of the person. A backchannel is no turn."""
        if message.is_turn:
            self._turns.append(message)
            self._came.set()

    def skip_before(self, before: float) -> None:
        """Drop what was said before a loop time."""
        while self._turns and self._turns[0].at < before:
            self._turns.popleft()

    def take(self) -> Message | None:
        """Return the oldest turn, None without one."""
        return self._turns.popleft() if self._turns else None

    async def wait(self) -> None:
        """Return when there is a turn."""
        while not self._turns:
            self._came.clear()
            await self._came.wait()

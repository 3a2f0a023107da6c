"""The conversation as it was heard: what the history holds and the language model is told."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `at` is the loop time at which it ended; `cut` says that a bot's turn was broken off after `text`."""

    role: Literal["user", "assistant"]
    text: str
    at: float
    cut: bool = False

"""The conversation as it was heard: what the history holds and the language model is told."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `at` is the loop time at which it entered the history."""

    role: Literal["user", "assistant"]
    text: str
    at: float
    cut: bool = False
    """The bot's turn was broken off after `text`."""
    is_backchannel: bool = False
    """The person's "mm-hm" while the bot went on talking: it was said, but asks for no answer."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call of a tool as the model asked for it; `arguments` is the JSON text that it wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message as a language model reads it; `tool_call_id` names the request that a tool's message answers."""

    role: Literal["user", "assistant", "tool"]
    text: str
    tool_requests: tuple[ToolRequest, ...] = ()
    tool_call_id: str | None = None

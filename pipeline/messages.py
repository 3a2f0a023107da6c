"""The conversation as it was heard: the messages of a history, and those of a prompt."""

from collections.abc import Iterable, Mapping
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
    number: int = 0
    """Counts the messages of a session from 1, whoever they are with; 0 outside of a session."""


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


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call; `parameters` is its JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, object]
    strict: bool = False
    """The model's arguments are held to the schema, where the provider can do so."""
    on_interrupt: Literal["finish", "cancel"] = "finish"
    """What a barge-in does to a call: nothing, or it cancels the call."""
    filler: str | None = None
    """Spoken once when nothing was heard for `Policy.filler_delay` after the call began."""
    timeout: float = 15.0
    """Seconds after which a call is given up."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a language model, in the order in which the model should read it."""

    instructions: str
    messages: tuple[PromptMessage, ...]
    tools: tuple[Tool, ...] = ()
    temperature: float | None = None


def history_to_json(history: Iterable[Message]) -> list[dict[str, object]]:
    """A history as JSON values, for another conversation to go on from; times and numbers are left out."""
    kept = ("role", "text", "cut", "is_backchannel")
    return [{name: getattr(message, name) for name in kept if getattr(message, name)} for message in history]


def history_from_json(messages: Iterable[Mapping[str, object]]) -> tuple[Message, ...]:
    """Read what `history_to_json` made. Raises ValueError for anything else."""
    return tuple(_message(message) for message in messages)


def _message(given: Mapping[str, object]) -> Message:
    match given:
        case {"role": "user" | "assistant" as role, "text": str(text)}:
            return Message(role, text, 0.0, bool(given.get("cut")), bool(given.get("is_backchannel")))
    raise ValueError(f'{given!r} is no message: it needs a "role", "user" or "assistant", and a "text"')

"""The conversation as it was heard: the messages of a history, and those of a prompt."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call of a tool as the model asked for it; `arguments` is the JSON text that it wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn, or a call of a tool with its result. `at` is the loop time at which it entered the history."""

    role: Literal["user", "assistant", "tool"]
    text: str
    """What was said; of a tool, its result."""
    at: float
    cut: bool = False
    """The bot's turn was broken off after `text`."""
    is_backchannel: bool = False
    """It was said, but asks for no answer, and the model does not read it: the person's "mm-hm" while the bot went on
    talking or a tool ran, and the bot's filler."""
    number: int = 0
    """Counts the messages of a session from 1, whoever they are with; 0 outside of a session."""
    call: ToolRequest | None = None
    """The call that `text` is the result of, with the role `tool`; so none is ever parted from its result."""
    is_error: bool = False
    """The call has failed, or was given up."""

    @property
    def is_turn(self) -> bool:
        """Whether the person said it, and wanted an answer."""
        return self.role == "user" and not self.is_backchannel


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """What the older part of a conversation came to: for the language model it stands for those messages."""

    text: str
    """Empty where the model is to know nothing of them."""
    until: int
    """The number of the last message that it stands for."""

    def rest_of(self, history: tuple[Message, ...]) -> tuple[Message, ...]:
        """Return the messages that it does not stand for, of a history in the order of its numbers."""
        return history[bisect_right(history, self.until, key=lambda message: message.number) :]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a person from earlier conversations: it is none of the words of this one."""

    date: str
    """Day of the last one, as YYYY-MM-DD."""
    summary: str = ""
    """Of all of them; empty where none could be made."""
    messages: tuple[Message, ...] = ()
    """The end of the last one, word for word."""


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
class TurnEdit:
    """What a hook has made of a turn that is over, before it is answered."""

    context: str = ""
    """Told to the language model for this answer alone."""
    text: str | None = None
    """Stands for the words of the turn, in the prompt and in the history; None where they stay as they are."""
    stops_reply: bool = False
    """The turn enters the history and is not answered."""


AS_HEARD = TurnEdit()
"""Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a language model, in the order in which the model should read it."""

    instructions: str
    messages: tuple[PromptMessage, ...]
    tools: tuple[Tool, ...] = ()
    temperature: float | None = None


def history_to_json(history: Iterable[Message]) -> list[dict[str, object]]:
    """A history as JSON values, for another conversation to go on from; times and numbers are left out."""
    return [_as_json(message) for message in history]


def history_from_json(messages: Iterable[Mapping[str, object]]) -> tuple[Message, ...]:
    """Read what `history_to_json` made. Raises ValueError for anything else."""
    return tuple(_message(message) for message in messages)


def _message(given: Mapping[str, object]) -> Message:
    match given:
        case {"role": "user" | "assistant" as role, "text": str(text)}:
            return Message(role, text, 0.0, bool(given.get("cut")), bool(given.get("is_backchannel")))
        case {"role": "tool", "text": str(text), "call": {"id": str(id_), "name": str(name), "arguments": str(json)}}:
            call = ToolRequest(id_, name, json)
            return Message("tool", text, 0.0, call=call, is_error=bool(given.get("is_error")))
    raise ValueError(
        f'{given!r} is no message: it needs a "role", "user" or "assistant", and a "text"; or the role "tool", '
        'a "text", and a "call" with "id", "name" and "arguments"'
    )


def _as_json(message: Message) -> dict[str, object]:
    fields: dict[str, object] = {"role": message.role, "text": message.text}
    fields |= {name: True for name in ("cut", "is_backchannel", "is_error") if getattr(message, name)}
    if (call := message.call) is not None:
        fields["call"] = {"id": call.id, "name": call.name, "arguments": call.arguments}
    return fields

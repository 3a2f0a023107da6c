"""How events, commands and policies are written as JSON, and read again.

A dataclass is an object of its fields with its name as `type`; in a list of its kind (the words of a transcript), where
the name says nothing new, it is the list of its values. A number that is not finite is null.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from hashlib import blake2b
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from pipeline.agent import AgentProfile
from pipeline.commands import (
    CallTool,
    Command,
    ConversationEnded,
    ReplyCommitted,
    RunTurnHook,
    ShowPersonText,
    StartReply,
    StaticText,
    Summarize,
    ToolCommitted,
    TurnCommitted,
)
from pipeline.events import Event
from pipeline.messages import Message, Prompt, ToolRequest
from pipeline.turn.policy import Policy

FORMAT = 3
"""The version of the journal's form, in its header."""

READABLE = (2, FORMAT)
"""The versions that can be read: those of 2 have the same form, without the measurements."""

LONG = 200
"""Characters of a text in a command, beyond which only its end is written."""

_TAIL = 120

_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_json_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def line(record: dict[str, object]) -> bytes:
    """One line of the journal."""
    try:
        return f"{_json(record)}\n".encode()
    except UnicodeEncodeError:  # half of a surrogate pair: UTF-8 has no place for it, an escape of JSON has
        return f"{_json_ascii(record)}\n".encode()


def encode(value: Any) -> Any:
    """A value of an event, a command or a policy as what JSON knows."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str() | int() | None:
            return value
        case tuple():
            return [_values(item) if is_dataclass(item) else encode(item) for item in value]
        case frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
    return {"type": type(value).__name__} | {field.name: encode(getattr(value, field.name)) for field in fields(value)}


def _values(value: Any) -> list[Any]:
    return [encode(getattr(value, field.name)) for field in fields(value)]


def decode_event(record: dict[str, Any]) -> Event:
    """The event of a line. Raises ValueError when this version has no such event."""
    return cast(Event, _decode(Event, record))


def decode_command(record: dict[str, Any]) -> Command:
    """A command of a line. Raises ValueError when this version has no such command."""
    return cast(Command, _decode(Command, record))


def decode_policy(record: dict[str, Any]) -> Policy:
    """The policy of a header; what another version wrote and this one does not know is left out."""
    return cast(Policy, _decode(Policy, record))


def decode_agent(record: dict[str, Any]) -> AgentProfile:
    """The agent of a header; fields that this version does not know are left out."""
    return cast(AgentProfile, _decode(AgentProfile, record))


def _decode(kind: Any, value: Any) -> Any:
    """The inverse of `encode`; `kind` is the annotation of the place where the value goes."""
    origin, options = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None and NoneType in options else _decode(_chosen(options, value), value)
    if origin is tuple:
        return tuple(_decode(options[0], item) for item in value)
    if origin is frozenset:
        return frozenset(value)
    if kind is float:
        return math.nan if value is None else float(value)
    if not is_dataclass(kind):
        return value
    made: Any = kind
    hints = _hints(made)
    if isinstance(value, list):
        value = dict(zip(hints, value, strict=False))
    try:
        return made(**{name: _decode(hint, value[name]) for name, hint in hints.items() if name in value})
    except TypeError as error:
        raise ValueError(f"this is no {value.get('type')}: {error}") from None


def _chosen(options: tuple[Any, ...], value: Any) -> Any:
    """The one of the options of a union that is in the record."""
    if not isinstance(value, dict):
        return next(option for option in options if option is not NoneType)
    chosen = next((option for option in options if getattr(option, "__name__", "") == value.get("type")), None)
    if chosen is None:
        raise ValueError(f"nothing here is called {value.get('type')!r}")
    return chosen


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass and their annotations, in the order of the fields."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


# --- what is left out ---


def summarized(command: Command) -> Command:
    """A command without what the journal has elsewhere: two that differ anywhere differ here, too.

    Of a long text its end is kept, and of a prompt its last message; a digest stands for the rest. Whole ones would
    make the journal grow with the square of the conversation; replaying gives them back.
    """
    match command:
        case ShowPersonText():
            return replace(command, text=shortened(command.text))
        case StartReply(source=StaticText(text)):
            return replace(command, source=StaticText(shortened(text)))
        case StartReply(source=Prompt() as prompt):
            last = tuple(
                replace(message, text=shortened(message.text), tool_requests=_shortened_calls(message.tool_requests))
                for message in prompt.messages[-1:]
            )
            shape = f"{len(prompt.messages)} messages, {_digest(repr(prompt))}"
            return replace(command, source=Prompt(shape, last))
        case RunTurnHook(text=text):
            return replace(command, text=shortened(text))
        case CallTool(request=request):
            return replace(command, request=_shortened_calls((request,))[0])
        case TurnCommitted() | ReplyCommitted() | ToolCommitted():
            return replace(command, message=_shortened_message(command.message))
        case Summarize(messages=messages, earlier=earlier):
            return replace(command, messages=_last_shortened(messages), earlier=shortened(earlier))
        case ConversationEnded(history=history, summary=summary):
            if summary is not None:
                summary = replace(summary, text=shortened(summary.text))
            return replace(command, history=_last_shortened(history), summary=summary)
    return command


def _last_shortened(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return tuple(_shortened_message(message) for message in messages[-1:])


def _shortened_message(message: Message) -> Message:
    call = None if message.call is None else _shortened_calls((message.call,))[0]
    return replace(message, text=shortened(message.text), call=call)


def _shortened_calls(requests: tuple[ToolRequest, ...]) -> tuple[ToolRequest, ...]:
    return tuple(replace(request, arguments=shortened(request.arguments)) for request in requests)


def shortened(text: str) -> str:
    """A text, or the end of a long one."""
    return text if len(text) <= LONG else f"{_digest(text)} ... {text[-_TAIL:]}"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

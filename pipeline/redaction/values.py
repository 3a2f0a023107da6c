"""Events, commands and states without what is to be hidden: every text in them, unless it is known to hold no words."""

from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from pipeline.events import FinalTranscript, InterimTranscript, ReplyDelayed, ToolReturned
from pipeline.messages import Message, Tool
from pipeline.redaction.redactor import Redactor

T = TypeVar("T")

NO_WORDS = frozenset({"id", "name", "kind", "role", "date", "language", "tool_call_id", "requested", "before", "agent"})
"""Fields that hold what the program or its operator has named; so do all whose names end with _id."""

_IDENTITIES = frozenset({"identity", "linked"})
_TECHNICAL = frozenset({"error", "reason", "room"})
_JSON = frozenset({"arguments"})
_DIGITS = frozenset({"digit"})

_Hide = Callable[[Redactor, str, str], str]
"""What is hidden in a text, in a language."""


def redacted(value: T, redactor: Redactor, language: str, *, expects_email: bool = False) -> T:
    """The value with every text redacted that may hold words; the same object when nothing in it changes.

    With `expects_email` an address may begin where an interim ends.
    """
    return cast(T, _Hiding(redactor, language, expects_email).of(value))


class _Hiding:
    def __init__(self, redactor: Redactor, language: str, expects_email: bool) -> None:
        self._redactor, self._language, self._expects_email = redactor, language, expects_email

    def of(self, value: Any, hide: _Hide | None = None) -> Any:
        """A value; `hide` is for the texts right in it."""
        match value:
            case str():
                return value if hide is None else hide(self._redactor, value, self._language)
            case tuple():
                made = tuple(self.of(item, hide) for item in value)
                return value if all(new is old for new, old in zip(made, value, strict=True)) else made
            case Tool():
                return value  # the operator's
            case InterimTranscript() | FinalTranscript():
                return self._transcript(value)
        if not is_dataclass(value) or isinstance(value, type):
            return value
        return self._fields(value)

    def _fields(self, value: Any) -> Any:
        own = _of_type(cast(Hashable, type(value)), is_tool=isinstance(value, Message) and value.role == "tool")
        changes = {}
        for name, hide in own:
            old = getattr(value, name)
            if (new := self.of(old, hide)) is not old and new != old:
                changes[name] = new
        return replace(value, **changes) if changes else value

    def _transcript(self, event: InterimTranscript | FinalTranscript) -> InterimTranscript | FinalTranscript:
        how = {"is_open": isinstance(event, InterimTranscript), "expects_email": self._expects_email}
        texts = self._redactor.words([word.text for word in event.words], self._language, **how)
        return replace(
            event,
            text=self._redactor.text(event.text, self._language, **how),
            words=tuple(replace(word, text=text) for word, text in zip(event.words, texts, strict=True)),
            identity=self._redactor.identity(event.identity),
        )


@cache
def _of_type(kind: Any, *, is_tool: bool) -> tuple[tuple[str, _Hide | None], ...]:
    """The fields of a dataclass, each with what is hidden in its text."""
    return tuple((field.name, _of_field(kind, field.name, is_tool=is_tool)) for field in fields(kind))


def _of_field(kind: Any, name: str, *, is_tool: bool) -> _Hide | None:
    if name in NO_WORDS or name.endswith("_id"):
        return None
    if name in _IDENTITIES:
        return lambda redactor, text, _: redactor.identity(text)
    if name in _TECHNICAL:
        return lambda redactor, text, _: redactor.technical(text)
    if name in _DIGITS:
        return lambda redactor, text, _: redactor.digit(text)
    if name in _JSON or is_tool or kind is ToolReturned:
        return Redactor.json
    if kind is ReplyDelayed:
        return lambda redactor, text, language: redactor.text(text, language, is_open=True)
    return Redactor.text

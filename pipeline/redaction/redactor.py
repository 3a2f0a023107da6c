"""What is hidden in a text, and what stands there instead."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pipeline.failure_log import log_failure
from pipeline.redaction.emails import find_emails, mentions_address
from pipeline.redaction.numbers import find_numbers, mark
from pipeline.redaction.phrases import Phrases, find_patterns
from pipeline.redaction.pieces import EMAIL, OTHER, Hidden, pieces, with_marks

KINDS = ("numbers", "emails", "names")

FindNames = Callable[[str], Iterable[str]]
"""A hook: given a text, it returns the parts of it that are to be hidden, as they stand there. It runs in the loop of
the bot for each text, so it must take no more than a few milliseconds."""

_TECHNICAL_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TECHNICAL_NUMBER = re.compile(r"\+?\d(?:[ ()/-]?\d){5,}")
"""Six digits and more: fewer are a port, a status, a time."""

log = logging.getLogger(__name__)


class Redactor:
    """Hides `kinds` of things, listed names, what patterns match, and what a hook finds."""

    def __init__(
        self,
        kinds: Iterable[str],
        *,
        names: Iterable[str] = (),
        patterns: Iterable[re.Pattern[str]] = (),
        hooks: Iterable[FindNames] = (),
    ) -> None:
        self.kinds = tuple(kind for kind in KINDS if kind in frozenset(kinds))
        self._patterns, self._hooks = tuple(patterns), tuple(hooks)
        self._phrases = Phrases(names)
        self._has_failed = False
        self._people: dict[str, str] = {}

    @property
    def described(self) -> tuple[str, ...]:
        """What is hidden, in words."""
        return (*self.kinds, *(["patterns"] if self._patterns else []), *(["hook"] if self._hooks else []))

    def text(self, text: str, language: str, *, is_open: bool = False, expects_email: bool = False) -> str:
        """The text without what is to be hidden. One that `is_open` is the beginning of another one, an interim.

        With `expects_email` its last word may begin an address, as one was asked for.
        """
        return with_marks(text, self._hidden(text, language, is_open, expects_email)) if text else text

    def words(
        self, words: Sequence[str], language: str, *, is_open: bool = False, expects_email: bool = False
    ) -> tuple[str, ...]:
        """Words of one text, each without what is to be hidden: as many as before."""
        text = " ".join(words)
        hidden = self._hidden(text, language, is_open, expects_email)
        made, start = [], 0
        for word in words:
            end = start + len(word)
            within = [Hidden(it.start - start, it.end - start, it.mark) for it in hidden if start <= it.start < end]
            made.append(with_marks(word, within))
            start = end + 1
        return tuple(made)

    def json(self, text: str, language: str) -> str:
        """As `text`, of a JSON document: it stays one. What is none is a text."""
        if text.lstrip()[:1] not in ("{", "["):
            return self.text(text, language)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text, language)
        changed = self._value(value, language)
        return text if changed == value else json.dumps(changed, ensure_ascii=False)

    def technical(self, text: str) -> str:
        """A text of the program, such as an error or a line of the log: addresses, and long numbers."""
        if "emails" in self.kinds:
            text = _TECHNICAL_EMAIL.sub(EMAIL, text)
        if "numbers" in self.kinds:
            text = _TECHNICAL_NUMBER.sub(lambda number: mark(sum(map(str.isdecimal, number[0]))), text)
        hidden = [*self._phrases.find(text, pieces(text), is_whole=True), *find_patterns(text, self._patterns)]
        return with_marks(text, hidden)

    def identity(self, identity: str) -> str:
        """The identity of a participant, or a name that stands for it when it holds what is to be hidden."""
        if self.technical(identity) == identity:
            return identity
        return self._people.setdefault(identity, f"person-{len(self._people) + 1}")

    def digit(self, key: str) -> str:
        """A key of a telephone."""
        return "0" if key.isdecimal() and "numbers" in self.kinds else key

    def _hidden(self, text: str, language: str, is_open: bool, expects_email: bool) -> list[Hidden]:
        found = pieces(text)
        hidden = [*find_patterns(text, self._patterns)]
        if "emails" in self.kinds:
            is_expected = expects_email or mentions_address(text)
            hidden += find_emails(found, language, is_open=is_open, is_expected=is_expected)
        if "numbers" in self.kinds:
            hidden += find_numbers(text, found, language)
        if not self._ask_hooks(text):
            return [Hidden(piece.start, piece.end, OTHER) for piece in found]
        return [*hidden, *self._phrases.find(text, found, is_open=is_open)]

    def _ask_hooks(self, text: str) -> bool:
        """Remember what the hooks find; False when one has failed, and nothing is known of the text."""
        for hook in self._hooks:
            try:
                self._phrases.remember(_phrases(hook(text)))
            except Exception as error:  # noqa: BLE001 - of anybody's hook
                if not self._has_failed:
                    self._has_failed = True
                    log_failure(log, "the hook redact has failed: all of what it fails for is hidden", error=error)
                return False
        return True

    def _value(self, value: Any, language: str) -> Any:
        match value:
            case str():
                return self.text(value, language)
            case bool() | None:
                return value
            case int() | float():
                return 0 if "numbers" in self.kinds else value
            case list():
                return [self._value(item, language) for item in value]
            case dict():
                return {self.technical(name): self._value(item, language) for name, item in value.items()}
        return value


def _phrases(found: object) -> Iterator[str]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise TypeError(f"it has to return a list of texts, not {type(found).__name__}")
    for phrase in found:
        if not isinstance(phrase, str):
            raise TypeError(f"it has to return a list of texts, not of {type(phrase).__name__}")
        yield phrase

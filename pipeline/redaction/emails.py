"""Finds e-mail addresses, as they are written and as they are said: "john dot smith at example dot com"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.redaction.numbers import is_number
from pipeline.redaction.pieces import EMAIL, Hidden, Piece
from pipeline.turn.lexicon import LEXICONS, lexicon_of
from pipeline.turn.lexicon.lexicon import words

_AT: Mapping[str, str] = {
    "en": "at @", "de": "at ät klammeraffe", "fr": "arobase arrobase", "es": "arroba", "it": "chiocciola",
    "nl": "apenstaartje", "pl": "małpa", "pt": "arroba", "ja": "アット アットマーク", "ko": "골뱅이", "zh": "艾特",
    "hi": "ऐट एट", "ar": "آت",
}  # fmt: skip
_DOT: Mapping[str, str] = {
    "en": "dot point period", "de": "punkt", "fr": "point", "es": "punto", "it": "punto", "nl": "punt",
    "pl": "kropka", "pt": "ponto", "ja": "ドット", "ko": "닷 점", "zh": "点 點", "hi": "डॉट", "ar": "دوت نقطة",
}  # fmt: skip
_JOIN: Mapping[str, str] = {
    "en": "dash hyphen minus underscore plus", "de": "minus bindestrich unterstrich", "fr": "tiret bas",
    "es": "guion guión bajo", "it": "trattino", "nl": "streepje", "pl": "myślnik podkreślenie",
    "pt": "hífen traço sublinhado",
}  # fmt: skip

_PROVIDERS = words(
    "gmail googlemail yahoo outlook hotmail icloud live msn aol gmx web proton protonmail mail yandex qq naver"
)
"""Hosts of addresses that are known without their last part."""

_ENDINGS = words("com org net edu gov info biz io dev app ai tv eu uk de fr nl pl jp cn kr ru example test")
"""Last parts of hosts that are rarely words."""

_WRITTEN_ENDINGS = _ENDINGS | words("us ca au nz ie at ch es it be pt se dk fi no mx ar cl pe br in za co me mil int")

_ANNOUNCES = re.compile(
    r"(?<!\[e)mail|add?res|correo|courriel|indirizzo|endereço|メール|アドレス|메일|邮|郵|मेल|بريد", re.IGNORECASE
)
"""What is said where an address comes."""

_WRITTEN = re.compile(r".+@.+")
_HOST = re.compile(rf"(?:[\w-]+\.)+(?:{'|'.join(_WRITTEN_ENDINGS)})")
_SPELLED = re.compile(r"\w(?:[-.]\w){2,}")

FEWEST_LETTERS = 3
"""Single letters in a row that are a word which is spelled."""

MOST_BEFORE = 3
"""Words before "at" that belong to the address, unless a word such as "is" stands there."""


class _Said(NamedTuple):
    at: frozenset[str]
    dot: frozenset[str]
    join: frozenset[str]
    leading: frozenset[str]


@lru_cache(16)
def _said(language: str) -> _Said:
    first = language.partition("-")[0].lower()
    spoken = {"en", first} if first in LEXICONS else set(_AT)
    lexicon = lexicon_of(language)
    at, dot, join = (
        frozenset(word for it in spoken for word in by_language.get(it, "").split())
        for by_language in (_AT, _DOT, _JOIN)
    )
    return _Said(at, dot, join, (lexicon.leads_on | lexicon.may_lead_on) - at)


def mentions_address(text: str) -> bool:
    """Whether an address may come next: it is asked for, or announced."""
    return _ANNOUNCES.search(text) is not None


def find_emails(text: Sequence[Piece], language: str, *, is_open: bool, is_expected: bool) -> Iterator[Hidden]:
    """Every address among the pieces of a text. One that `is_open` goes on later: its end may begin an
    address, and so may its last word where one is expected."""
    found = _Found(text, language, is_open=is_open)
    found.look()
    if is_open and is_expected and text:
        found.places.add(len(text) - 1)
    for at in sorted(found.places):
        yield Hidden(text[at].start, text[at].end, EMAIL)


class _Found:
    """The places of the words that belong to addresses."""

    def __init__(self, text: Sequence[Piece], language: str, *, is_open: bool) -> None:
        self._words, self._language, self._is_open = text, language, is_open
        self._said = _said(language)
        self.places: set[int] = set()

    def look(self) -> None:
        """Find all of them."""
        for at, (_, _, word, _) in enumerate(self._words):
            if _WRITTEN.fullmatch(word) or _HOST.fullmatch(word) or _SPELLED.fullmatch(word):
                self.places.add(at)
            if word in self._said.at:
                self._around_at(at)
            elif word in self._said.dot:
                self._around_dot(at)
        self._spelled()

    def _around_at(self, at: int) -> None:
        """An address, when what stands behind it is a host; in an open text, also when that may become one."""
        end, has_dot = self._host(at + 1)
        host = self._words[at + 1].word if at + 1 < len(self._words) else ""
        is_whole = has_dot or host in _PROVIDERS or _HOST.fullmatch(host) is not None
        if is_whole or (self._is_open and end == len(self._words)):
            self.places.update(range(self._local(at), end))

    def _around_dot(self, at: int) -> None:
        """A host, when it has a usual end: the first part of its address may have come before."""
        end, _ = self._host(at - 1) if at else (at, False)
        if end > at + 1 and self._words[end - 1].word in _ENDINGS:
            self.places.update(range(self._local(at), end))

    def _host(self, begin: int) -> tuple[int, bool]:
        """Where a host ends that begins there, and whether it has a dot."""
        said, at, has_dot = self._said, begin, False
        while at < len(self._words):
            at = self._unit_end(at)
            if at >= len(self._words) or self._words[at].word not in said.dot | said.join:
                break
            has_dot |= self._words[at].word in said.dot
            at += 1
        return min(at, len(self._words)), has_dot

    def _unit_end(self, at: int) -> int:
        """Where a part of an address ends: a word, or what is spelled letter by letter or digit by digit."""
        end = at
        while end < len(self._words) and self._is_sign(end):
            end += 1
        return max(end, at + 1)

    def _local(self, at: int) -> int:
        """Where the part of an address before `at` begins."""
        said, begin, plain_words = self._said, at, 0
        while begin > 0:
            before = self._words[begin - 1]
            is_connected = before.word in said.dot | said.join
            is_first = begin == at or self._words[begin].word in said.dot | said.join
            if before.ends_sentence and len(before.word) > 1:
                break
            if not is_connected and not self._is_sign(begin - 1):
                if not is_first and (before.word in said.leading or plain_words >= MOST_BEFORE):
                    break
                plain_words += 1
            begin -= 1
        return begin

    def _is_sign(self, at: int) -> bool:
        word = self._words[at].word
        return len(word) == 1 or word.isdecimal() or is_number(word, self._language)

    def _spelled(self) -> None:
        begin = 0
        for at in range(len(self._words) + 1):
            if at == len(self._words) or len(self._words[at].word) > 1:
                if at - begin >= FEWEST_LETTERS:
                    self.places.update(range(begin, at))
                begin = at + 1

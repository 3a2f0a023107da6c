"""What there is to know of a language to say its written numbers.

Numbers become words by the rules of Unicode's CLDR (RBNF), whose names for the kinds of numbers are used here.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from unicode_rbnf import RbnfEngine

from pipeline.text.spoken.vocabulary import Currency, Noun, Vocabulary

if TYPE_CHECKING:
    from pipeline.text.spoken.shapes import Shape, Written

LARGEST_DIGITS = 15
"""Digits of the largest number that is said as one; longer ones are spelled."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A written number: the digits of its whole part, without separators, and those behind its decimal mark."""

    whole: str
    fraction: str = ""

    @property
    def value(self) -> int:
        """The whole part."""
        return int(self.whole or "0")

    @property
    def is_one(self) -> bool:
        """Whether it is exactly 1."""
        return self.whole == "1" and not self.fraction


def region_of(tag: str) -> str:
    """The region of a language tag, such as GB in en-GB; empty without one."""
    return tag.upper().partition("-")[2].rpartition("-")[2]


class Language(ABC):
    """The words and habits of one language. `tag` is a language tag of its own, such as en-GB: regions differ."""

    def __init__(self, vocabulary: Vocabulary, tag: str, rules: str | None = None) -> None:
        """Load the rules of CLDR by the name of their file, the language's own without one."""
        self.vocabulary = vocabulary
        self.region = region_of(tag)
        self._engine = RbnfEngine.for_language(rules or vocabulary.code)
        self.spell = lru_cache(maxsize=1024)(self._spell)

    def _spell(self, number: int, ruleset: str) -> str:
        """Return a number by one of CLDR's rulesets, such as spellout-cardinal."""
        return self._engine.format_number(number, ruleset_names=[ruleset]).text

    @property
    def number_pattern(self) -> str:
        """A written number: 1,234.56; where the decimal mark is a point also .56."""
        thousands, decimal = self.vocabulary.thousands, self.vocabulary.decimal
        without_whole = rf"|{decimal}\d+" if decimal == r"\." else ""
        return rf"(?:(?:\d{{1,3}}(?:[{thousands}]\d{{3}}(?!\d)){{1,4}}|\d+)(?:[{decimal}]\d+)?{without_whole})"

    def amount(self, written: str) -> Amount | None:
        """Return a written number taken apart; None when it begins with a needless zero, as an identifier may."""
        whole, _, fraction = re.sub(
            f"[{self.vocabulary.decimal}]", "|", re.sub(self._separator, "", written)
        ).partition("|")
        if len(whole) > LARGEST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
            return None
        return Amount(whole, fraction)

    @property
    def _separator(self) -> str:
        return rf"[{self.vocabulary.thousands}](?=\d{{3}}(?!\d))"

    # --- numbers in words ---

    @abstractmethod
    def cardinal(self, number: int, gender: str = "") -> str:
        """A whole number; without a gender as one counts."""

    @abstractmethod
    def ordinal(self, number: int, form: str = "") -> str:
        """An ordinal number in one of the language's forms."""

    def year(self, number: int) -> str:
        """A year."""
        return self.cardinal(number)

    def number(self, amount: Amount, gender: str = "") -> str:
        """A number with what is behind its decimal mark."""
        if not amount.fraction:
            return self.cardinal(amount.value, gender)
        parts = (
            self.cardinal(amount.value) if amount.whole else "",
            self.vocabulary.words["decimal"],
            self.decimals(amount.fraction),
        )
        return " ".join(filter(None, parts))

    def decimals(self, digits: str) -> str:
        """The digits behind a decimal mark."""
        return self.digits(digits)

    def digits(self, digits: str) -> str:
        """Digits one by one."""
        return " ".join(self.cardinal(int(digit)) for digit in digits)

    def phone_group(self, digits: str) -> str:
        """A group of a phone number."""
        return self.digits(digits)

    # --- with a noun ---

    def is_singular(self, amount: Amount) -> bool:
        """Whether a noun behind the number is in the singular."""
        return amount.is_one

    def is_attribute(self, text: "Written") -> bool:
        """Whether number and noun describe another noun ("a 5 km run"), and stay in the singular."""
        return False

    def quantity(self, amount: Amount, noun: Noun, *, is_attribute: bool = False) -> str:
        """A number of something."""
        form = noun.singular if is_attribute or self.is_singular(amount) else noun.plural
        return f"{self.number(amount, noun.gender)} {form}"

    def scaled(self, scale: Noun, noun: Noun) -> str:
        """What follows the number in "2 million dollars"."""
        return f"{noun.plural}"

    def per(self, unit: str) -> str:
        """What is said of "/month" behind an amount."""
        noun = self.vocabulary.units.get(unit)
        return f"{self.vocabulary.words['per']} {noun.singular if noun else unit}"

    @abstractmethod
    def money(self, amount: Amount, currency: Currency) -> str:
        """An amount with two digits of cents, neither part of which is zero."""

    # --- in a place of their own ---

    @abstractmethod
    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """A date; `before` is the text in front of it."""

    @abstractmethod
    def fraction(self, numerator: int, denominator: int, whole: int, text: "Written") -> str | None:
        """A fraction, with a whole number before it if that is not 0."""

    @abstractmethod
    def slashed(self, first: int, second: int, text: "Written") -> str | None:
        """Two numbers with a slash between them that are no fraction here: a date, a rating."""

    def ruler(self, number: int) -> str:
        """The number of a king, queen or pope."""
        return self.ordinal(number)

    def bare(self, amount: Amount, text: "Written") -> str:
        """A number that stands for itself; `text` has what is around it."""
        if not amount.fraction and len(text["a"]) == 4 and 1100 <= amount.value <= 2099:
            return self.year(amount.value)
        return self.number(amount)

    @abstractmethod
    def shapes(self) -> "Iterator[Shape]":
        """The written forms that only this language has: dates, times, ordinals, phone numbers."""

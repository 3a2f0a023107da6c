"""What a language calls things: its words for units, months and signs, and how it writes numbers."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """A unit, in its forms; `gender` (m, f or n) is that of the number before it."""

    singular: str
    plural: str
    gender: str = "m"


@dataclass(frozen=True, slots=True)
class Currency:
    """Money, and the hundredth part of it, where that is in use."""

    unit: Noun
    cents: Noun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one language, and its marks."""

    code: str
    thousands: str
    """What may stand between groups of three digits, as the inside of a regular expression's brackets."""
    decimal: str
    """The decimal mark, in the same form."""
    words: Mapping[str, str]
    """Words of the rules, by their English names."""
    signs: Mapping[str, str]
    """Words for what may stand right before a number."""
    operators: Mapping[str, str]
    """Words for what may stand between two numbers, with spaces around it."""
    times: Noun
    """What is said of "x" behind a number: two times."""
    units: Mapping[str, Noun]
    currencies: Mapping[str, Currency]
    scales: Mapping[str, Noun]
    """Millions and the like, as they are written behind a number, by their written form."""
    letters: Mapping[str, str]
    """Letters that stand for one of `scales` in an amount of money."""
    months: tuple[str, ...]
    month_forms: Mapping[str, int]
    """Other written forms of months, folded, without a full stop."""
    numbered: frozenset[str]
    """Folded words behind which a Roman numeral is a number: chapters, acts."""
    lettered: frozenset[str]
    """Those of `numbered` behind which a single letter is a letter."""
    rulers: frozenset[str]
    """Names behind which a Roman numeral is a ruler's."""
    number_signs: Mapping[str, str]
    """What is written before a number that names something: "No.", "#"."""
    code_words: str
    """Words behind which digits are spelled, as a regular expression."""
    call_words: str
    """Words behind which an emergency number is called, as a regular expression."""
    emergency_numbers: frozenset[str]
    special_slashes: Mapping[str, str]
    """What is said for some pairs of numbers with a slash between them."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())

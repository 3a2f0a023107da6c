"""Fractions, and other pairs of numbers with a slash between them."""

import unicodedata
from collections.abc import Iterator

from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import SPACE, Shape, Written, shape

DENOMINATORS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 64, 100, 1000})
"""Those that people use; other pairs with a slash are dates, ratings or identifiers."""

_SIGNS = "\u00bc-\u00be\u2150-\u215e"
"""One-character fractions, as the inside of a regular expression's brackets."""


def shapes(language: Language) -> Iterator[Shape]:
    """The shapes of fractions."""

    def fraction(numerator: str, denominator: str, text: Written) -> str | None:
        first, second, whole = int(numerator), int(denominator), int(text["whole"] or 0)
        if not 0 < first < second or second not in DENOMINATORS:
            return None
        return language.fraction(first, second, whole, text)

    def slashed(text: Written) -> str | None:
        pair = f"{text['n']}/{text['d']}"
        if not text["whole"]:
            if pair in language.vocabulary.special_slashes:
                return language.vocabulary.special_slashes[pair]
            if (other := language.slashed(int(text["n"]), int(text["d"]), text)) is not None:
                return other
        return fraction(text["n"], text["d"], text)

    def sign(text: Written) -> str | None:
        numerator, _, denominator = unicodedata.normalize("NFKD", text["sign"]).partition("\u2044")
        return fraction(numerator, denominator, text) if denominator else None

    yield shape(rf"(?:(?P<whole>[1-9]\d{{0,2}}){SPACE})?(?P<n>[1-9]\d{{0,2}})/(?P<d>[1-9]\d{{0,3}})", slashed)
    yield shape(rf"(?:(?P<whole>[1-9]\d{{0,2}}){SPACE}?)?(?P<sign>[{_SIGNS}])", sign)

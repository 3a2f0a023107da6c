"""The languages whose written numbers can be said, and all their written forms."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pipeline.text.spoken import addresses, dates, digits, fractions, quantities, romans
from pipeline.text.spoken.english import English
from pipeline.text.spoken.french import French
from pipeline.text.spoken.german import German
from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import Shape
from pipeline.text.spoken.spanish import Spanish

_LANGUAGES: Mapping[str, Callable[[str], Language]] = {"de": German, "en": English, "es": Spanish, "fr": French}


def shapes_of(tag: str) -> Sequence[Shape]:
    """Return the written forms of the language of a tag such as en-GB; none for a language that is not known here."""
    language = _LANGUAGES.get(tag.partition("-")[0].lower())
    return tuple(_forms(language(tag))) if language is not None else ()


def _forms(language: Language) -> Iterator[Shape]:
    """Every form, in the order in which they are tried: the more telling ones first."""
    yield from addresses.shapes(language)
    yield from dates.shapes(language)
    yield from language.shapes()
    yield from digits.shapes(language)
    yield from fractions.shapes(language)
    yield from quantities.shapes(language)
    yield from romans.shapes(language)

"""Dates that are written alike in every language: 2024-05-03."""

from collections.abc import Iterator

from pipeline.text.spoken.language import Language
from pipeline.text.spoken.shapes import Shape, Written, shape


def shapes(language: Language) -> Iterator[Shape]:
    """The shape of a date by ISO 8601."""

    def read(text: Written) -> str | None:
        year, month, day = (int(text[group]) for group in "ymd")
        return language.date(day, month, year, text.before) if 1 <= month <= 12 and 1 <= day <= 31 else None

    yield shape(r"(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)", read)

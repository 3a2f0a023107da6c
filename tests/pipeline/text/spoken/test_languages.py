"""Written numbers as people say them, by a table for each language, and what is left alone."""

from types import ModuleType

import pytest

from tests.pipeline.text.spoken import english, french, german, spanish
from tests.support.text import said

LANGUAGES = {"en": english, "fr-FR": french, "de-DE": german, "es": spanish}


@pytest.mark.parametrize(
    ("language", "written", "spoken"), [(tag, *pair) for tag, table in LANGUAGES.items() for pair in table.PAIRS]
)
def test_numbers_are_said_as_people_say_them(language: str, written: str, spoken: str) -> None:
    assert said(written, language) == spoken


@pytest.mark.parametrize("table", LANGUAGES.values(), ids=LANGUAGES)
def test_a_table_is_long_enough_to_stand_for_its_language(table: ModuleType) -> None:
    assert len(dict(table.PAIRS)) == len(table.PAIRS) >= (150 if table is english else 40)


@pytest.mark.parametrize(
    ("language", "text"),
    [(tag, table.AROUND.format(it)) for tag, table in LANGUAGES.items() for it in table.AS_WRITTEN],
)
def test_in_doubt_nothing_is_changed(language: str, text: str) -> None:
    assert said(text, language) == text


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-GB", "105", "one hundred and five"),
        ("en-GB", "1,234", "one thousand two hundred and thirty-four"),
        ("en-GB", "3/5/2024", "the third of May, twenty twenty-four"),
        ("en-GB", "on the 3 May", "on the third of May"),
        ("en-GB", "101st", "one hundred and first"),
        ("es-MX", "$1,234.50", "mil doscientos treinta y cuatro pesos con cincuenta centavos"),
        ("es-MX", "3.5", "tres punto cinco"),
        ("es-MX", "12/31/2024", "12/31/2024"),
        ("es-US", "12/31/2024", "treinta y uno de diciembre de dos mil veinticuatro"),
    ],
)
def test_a_country_has_habits_of_its_own(language: str, written: str, spoken: str) -> None:
    assert said(written, language) == spoken

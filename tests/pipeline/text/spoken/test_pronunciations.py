"""Words of a dictionary, found in a text."""

import pytest

from pipeline.text.spoken.verbalizer import make_verbalizer
from tests.support.text import speakable


def said(text: str, rows: dict[str, str], language: str | None = None) -> str:
    return make_verbalizer(rows, language)(speakable(text)).text


@pytest.mark.parametrize(
    ("rows", "written", "spoken"),
    [
        ({"gif": "jiff"}, "A GIF, a gif and a Gif.", "A jiff, a jiff and a jiff."),
        ({"IT": "eye tee"}, "It is IT, isn't it?", "It is eye tee, isn't it?"),
        ({"gif": "jiff"}, "gifs, gif2, mygif, gif-like, gif's", "gifs, gif2, mygif, jiff-like, jiff's"),
        ({"New York": "noo york", "york": "yawk"}, "New York, new  york; York", "noo york, new  yawk; yawk"),
        ({"new york": "noo york"}, "New\nYork and NEW  YORK", "noo york and noo york"),
        ({"SQL": "sequel", "sql": "squeal"}, "SQL or sql or Sql", "sequel or squeal or squeal"),
        ({"C++": "see plus plus", "C": "see"}, "C++ and C, C+, C++11", "see plus plus and see, see+, see++11"),
        ({".NET": "dot net"}, "The .NET way, asp.NET", "The dot net way, asp.NET"),
        ({"API": "ah pay ee"}, "l'API de l’API", "l'ah pay ee de l’ah pay ee"),
        ({"东京": "dōng jīng"}, "我在东京工作。", "我在dōng jīng工作。"),
        ({"京": "jing", "东京": "dong jing"}, "东京和京", "dong jing和jing"),
        ({"กา": "ka"}, "กา กา", "ka ka"),
        ({"مرحبا": "mar haba"}, "مرحبا، مرحباً", "mar haba، مرحباً"),
        ({"दी": "di"}, "दी हिन्दी दीदी", "di हिन्दी दीदी"),
        ({"हिन्दी": "hindi"}, "हिन्दी में", "hindi में"),
        ({"straße": "strasse"}, "Straße, STRASSE", "strasse, STRASSE"),
        ({"naïve": "nigh eve"}, "Naïve", "nigh eve"),
        ({"a.b": "a dot b"}, "a.b axb", "a dot b axb"),
        ({"bold": "bowld"}, "a **bold** [bold](http://x.y) `bold`", "a bowld bowld bowld"),
        ({"24/7": "all the time"}, "Open 24/7.", "Open all the time."),
    ],
)
def test_a_word_is_found_as_a_whole(rows: dict[str, str], written: str, spoken: str) -> None:
    assert said(written, rows) == spoken


def test_the_dictionary_goes_before_numbers() -> None:
    rows = {"24/7": "all day", "Boeing 747": "the jumbo", "route 66": "route sixty-six"}
    assert said("Open 24/7 since 1999: a Boeing 747 on Route 66 for $5.", rows, "en") == (
        "Open all day since nineteen ninety-nine: a the jumbo on route sixty-six for five dollars."
    )


def test_what_is_said_is_not_looked_at_again() -> None:
    assert said("ab", {"ab": "ab 5", "5": "five"}, "en") == "ab 5"


def test_without_rows_nothing_changes() -> None:
    chunk = speakable("Nothing **at** all, for $5.")
    assert make_verbalizer({}, None)(chunk) is chunk

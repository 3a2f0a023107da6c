"""What is hidden in a text: numbers, addresses and names, written and said, whole and torn apart."""

import json
import logging
import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings import redaction_settings
from pipeline.redaction import KINDS, Redactor
from pipeline.turn.completeness import completeness
from pipeline.turn.lexicon import LEXICONS

ALL = Redactor(KINDS, names=["John Smith", "Ann O'Hara", "王小明"])

NUMBERS = [
    ("en", "it is four one one two, thanks.", "it is [0] [0] [0] [0], thanks."),
    ("en", "twenty-one euros and 4112 more", "[00] euros and [0000] more"),
    ("en", "oh seven double oh", "[0] [0] [0] [0]"),
    ("en", "oh, I see: double trouble", "oh, I see: double trouble"),
    ("en", "four to seven", "[0] [0] [0]"),
    ("en", "go to bed", "go to bed"),
    ("en", "+49 (171) 555-12-34 at 3:30", "+[00] ([000]) [0000000] at [000]"),
    ("en", "flat 4th, AB12 3CD", "flat [0], [00] [0]"),
    ("de", "vierundzwanzig, dreihundertfünf und ein Hund", "[0], [0] und ein Hund"),
    ("fr", "quatre-vingt-dix-sept, pas un chat", "[0000], pas un chat"),
    ("es", "doscientos treinta y uno", "[0] [0] y uno"),
    ("it", "trecentoquarantacinque", "[0]"),
    ("nl", "eenentwintig", "[0]"),
    ("pl", "dwieście pięć", "[0] [0]"),
    ("pt", "nove um dois", "[0] [0] [0]"),
    ("hi", "नौ आठ सात", "[0] [0] [0]"),
    ("ar", "ثلاثة أربعة", "[0] [0]"),
    ("zh", "我的电话是一三八零", "我的电话是[0000]"),
    ("ja", "電話は〇三一二です", "電話は[0000]です"),
    ("ko", "공일공 이삼사오", "[000] [0000]"),
    ("th", "เบอร์ศูนย์แปดเก้า", "เบอร์[000000000000]"),
    ("multi", "vier one deux", "[0] [0] [0]"),
    ("sv", "vier one deux", "[0] [0] [0]"),
]

EMAILS = [
    ("en", "my mail is john dot smithson at example dot com okay", "my mail is [email]*7 okay"),
    ("en", "mail me: j.smithson+x@example.co.uk.", "mail me: [email]."),
    ("en", "it is jane mary miller at gmail", "it is [email]*5"),
    ("en", "j o h n underscore four at example dot org", "[email]*10"),
    ("en", "see you at home", "see you at home"),
    ("en", "that point in time", "that point in time"),
    ("en", "at example dot com", "[email]*4"),
    ("en", "example dot com", "[email]*3"),
    ("en", "john at example.com", "[email]*3"),
    ("de", "peter punkt maier at gmx punkt de", "[email]*7"),
    ("fr", "c'est marie arobase exemple point fr", "c'est [email]*5"),
    ("es", "es ana arroba ejemplo punto com", "es [email]*5"),
    ("it", "luca chiocciola esempio punto com", "[email]*5"),
]

NAMES = [
    ("John Smith's car, and Smith's.", "[name] [name] car, and Smith's."),
    ("I am John", "I am [name]"),
    ("Smith is my name", "[name] is my name"),
    ("john, smith", "[name], [name]"),
    ("ann o'hara", "[name] [name]"),
    ("Johnny Smithers", "Johnny Smithers"),
    ("我叫王小明。", "我叫[name]。"),
]


def expanded(text: str) -> str:
    """`[email]*3` is three of them."""
    return re.sub(r"\[email\]\*(\d+)", lambda it: " ".join(["[email]"] * int(it[1])), text)


@pytest.mark.parametrize(("language", "said", "hidden"), NUMBERS)
def test_numbers(language: str, said: str, hidden: str) -> None:
    assert Redactor(["numbers"]).text(said, language) == hidden


@pytest.mark.parametrize(("language", "said", "hidden"), EMAILS)
def test_addresses(language: str, said: str, hidden: str) -> None:
    assert Redactor(["emails"]).text(said, language) == expanded(hidden)


@pytest.mark.parametrize(("said", "hidden"), NAMES)
def test_listed_names(said: str, hidden: str) -> None:
    """Also a part of one, where the rest of it may stand in the text before or after."""
    assert ALL.text(said, "en") == hidden


def test_each_language_hides_its_own_numbers() -> None:
    """In a row with others, for a single one may be a word of another kind."""
    for language, lexicon in LEXICONS.items():
        for number in sorted(lexicon.numbers):
            said = number * 3 if language in ("zh", "ja", "ko", "th") else f"7 {number} {number} 7"
            shown = Redactor(["numbers"]).text(said, language)
            assert number not in re.split(r"[\[\]\s]+", shown), (language, number, shown)


def test_an_interim_may_be_the_beginning_of_an_address_or_a_name() -> None:
    whole = ["my", "mail", "is", "john", "at", "example", "dot", "com"]
    shown = {ALL.text(" ".join(whole[:end]), "en", is_open=True) for end in range(1, len(whole) + 1)}
    assert not any("john" in text or "example" in text for text in shown)
    assert Redactor(["names"], names=["John Smith"]).text("I am Joh", "en", is_open=True) == "I am [name]"
    assert Redactor(["numbers"]).text("I am Joh", "en", is_open=True) == "I am Joh"


SAID = "well my number is four one two 4112 +49171 john smith at example dot com and, okay. a j o h n gmail to for"
WORDS = st.sampled_from(SAID.split())


@settings(max_examples=300)
@given(words=st.lists(WORDS, max_size=12), is_open=st.booleans())
def test_every_word_keeps_its_place(words: list[str], is_open: bool) -> None:
    text = " ".join(words)
    shown = ALL.text(text, "en", is_open=is_open)
    assert len(shown.split()) == len(words)
    assert is_open or ALL.text(shown, "en") == shown, "marks stay as they are"
    assert len(ALL.words(words, "en", is_open=is_open)) == len(words)
    assert " ".join(ALL.words(words, "en", is_open=is_open)) == shown


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@settings(max_examples=200)
@given(
    digits=st.lists(st.sampled_from(DIGITS), min_size=4, max_size=16),
    cuts=st.sets(st.integers(1, 15)),
    before=st.sampled_from(["", "well it is", "call me on"]),
)
def test_a_number_that_is_torn_apart_is_hidden_in_every_part(digits: list[str], cuts: set[int], before: str) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(digits)), len(digits)]
    parts = [" ".join(digits[begin:end]) for begin, end in pairwise(edges)]
    for part in (f"{before} {parts[0]}", *parts[1:]):
        assert not set(ALL.text(part, "en").split()) & set(digits)


@pytest.mark.parametrize("said", ["my number is four one one two", "it is 4112", "so four one", "call 0171"])
def test_marks_are_dictated_as_the_numbers_are(said: str) -> None:
    """So a replay waits as long for the next group."""
    assert completeness(ALL.text(said, "en"), "en") == completeness(said, "en")


def test_json_stays_json() -> None:
    given_ = {"phone": "+49 171 555", "n": 7, "ok": True, "who": [{"name": "John Smith"}], "a@b.de": None, "line1": "x"}
    shown = json.loads(ALL.json(json.dumps(given_), "en"))
    assert shown == {
        "phone": "+[00] [000] [000]", "n": 0, "ok": True, "who": [{"name": "[name] [name]"}], "[email]": None,
        "line1": "x",
    }  # fmt: skip
    assert ALL.json('{"n": 4112', "en") == '{"n": [0000]'
    assert ALL.json("[" * 100_000 + "1", "en").count("1") == 0
    assert ALL.json('{"a":  "b"}', "en") == '{"a":  "b"}', "what holds nothing is not written anew"


def test_the_texts_of_the_program_keep_their_ports_and_times() -> None:
    error = "no connection to 127.0.0.1:7880 (HTTP 503) after 1.75 s for sip_+4917155512 and ann@example.com"
    assert ALL.technical(error) == (
        "no connection to 127.0.0.1:7880 (HTTP 503) after 1.75 s for sip_[0000000000] and [email]"
    )
    people = [ALL.identity(it) for it in ("ann", "sip_+4917155512", "a@b.de", "sip_+4917155512")]
    assert people == ["ann", "person-1", "person-2", "person-1"]


def test_own_patterns_hide_the_words_that_they_touch() -> None:
    redactor = Redactor([], patterns=[re.compile(r"order \w+"), re.compile("x*")])
    assert redactor.text("my order AB-7 is late", "en") == "my [redacted] [redacted] is late"
    assert redactor.described == ("patterns",)


def test_what_a_hook_finds_is_hidden_from_then_on() -> None:
    def find(text: str) -> Iterable[str]:
        return ["Maria Lopez"] if "name is" in text else []

    redactor = Redactor(["numbers"], hooks=[find])
    assert redactor.text("Hello Maria", "en") == "Hello Maria"
    assert redactor.text("My name is Maria Lopez.", "en") == "My name is [name] [name]."
    assert redactor.text("Thank you, Maria Lopez, you are 4.", "en") == "Thank you, [name] [name], you are [0]."


@pytest.mark.parametrize("wrong", [lambda text: 1 / 0, lambda text: text, lambda text: [1], lambda text: None])
def test_where_a_hook_fails_all_is_hidden(wrong: object, caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor([], hooks=[wrong])  # type: ignore[list-item]
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            assert redactor.text("My name is Maria.", "en") == "[redacted] [redacted] [redacted] [redacted]."
    assert caplog.text.count("the hook redact has failed") == 1
    assert "Maria" not in caplog.text


def test_the_settings_know_the_same_kinds() -> None:
    """They may not load what hides: a caller reads settings, too."""
    assert redaction_settings.KINDS == KINDS

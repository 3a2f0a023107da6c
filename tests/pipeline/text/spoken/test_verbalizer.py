"""The way back from what is said to what was written, and the cuts of chunks around numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech import WordTime
from pipeline.text.heard import Alignment
from pipeline.text.sentences import SentenceChunker
from pipeline.text.speakable import Speakable, SpeakableFilter
from pipeline.text.spoken.languages import shapes_of
from pipeline.text.spoken.verbalizer import Verbalizer, make_verbalizer
from tests.pipeline.text.spoken.english import PAIRS as ENGLISH
from tests.pipeline.text.spoken.french import PAIRS as FRENCH
from tests.pipeline.text.spoken.german import PAIRS as GERMAN
from tests.pipeline.text.spoken.spanish import PAIRS as SPANISH
from tests.support.text import chunks_of, verbalizer

PRONUNCIATIONS = {"gif": "a jiff", "New York": "noo york", "东京": "dong jing", "SQL": "sequel"}
VERBALIZERS = {language: Verbalizer(PRONUNCIATIONS, shapes_of(language)) for language in ("en", "de", "es", "fr", "it")}
FORMS = [written for written, _ in [*ENGLISH, *GERMAN, *SPANISH, *FRENCH]]
WORDS = [
    "It",
    "costs",
    "gif",
    "New",
    "York",
    "东京",
    "SQL",
    "**",
    "[a](http://x.y)",
    "(",
    ")",
    "—",
    ",",
    ".",
    "😊",
    "\n",
]
texts = st.lists(st.sampled_from([*FORMS, *WORDS, " ", " ", " "]), max_size=12).map("".join) | st.text(max_size=40)


def verbalized(text: str, language: str) -> list[tuple[Speakable, Speakable]]:
    """Each chunk of a reply, before and after."""
    speakables = SpeakableFilter()
    chunks = [speakables.feed(chunk) for chunk in chunks_of(text)]
    return [(chunk, VERBALIZERS[language](chunk)) for chunk in chunks]


@given(texts, st.sampled_from(list(VERBALIZERS)))
def test_the_way_back_is_total_and_monotone_and_never_within_a_form(text: str, language: str) -> None:
    for chunk, said in verbalized(text, language):
        assert said.written == chunk.written
        ends = [said.written_end(end) for end in range(len(said.text) + 1)]
        assert len(said.ends) == len(ends) or not said.text
        assert ends == sorted(ends)
        assert set(ends) <= set(chunk.ends), "a place in the written text that was one before"
        if said.text:
            assert (ends[0], ends[-1]) == (chunk.ends[0], len(chunk.written))


WHOLE = {
    "en": [
        "$21.50",
        "6:05",
        "20%",
        "50 km/h",
        "May 5, 2024",
        "415-555-1212",
        "3/4",
        "1990s",
        "bob@example.com",
        "v2.3.1",
    ],
    "de": ["1.234,56 €", "14:30 Uhr", "3. Mai", "90er", "1 1/2", "030 1234567"],
    "es": ["1.234,56 €", "14:30", "3 de mayo de 2024", "20 %"],
    "fr": ["1 234,56 €", "14h30", "1er mai", "06 12 34 56 78"],
}
"""Forms of which all is said otherwise."""


@pytest.mark.parametrize(("language", "form"), [(language, form) for language in WHOLE for form in WHOLE[language]])
@pytest.mark.parametrize(("before", "after"), [("", ""), ("(", ")"), ("**", "**"), ("“", "”"), ("**(", ")**,")])
def test_no_end_lies_within_a_form(language: str, form: str, before: str, after: str) -> None:
    """Nor between it and a bracket before it."""
    text = f"a b {before}{form}{after} c d"
    said = VERBALIZERS[language](SpeakableFilter().feed(text))
    assert not any(character.isdigit() for character in said.text)
    start, end = text.index(before + form), text.index(form) + len(form)
    ends = {said.written_end(spoken_end) for spoken_end in range(len(said.text) + 1)}
    assert not any(start < each < end for each in ends)
    assert {len("a b"), start, len(text)} <= ends


@given(texts, st.sampled_from(list(VERBALIZERS)))
def test_what_was_heard_never_ends_within_a_form(text: str, language: str) -> None:
    """However many words of the voice have come."""
    chunks = verbalized(text, language)
    alignment = Alignment()
    places = {0}
    for chunk, said in chunks:
        offset = len(alignment.written)
        alignment.add_chunk(said)
        places |= {offset + end for end in chunk.ends} | {offset + len(chunk.written.rstrip())}
    heard = 0
    for number, word in enumerate(" ".join(said.text for _, said in chunks).split()):
        alignment.add_word(WordTime(word, float(number), number + 1.0))
        end = alignment.heard_end(number + 1.0)
        assert end in places
        assert end >= heard
        heard = end


def heard_after_each(text: str, language: str) -> list[str]:
    alignment = Alignment()
    speakables = SpeakableFilter()
    words: list[str] = []
    for chunk in chunks_of(text):
        said = verbalizer(language)(speakables.feed(chunk))
        alignment.add_chunk(said)
        words += said.text.replace("-", " ").split()
    for number, word in enumerate(words):
        alignment.add_word(WordTime(word, float(number), number + 1.0))
    alignment.finish()
    return [alignment.heard(number + 1.0) for number in range(len(words))]


@pytest.mark.parametrize(
    ("text", "language", "heard"),
    [
        ("It costs $5 today.", "en", ["It", "It costs", "It costs", "It costs $5", "It costs $5 today."]),
        ("It costs **$5** today.", "en", ["It", "It costs", "It costs", "It costs **$5**", "It costs **$5** today."]),
        ("Yes ($5).", "en", ["Yes", "Yes", "Yes ($5)."]),
        ("Um 9:05, ja.", "de", ["Um", "Um", "Um", "Um 9:05,", "Um 9:05, ja."]),
    ],
)
def test_a_number_is_heard_as_a_whole(text: str, language: str, heard: list[str]) -> None:
    assert heard_after_each(text, language) == heard


def test_a_cut_in_an_amount_leaves_it_out() -> None:
    said = ["It", "costs", "twenty", "one", "dollars", "and", "fifty", "cents", "today."]
    after = dict(zip(said, heard_after_each("It costs $21.50 today.", "en"), strict=True))
    assert after["one"] == after["fifty"] == "It costs"
    assert after["cents"] == "It costs $21.50"


TORN = {"1,200 sq ft", "a 5 km run", "a $5 million deal", "1,5 Mio. €"}
"""Forms of several words that a hurried cut may divide: a noun follows, or a unit of two words."""


SENTENCES = re.compile(r"\n|[.?!][\"”»*)]* +[\"“]?[A-Z]")
"""Where a form of the tables ends a sentence."""

ONE_SENTENCE = [
    (language, written)
    for language, pairs in (("en", ENGLISH), ("de", GERMAN), ("es", SPANISH), ("fr", FRENCH))
    for written, _ in pairs
    if written not in TORN and not SENTENCES.search(written)
]


@pytest.mark.parametrize(("language", "written"), ONE_SENTENCE)
def test_no_cut_tears_a_number(language: str, written: str) -> None:
    """A sentence around it, token by token and in a hurry: the chunks say what the whole says."""
    before = {"en": "I can tell you", "de": "Ich sage Ihnen,", "es": "Yo les digo", "fr": "Je vous dis"}[language]
    text = f"{before} {written}"
    whole = make_verbalizer({}, language)(SpeakableFilter().feed(text)).text
    speakables = SpeakableFilter()
    assert "".join(verbalizer(language)(speakables.feed(chunk)).text for chunk in in_a_hurry(text)) == whole


def in_a_hurry(text: str) -> list[str]:
    chunker = SentenceChunker()
    chunks: list[str] = []
    for number, character in enumerate(text):
        chunks += chunker.feed(character, at=number * 0.1)
        chunks += chunker.hurry()
    return chunks + chunker.flush()


@given(texts, st.sampled_from(list(VERBALIZERS)))
def test_a_chunk_alone_decides(text: str, language: str) -> None:
    for chunk, said in verbalized(text, language):
        assert VERBALIZERS[language](chunk) == said


def test_languages_that_are_not_known_are_left_alone() -> None:
    chunk = SpeakableFilter().feed("2 500 Ft, 3 db, 20%")
    assert make_verbalizer({}, "hu")(chunk) is chunk
    assert make_verbalizer({}, "multi")(chunk) is chunk

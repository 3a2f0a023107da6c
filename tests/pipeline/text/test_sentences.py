"""Tokens in, chunks out: where sentences end, and when the first chunk comes."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.sentences import (
    FIRST_CHUNK_DELAY,
    FIRST_CHUNK_WORDS,
    LONG_CHUNK,
    LONGEST_CHUNK,
    SentenceChunker,
    first_clause,
)
from tests.support.text import chunks_of, sentences_of


def stream(tokens: Iterable[str]) -> list[str]:
    """The chunks of tokens that all come at once."""
    chunker = SentenceChunker()
    chunks = [chunk for token in tokens for chunk in chunker.feed(token, at=0.0)]
    return chunks + chunker.flush()


ENDS = [
    "Hello there. |How are you? |Fine!",
    "Dr. Smith met Mrs. Jones. |They talked.",
    "Use fruit, e.g. Apples or pears, i.e. What grows here. |Done.",
    "She is from the U.S. |She likes it.",
    "The U.S. Government said so. |It did.",
    "J. R. R. Tolkien and John F. Kennedy met. |Really?",
    "Bring J. A. Smith along. |So do I. |I can.",
    "We met at 5 p.m. Eastern Time. |It was 6 p.m. |Then we left.",
    "He works at Acme Inc. |The firm is old.",
    "No. 5 is alive. |No. |I am not. |See Fig. 3 and p. 12. |Ok.",
    "It costs $3.14 or 1,000.50 euros. |Version 2.0. |Then v1.2.3 came.",
    "At 10:30 it is 5. |Then it is 6.",
    "See https://a.com/x?y=1. |Mail bob@x.co. |Open file.txt. |Node.js is nice.",
    "Well... maybe. |And then... |The door opened. |Hm… yes. |Oh… |Right.",
    "Steps:\n|1. First do it. |Then that.\n|2. Second\n|A. Third\n|- one\n|- two\n\n|Done.",
    "a line\nthat is wrapped. |Next",
    "one\n\n|two\n\n|three",
    "1. One. |2. Two.",
    '"Stop!" he said. |"Go!" |They went (slowly.) Home. |[Really.] |Yes.',
    "**Note:** this. |**Done.** |_Next._ |~~No.~~ |Fine.",
    "Great! 😊 |Let's go!! |What?! |Yes.".replace("! 😊 |", "! |😊 "),
    "今日は。|元気ですか？|「はい。」そうです！！|好吗?|不知道。",
    "¿Qué tal? |¡Bien! |Vale.",
    "مرحبا؟ |نعم. |یہ ہے۔ |ٹھیک۔",
    "यह है। |ठीक है।",
    "네. |그렇습니다. |네.",
    "Il dit: «Oui. » |Puis rien. |»Ja.« |Dann „Nein.“ |Gut.",
    "Am 3. Mai kam z.B. Herr Müller, d.h. Der Chef, um 5. |Dann ging er.",
    "Sr. López y Ud. Mismo. |Adiós.",
    "Yahoo! is a firm. |Is it? maybe.",
    "\n\nHello. |Bye.",
    "Vitamin etc. and so on. |Cats, dogs, etc. |The end.",
]


@pytest.mark.parametrize("marked", ENDS)
def test_sentences_end_where_a_reader_ends_them(marked: str) -> None:
    assert sentences_of(marked.replace("|", "")) == marked.split("|")


@pytest.mark.parametrize("marked", ENDS)
def test_sentences_that_come_letter_by_letter_end_in_the_same_places(marked: str) -> None:
    chunks = list(chunks_of(marked.replace("|", "")))
    assert stream(marked.replace("|", "")) == chunks
    assert ends_of(marked.split("|")) <= ends_of(chunks)


SNIPPETS = [" ", "\n", ".", "!", "?", "…", "。", "？", ",", "，", ":", " — ", '"', "”", "»", ")", "(", "*", "[", "`"]
SNIPPETS += ["「", "」", "（", "）", "“", "„", "«", "(", "max. 5", "Str", "8 Mrd", "2. ", "VIII", "न", "น", "نعم", "네"]
SNIPPETS += ["Dr", "U.S", "p.m", "e.g", "No", "etc", "3", "14", "1,000", "Mai", "The", "I", "word", "Word", "字", "あ"]
SNIPPETS += [
    "a" * 400,
    "https://a.com/b",
    "😊",
    "- ",
    "a" * 60,
    "words and more words, " * 6,
    "字" * 90,
    "\u0301",
    "สวัส",
]
texts = st.lists(st.sampled_from(SNIPPETS), max_size=40).map("".join) | st.text(max_size=300)


@st.composite
def texts_and_cuts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text, and tokens that it was cut into anywhere."""
    text = draw(texts)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=60)))
    return text, [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(texts_and_cuts(), st.lists(st.sampled_from([0.0, 0.01, 0.2]), min_size=1))
def test_chunks_together_are_the_text(cut: tuple[str, list[str]], steps: list[float]) -> None:
    """Also when time passes between the tokens and the chunker is hurried."""
    text, tokens = cut
    chunker = SentenceChunker()
    chunks: list[str] = []
    at = 0.0
    for index, token in enumerate(tokens):
        at += steps[index % len(steps)]
        chunks += chunker.feed(token, at)
        if chunker.due_at is not None and index % 3 == 0:
            chunks += chunker.due(chunker.due_at)
        if index % 7 == 6:
            chunks += chunker.hurry()
    chunks += chunker.flush()
    assert "".join(chunks) == text
    assert all(chunks), "no empty chunk"
    assert chunker.flush() == []


@given(texts_and_cuts())
def test_tokens_do_not_matter(cut: tuple[str, list[str]]) -> None:
    text, tokens = cut
    assert stream(tokens) == stream([text]) == stream(text)


@given(texts_and_cuts())
def test_an_early_cut_moves_no_sentence_end(cut: tuple[str, list[str]]) -> None:
    """Sentences without their first clause, or hurried: they still end in the same places."""
    text, tokens = cut
    chunker = SentenceChunker()
    chunks: list[str] = []
    for index, token in enumerate(tokens):
        chunks += chunker.feed(token, at=float(index)) + chunker.hurry()
    chunks += chunker.flush()
    assert ends_of(sentences_of(text)) <= ends_of(chunks)


def ends_of(chunks: Sequence[str]) -> set[int]:
    return {sum(map(len, chunks[: index + 1])) for index in range(len(chunks))}


@given(st.lists(st.sampled_from(["word ", "some ", "Names, ", "5 ", "字", "。", "Yes. ", "because "]), max_size=200))
def test_no_chunk_of_words_is_long(words: list[str]) -> None:
    assert all(len(chunk) <= LONG_CHUNK for chunk in chunks_of("".join(words)))


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    clause = "this goes on without an end, " * 5
    chunks = list(chunks_of("Hello. But " + clause + "and on and on without any comma at all " * 3 + "until now."))
    assert chunks[0] == "Hello. "
    assert chunks[1] == "But " + clause
    assert len(chunks) == 3


def test_an_address_is_never_cut() -> None:
    address = "https://example.com/" + "a" * 2 * LONG_CHUNK
    assert list(chunks_of(f"{address} is the address.")) == [f"{address} ", "is the address."]


def test_a_word_without_end_is_cut_somewhere() -> None:
    """A model that went mad must not grow a chunk for ever."""
    assert {len(chunk) for chunk in stream(["a" * 10] * 250)} == {LONGEST_CHUNK, 500}


CLAUSES = [
    ("Sure, I can help you with that, my friend.", "Sure, I can help you with that, "),
    ("That is right: it works.", "That is right: "),
    ("One moment please; I look.", "One moment please; "),
    ("I am not sure — but maybe.", "I am not sure — "),
    ("I am not sure—but maybe.", "I am not sure—"),
    ("It has 1,000 rooms and 10:30 is fine, ok.", "It has 1,000 rooms and 10:30 is fine, "),
    ("That was on May 5, 2024, I think.", "That was on May 5, 2024, "),
    ('He said "yes, of course, my dear", and left.', 'He said "yes, of course, my dear", '),
    ("It is here (or there, maybe), I think.", "It is here (or there, maybe), "),
    ("See [the list, the whole](http://x.y), please.", "See [the list, the whole](http://x.y), "),
    ("**Please note this:** it is.", "**Please note this:** "),
    ("今日は天気がいい、とても。", "今日は天気がいい、"),
    ("はい、そうです。", None),
    ("Well, yes.", None),
    ("No clause at all in here.", None),
    ("Come at 6 p.m. Dinner, as always, is served.", "Come at 6 p.m. Dinner, as always, "),
    ("彼は「はい、そうです、ね」と、言いました。", "彼は「はい、そうです、ね」と、"),
    ("Er sagte »ja, gerne, bitte« und, ja, ging.", "Er sagte »ja, gerne, bitte« und, "),
]


@pytest.mark.parametrize(("text", "clause"), CLAUSES)
def test_the_first_clause_has_a_few_words_and_leaves_nothing_open(text: str, clause: str | None) -> None:
    end = first_clause(text)
    assert (None if end is None else text[:end]) == clause
    if clause is not None:
        assert next(chunks_of(text)) == clause


def hurried(text: str) -> str:
    """The first chunk when `text` is there at the deadline."""
    chunker = SentenceChunker()
    assert chunker.feed(text, at=1.0) == []
    return "".join(chunker.due(1.0 + FIRST_CHUNK_DELAY))


@pytest.mark.parametrize(
    ("text", "chunk"),
    [
        ("The capital of France is a big ci", "The capital of France "),
        ("You may find it at the fo", "You may find "),
        ("I talked long ago to Dr. Smi", "I talked long "),
        ("This thing costs about 5 eur", "This thing costs "),
        ("This will cost about $5", "This will cost "),
        ("Today the people love New Yor", "Today the people love "),
        ('Then they said "we will go', "Then they said "),
        ("Please have a look at [the long do", "Please have a look "),
        ("It is on top of it", "It is on top of "),
        ("That belongs to the U.S. Gov", "That belongs to the "),
        ("Two words", ""),
        ("I am", ""),
        ("今日は天気がとてもいい", ""),
        ("Come at 6 p.m. Dinner is served in the hall", "Come at 6 p.m. Dinner is served "),
        ("You can come at 6 p.m. Dinner is", "You can come "),
        ("It will be for max. 5 Personen am", "It will be for max. 5 Personen "),
        ("He asked me (really?) Bob is here", "He asked me "),
    ],
)
def test_at_the_deadline_the_first_chunk_ends_after_a_word_that_may_stand_last(text: str, chunk: str) -> None:
    assert hurried(text) == chunk


def test_the_first_chunk_is_due_a_while_after_the_first_token() -> None:
    chunker = SentenceChunker()
    assert chunker.due_at is None
    assert chunker.feed("  ", at=4.0) == []
    assert chunker.due_at is None, "white space is nothing to wait for"
    assert chunker.feed("There are many good", at=5.0) == []
    due_at = chunker.due_at
    assert due_at == 5.0 + FIRST_CHUNK_DELAY
    assert chunker.due(5.0) == [], "too early"
    assert chunker.due(due_at) == ["  There are many "]
    assert chunker.due_at is None
    assert chunker.feed(" reasons for it, and one", at=9.0) == [], "after the first chunk only whole sentences"
    assert chunker.feed(" more. So", at=9.1) == ["good reasons for it, and one more. "]
    assert chunker.due_at is None


def test_a_slow_model_is_cut_as_soon_as_it_has_a_few_words() -> None:
    """The deadline passes with one word there; the token that makes it enough brings the chunk."""
    chunker = SentenceChunker()
    assert chunker.feed("There", at=0.0) == []
    assert chunker.due(FIRST_CHUNK_DELAY) == []
    assert chunker.due_at is None, "nothing to do before the next token"
    assert chunker.feed(" were", at=0.3) == []
    assert chunker.feed(" seven", at=0.6) == []
    assert chunker.feed(" of", at=0.9) == ["There were seven "]
    assert FIRST_CHUNK_WORDS == 3


def test_hurry_gives_what_there_is_of_a_later_sentence() -> None:
    chunker = SentenceChunker()
    assert chunker.feed("Yes. There are many reasons fo", at=0.0) == ["Yes. "]
    assert chunker.hurry() == ["There are many reasons "]
    assert chunker.hurry() == []
    assert chunker.feed("r it. Ok", at=0.0) == ["for it. "]


def streamed(text: str, tokens_a_second: float = 80.0) -> list[str]:
    """The chunks of a text that comes word by word."""
    chunker, at, chunks = SentenceChunker(), 0.0, list[str]()
    for word in text.split(" "):
        chunks += chunker.feed(word + " ", at)
        while chunker.due_at is not None and chunker.due_at < at + 1 / tokens_a_second:
            chunks += chunker.due(chunker.due_at)
        at += 1 / tokens_a_second
    return chunks + chunker.flush()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Come at 6 p.m. Dinner is served in the hall.", "Come at 6 p.m. Dinner is served "),
        ("It is 10:30 a.m. EST. See you.", "It is 10:30 a.m. EST. "),
        ("We live in Washington D.C. Winters are mild there.", "We live in "),
        ("Das sind rund 8 Mrd. Menschen leben heute auf der Erde.", "Das sind rund 8 Mrd. Menschen leben heute "),
        ("Он живёт здесь уже 5 тыс. Лет прошло много с тех пор.", "Он живёт здесь "),
    ],
)
def test_the_early_cut_tears_no_first_word_off_a_sentence(text: str, first: str) -> None:
    """A word behind a mark that may have ended a sentence is never the last of the first chunk."""
    assert streamed(text)[0] == first


def test_a_long_sentence_is_cut_at_no_abbreviation() -> None:
    text = (
        "we saw him and her and them all " * 5 + "there with old Dr. Smith in the evening of that very long day we had"
    )
    assert not any(chunk.rstrip().endswith("Dr.") for chunk in chunks_of(text))


def test_a_quote_that_never_closes_does_not_rule_the_rest() -> None:
    text = "彼は「" + "行きます。" * 100
    ends = [chunk for chunk in chunks_of(text) if chunk == "行きます。"]
    assert len(ends) > 40

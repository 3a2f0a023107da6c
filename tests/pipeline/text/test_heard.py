"""How much of the written text was heard after so many seconds of audio."""

from collections.abc import Sequence
from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech import WordTime
from pipeline.text.heard import HEARD_FRACTION, SECONDS_A_LETTER, Alignment
from pipeline.text.marks import CODE_BLOCK, SILENT_TEXT, not_spoken
from pipeline.text.speakable import Speakable, SpeakableFilter
from tests.support.text import chunks_of, heard_text, heard_text_by_time, spoken_end


def reply(text: str) -> list[Speakable]:
    speakables = SpeakableFilter()
    chunks = [*map(speakables.feed, chunks_of(text)), speakables.flush()]
    return [chunk for chunk in chunks if chunk.written]


def one_a_second(words: str | Sequence[str]) -> list[WordTime]:
    """Words of one second each, without gaps."""
    return [
        WordTime(word, float(at), at + 1.0)
        for at, word in enumerate(words.split() if isinstance(words, str) else words)
    ]


def heard_after_each(text: str, words: str | Sequence[str]) -> list[str]:
    times = one_a_second(words)
    return [heard_text(reply(text), times, word.end) for word in times]


@pytest.mark.parametrize("voice", ["Well, I like New York!", "well i like new york", "WELL I LIKE NEW YORK."])
def test_words_count_with_their_punctuation_at_a_sentences_end(voice: str) -> None:
    assert heard_after_each("Well, I like New York! 😊 ", voice) == [
        "Well",
        "Well, I",
        "Well, I like",
        "Well, I like New",
        "Well, I like New York! 😊",
    ]


def test_a_word_counts_when_most_of_it_was_played() -> None:
    chunks, words = reply("Good day."), one_a_second("good day")
    assert heard_text(chunks, words, 0.0) == ""
    assert heard_text(chunks, words, 1 + HEARD_FRACTION - 0.01) == "Good"
    assert heard_text(chunks, words, 1 + HEARD_FRACTION) == "Good day."
    assert HEARD_FRACTION == 0.6


FOLLOWED = [
    ("i don ' t know", "I||| don't| know.|"),
    ("in NewYork now", "In| New York| now.|"),
    ("it costs twenty one dollars for one person", "It| costs||| **$21**| for| one| person.|"),
    ("it costs twenty one dollars", "It| costs||| $21.|"),
    ("it costs twenty one dollars okay", "It| costs||| $21,| okay?|"),
    ("i have five up cakes too", "I| have| 5 cupcakes,| up| cakes| too.|"),
    ("a state of the art fifty percent deal is it", "A| state|-of|-the|-art|| 50%| deal| is| it.|"),
    ("doctor lee is in", "Dr.| Lee| is| in.|"),
    ("I uh am here now", "I|| am| here| now.|"),
    ("I am here now", "I| really am| here| now.|"),
    ("cafe is fine ok", "Café| is| “fine”,| ok?|"),
    ("今日 は 元気 で す", "今日|は|「元気」|で|す。|"),
    ("हिन्दी में। ठीक है।", "हिन्दी| में।| ठीक| है।|"),
    ("mail bob at x dot com or see y.org today", "Mail||||| bob@x.com| or| see| https://www.y.org/z| today.|"),
    ("we sell nuts bolts and so on", "We| sell|\n- nuts|\n- bolts|\n\nand| so| on.|"),
]
"""What a voice says, and the text with a bar at the end of what was heard with each of its words."""


@pytest.mark.parametrize(("words", "marked"), FOLLOWED)
def test_words_of_the_voice_find_those_of_the_text(words: str, marked: str) -> None:
    text = marked.replace("|", "")
    *parts, _ = marked.split("|")
    assert heard_after_each(text, words) == ["".join(parts[: index + 1]) for index in range(len(parts))]


def test_two_known_words_are_enough_to_go_on_after_unknown_ones() -> None:
    """While the reply is still being spoken: what follows a strange word is heard before the end is known."""
    alignment = Alignment()
    for chunk in reply("Dr. Lee is in."):
        alignment.add_chunk(chunk)
    heard = []
    for word in one_a_second("doctor lee is in"):
        alignment.add_word(word)
        heard.append(alignment.heard(word.end))
    assert heard == ["", "", "Dr. Lee is", "Dr. Lee is in."]
    alignment = Alignment()
    for chunk in reply("I really am here."):
        alignment.add_chunk(chunk)
    for word in one_a_second("I am here"):
        alignment.add_word(word)
    assert alignment.heard(3.0) == "I really am here."


def test_words_that_overlap_count_in_the_order_of_the_text() -> None:
    words = [WordTime("one", 0.0, 1.0), WordTime("two", 0.1, 0.2), WordTime("three", 1.0, 2.0)]
    chunks = reply("One two three.")
    assert [heard_text(chunks, words, played) for played in (0.3, 0.6, 1.6)] == ["", "One two", "One two three."]


def test_a_later_sentence_is_found_after_a_long_number() -> None:
    text = "Call 1-800-555-0199 today. We are open."
    voice = "call one eight hundred five five five zero one nine nine today we are open"
    heard = heard_after_each(text, voice)
    assert heard[0] == "Call"
    assert all(part.startswith("Call") and len(part) <= len("Call 1-800-555-0199") for part in heard[:11])
    assert heard[11:] == [f"Call 1-800-555-0199 today.{end}" for end in ("", " We", " We are", " We are open.")]


def test_a_silent_chunk_counts_to_the_one_before_it() -> None:
    assert heard_after_each("Look!\n---\nGood.\n🎉\nBye.", "look good bye") == [
        "Look!\n---",
        "Look!\n---\nGood.\n🎉",
        "Look!\n---\nGood.\n🎉\nBye.",
    ]


BLOCK = "```\nx = 1\n\n# And. So. On.\n```"
CODE, RULE = not_spoken(CODE_BLOCK), not_spoken(SILENT_TEXT)


TABLE_RULE = "-" * 30 + " | " + "-" * 30


@pytest.mark.parametrize(
    ("text", "voice", "heard"),
    [
        (f"Look:\n{BLOCK}\nGood. Bye.", "look good bye", f"Look:\n{CODE}|\nGood.| Bye."),
        (f"看。\n{BLOCK}\n好。", "看 好", f"看。\n{CODE}|\n好。"),
        (f"انظر.\n{BLOCK}\nتم.", "انظر تم", f"انظر.\n{CODE}|\nتم."),
        (f"{BLOCK}\nGood. Bye.", "good bye", f"{CODE}\nGood.| Bye."),
        (f"One.\n  {BLOCK}\n\n{BLOCK}\nand two", "one and two", f"One.\n  {CODE}|\nand| two"),
        (f"Do.\n1. A:\n   {BLOCK}\n2. B", "do 1 a 2 b", f"Do.|\n1.| A:\n   {CODE}|\n2.| B"),
        ("Try: ```js\nx = 1\n``` Good.", "try good", f"Try: {CODE}| Good."),
        (f"Name | Age\n{TABLE_RULE}\nBob | 5", "name age bob 5", f"Name| ¦ Age\n{RULE}|\nBob| ¦ 5"),
    ],
)
def test_what_is_only_to_be_read_is_shown_and_never_heard(text: str, voice: str, heard: str) -> None:
    """A short note stands in its place in what was heard, with the word before it. "¦" is a bar in the text."""
    alignment = Alignment()
    for chunk in reply(text):
        alignment.add_chunk(chunk)
    words = one_a_second(voice)
    for word in words:
        alignment.add_word(word)
    parts = [part.replace("¦", "|") for part in heard.split("|")]
    assert [alignment.heard(word.end) for word in words] == ["".join(parts[: end + 1]) for end in range(len(parts))]
    assert alignment.shown(100) == text


def test_a_silent_chunk_at_the_beginning_waits_for_the_first_word() -> None:
    chunks, words = reply("🎉!\nHi there."), one_a_second("hi there")
    assert heard_text(chunks, words, 0.5) == ""
    assert heard_text(chunks, words, 1) == "🎉!\nHi"


def test_without_word_times_letters_share_the_time() -> None:
    chunks = [(chunk, 2.0 * index, 2.0 * index + 1) for index, chunk in enumerate(reply("Aaaa bbbb. Cc dddddd."))]
    assert heard_text_by_time(chunks, 0.2) == ""
    assert heard_text_by_time(chunks, 0.31) == "Aaaa"
    assert heard_text_by_time(chunks, 0.79) == "Aaaa"
    assert heard_text_by_time(chunks, 0.81) == heard_text_by_time(chunks, 2.1) == "Aaaa bbbb."
    assert heard_text_by_time(chunks, 2.2) == "Aaaa bbbb. Cc"
    assert heard_text_by_time(chunks, 3) == "Aaaa bbbb. Cc dddddd."


def test_what_was_said_of_a_chunk_that_is_not_whole_is_guessed_by_the_pace_of_the_one_before() -> None:
    """And has no effect on what is known of it later, but that what was heard never shrinks."""
    first, second = reply("Aaaa bbbb. Cc dddddd.")
    alignment = Alignment()
    alignment.add_chunk(first)
    alignment.guess(0.0, 0.6 * 4 * SECONDS_A_LETTER - 0.01)
    assert alignment.heard(9) == ""
    alignment.guess(0.0, 0.6 * 4 * SECONDS_A_LETTER + 0.01)
    assert alignment.heard(9) == "Aaaa"
    alignment.spread(0.0, 4.0)
    assert (alignment.heard(3.1), alignment.heard(3.3)) == ("Aaaa", "Aaaa bbbb.")
    alignment.add_chunk(second)
    alignment.guess(5.0, 5.7)
    assert (alignment.heard(5.5), alignment.heard(5.7)) == ("Aaaa bbbb.", "Aaaa bbbb. Cc")
    assert alignment.restart() == (4.0, "Cc dddddd.")
    alignment.spread(6.0, 14.0)
    assert (alignment.heard(5.7), alignment.heard(11.5)) == ("Aaaa bbbb. Cc", "Aaaa bbbb. Cc")
    assert alignment.heard(11.7) == "Aaaa bbbb. Cc dddddd."


def test_words_that_are_never_found_do_not_stop_the_text() -> None:
    """A voice that reports in another script: its words share the text by their length."""
    text = "word " * 60 + "end."
    alignment = Alignment()
    for chunk in reply(text):
        alignment.add_chunk(chunk)
    for word in one_a_second(["слов"] * 60):
        alignment.add_word(word)
    assert alignment.heard(20.0) == ("word " * 20).strip()


WRITTEN = [
    "word",
    "Word.",
    "one",
    "two,",
    "$21",
    "don't",
    "**bold**",
    "😊",
    "字字",
    "あ。",
    "New",
    "York",
    "5",
    "\n-",
    "\n",
]
SPOKEN = ["word", "one", "two", "twenty", "don", "t", "bold", "字", "NewYork", "'", "5", "um"]
texts = st.lists(st.sampled_from(WRITTEN) | st.text(max_size=8), min_size=1, max_size=25).map(" ".join)
voices = st.lists(st.sampled_from(SPOKEN) | st.text(max_size=6), max_size=30)


@st.composite
def times(draw: st.DrawFn, words: Sequence[str]) -> list[WordTime]:
    """Words in order, with gaps and overlaps."""
    at = 0.0
    found: list[WordTime] = []
    for word in words:
        at += draw(st.sampled_from([0.0, 0.1, 0.5]))
        found.append(WordTime(word, at, at + draw(st.sampled_from([0.0, 0.2, 0.7]))))
    return found


@st.composite
def spoken_replies(draw: st.DrawFn) -> tuple[str, list[WordTime]]:
    """A text and the words of a voice that says it, more or less."""
    text = draw(texts)
    faithful = draw(st.booleans())
    words = [word for chunk in reply(text) for word in chunk.text.split()] if faithful else draw(voices)
    return text, draw(times(words))


@given(spoken_replies())
def test_what_is_heard_grows_to_the_whole_text(spoken: tuple[str, list[WordTime]]) -> None:
    text, words = spoken
    chunks = reply(text)
    end = max((word.end for word in words), default=0.0)
    heard = [heard_text(chunks, words, played) for played in (*(end * step / 20 for step in range(20)), end)]
    assert heard[0] == ""
    assert all(text.strip().startswith(part) and part == part.strip() for part in heard)
    assert [len(part) for part in heard] == sorted(len(part) for part in heard)
    if end > 0 and any(chunk.text for chunk in chunks):
        assert heard[-1] == text.strip()


@given(spoken_replies())
def test_it_is_known_when_more_will_have_been_heard(spoken: tuple[str, list[WordTime]]) -> None:
    text, words = spoken
    alignment = Alignment()
    for chunk in reply(text):
        alignment.add_chunk(chunk)
    for word in words:
        alignment.add_word(word)
    played = 1e-9
    told = alignment.heard(played)
    while (at := alignment.grows_at(played)) is not None:
        assert at > played
        assert alignment.heard(nextafter(at, 0.0)) == told
        played, told = at, alignment.heard(at)
    assert told == alignment.heard(1e9)


@given(spoken_replies(), st.data())
def test_what_was_heard_never_shrinks_when_more_is_added(
    spoken: tuple[str, list[WordTime]], data: st.DataObject
) -> None:
    text, words = spoken
    chunks, alignment, before = reply(text), Alignment(), [0] * 12
    steps: list[Speakable | WordTime] = [*chunks, *words]
    if data.draw(st.booleans()):
        steps = [step for pair in zip(chunks, words, strict=False) for step in pair]
    for step in steps:
        if isinstance(step, Speakable):
            alignment.add_chunk(step)
        else:
            alignment.add_word(step)
        after = [alignment.heard_end(played / 2) for played in range(12)]
        assert all(new >= old for new, old in zip(after, before, strict=True))
        before = after
    alignment.finish()
    assert all(alignment.heard_end(played / 2) >= old for played, old in enumerate(before))


@given(texts)
def test_a_faithful_voice_is_followed_word_by_word(text: str) -> None:
    """Each word as the text has it: what was heard by its end is the text up to that word."""
    chunks = reply(text)
    alignment = Alignment()
    for chunk in chunks:
        alignment.add_chunk(chunk)
    offset = at = 0
    for chunk in chunks:
        position = 0
        for word in chunk.text.split():
            position = chunk.text.index(word, position) + len(word)
            at += 1
            alignment.add_word(WordTime(word, at - 1.0, float(at)))
            heard = spoken_end(chunk, alignment.heard_end(float(at)) - offset)
            missing, beyond = chunk.text[heard:position], chunk.text[position:heard]
            assert not any(map(str.isalnum, missing + beyond)), "the whole word counts, and no other"
        offset += len(chunk.written)


@given(texts, st.lists(st.floats(0, 5), min_size=2, max_size=30))
def test_by_time_too_what_is_heard_grows_to_the_whole_text(text: str, durations: list[float]) -> None:
    at = 0.0
    spans: list[tuple[Speakable, float, float]] = []
    for index, chunk in enumerate(reply(text)):
        duration = durations[index % len(durations)] if chunk.text else 0.0
        spans.append((chunk, at, at + duration))
        at += duration
    heard = [heard_text_by_time(spans, at * step / 20) for step in range(21)]
    assert heard[0] == ""
    assert [len(part) for part in heard] == sorted(len(part) for part in heard)
    assert all(text.strip().startswith(part) for part in heard)
    if at > 0:
        assert heard_text_by_time(spans, at + 1e-6) == text.strip()


@pytest.mark.parametrize(
    ("text", "voice", "until", "rest"),
    [
        ("Well, I like it.", "", 0, "Well, I like it."),
        ("Well, I like it.", "well i", 2, "like it."),
        ("Well, I like it.", "well i like it", 4, ""),
        ("Pay $21 now.", "pay twenty one", 1, "$21 now."),
        ("Pay $21 now. Or then.", "pay twenty one dollars now or", 6, "then."),
        ("I don't know.", "i don", 1, "don't know."),
        ("A state-of-the-art deal.", "a state of", 3, "-the-art deal."),
        ("I like **New York** and `code`.", "i like new", 3, "York and code."),
    ],
)
def test_a_voice_that_begins_anew_goes_on_after_the_last_whole_word(
    text: str, voice: str, until: float, rest: str
) -> None:
    alignment = Alignment()
    for chunk in reply(text):
        alignment.add_chunk(chunk)
    for word in one_a_second(voice):
        alignment.add_word(word)
    heard = alignment.heard(100)
    assert alignment.restart() == (until, rest)
    assert alignment.heard(100) == heard
    for at, token in enumerate(rest.split(), start=10):
        alignment.add_word(WordTime(token, at, at + 1))
        assert len(alignment.heard(100)) > len(heard), f"{token} is found at once"
        heard = alignment.heard(100)
    alignment.finish()
    assert alignment.heard(100) == text


def test_words_are_those_that_were_written_each_with_its_place_in_the_audio() -> None:
    """Whatever the voice makes of them; a comma stands with its word, though it counts as heard with the next one."""
    alignment = Alignment()
    for chunk in reply("It costs $21, today."):
        alignment.add_chunk(chunk)
    for word in one_a_second("it costs twenty one dollars today"):
        alignment.add_word(word)
    alignment.finish()
    places = [("It", 0.0, 1.0), ("costs", 1.0, 2.0), ("$21,", 2.0, 5.0), ("today.", 5.0, 6.0)]
    assert [(word.text, word.start, word.end) for word in alignment.text.words(100.0)] == places
    assert [word.text for word in alignment.text.words(1.7)] == ["It", "costs"]
    assert alignment.text.words(0.0) == ()

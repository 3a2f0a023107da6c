"""Where in time the words of a reply were heard."""

from itertools import pairwise

import pytest

from pipeline.recording.reply_places import ReplyPlaces
from pipeline.speech import WordTime
from pipeline.text.heard import Alignment
from pipeline.text.speakable import Speakable

RATE = 1000


def test_words_lie_where_their_audio_was_played() -> None:
    places = ReplyPlaces(RATE)
    for frame in range(10):
        places.played(5.0 + frame * 0.1, 100, frame * 100)
    one, two = places.finish([WordTime("one", 0.2, 0.4), WordTime("two", 0.5, 0.9)])
    assert (one.text, two.text) == ("one", "two")
    assert (one.start, one.end, two.start, two.end) == pytest.approx((5.2, 5.4, 5.5, 5.9))
    assert places.finish([WordTime("one", 0.2, 0.4)]) == ()  # of the next reply nothing was played


def test_a_word_that_is_said_again_after_a_hold_counts_then() -> None:
    places = ReplyPlaces(RATE)
    places.played(5.0, 600, 0)  # silent in the middle of "two"...
    places.played(8.0, 500, 500)  # ...and said again from its start
    words = [WordTime("one", 0.2, 0.4), WordTime("two", 0.5, 0.9)]
    assert [word.start for word in places.finish(words)] == pytest.approx([5.2, 8.0])


def test_words_are_those_that_were_written_and_heard() -> None:
    alignment = Alignment()
    alignment.add_chunk(_chunk("It costs $21, today."))
    said = ["It", "costs", "twenty", "one", "dollars", "today"]
    for number, word in enumerate(said):
        alignment.add_word(WordTime(word, number * 1.0, number + 0.9))
    alignment.finish()
    heard = alignment.text.words(100.0)
    assert " ".join(word.text for word in heard) == "It costs $21, today."
    assert (heard[0].start, heard[0].end, heard[-1].end) == (0.0, 0.9, 5.9)
    assert all(one.start <= following.start for one, following in pairwise(heard))
    assert [word.text for word in alignment.text.words(1.7)] == ["It", "costs"]
    assert alignment.text.words(0.0) == ()


def _chunk(text: str) -> Speakable:
    return Speakable(text, text, range(len(text) + 1))

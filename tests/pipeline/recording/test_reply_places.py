"""Where in time the words of a reply were heard."""

import pytest

from pipeline.recording.reply_places import ReplyPlaces
from pipeline.speech import WordTime

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

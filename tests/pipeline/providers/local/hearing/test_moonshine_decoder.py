"""When an utterance is recognized, and what becomes final.

The model here reads words off the loudness of the sound.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.local.hearing import moonshine_child
from pipeline.providers.local.hearing.moonshine_child import CUT_SEARCH, LONGEST, SILENCE, MoonshineDecoder, are_words
from pipeline.providers.local.hearing.moonshine_model import Float, Hypothesis, never
from pipeline.providers.local.hearing.transcriber_child import RATE, TranscriptFields
from vad.protocol import WINDOW, Pcm

WORDS = ("<unk>", "<s>", "</s>", " How", " old", " is", " the", " bridge", "?", ".")
MARK = {"?": WORDS.index("?"), ".": WORDS.index(".")}
SECOND = RATE // WINDOW
"""Windows of one second, more or less."""


class Reader:
    """A model to which each word is a loudness of its own: 100 times its token."""

    def __init__(self, certainty: float = -0.1, cost: float = 0.0) -> None:
        self.certainty, self.cost = certainty, cost
        self.clock = 0.0
        self.asked_at: list[float] = []
        self.asked: list[tuple[float, list[int], list[int]]] = []
        """Seconds of sound, the tokens given, and the draft, of each time that it was asked."""

    def recognize(
        self, sound: Float, *, given: Sequence[int], draft: Sequence[int], stop: Callable[[], bool]
    ) -> Hypothesis | None:
        self.asked_at.append(self.clock)
        self.asked.append((len(sound) / RATE, list(given), list(draft)))
        self.clock += self.cost
        if stop():
            return None
        levels = np.rint(sound * 32768 / 100).astype(int)
        tokens = [int(level) for level, before in zip(levels, [0, *levels], strict=False) if level not in (0, before)]
        new = tokens[len(given) :]
        return Hypothesis(tuple(new), (self.certainty,) * (len(new) + 1))

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(WORDS[token] for token in tokens)


class Loudness:
    """A detector that takes for speech what is not silent; loudness 10 is half of it."""

    def probability(self, window: Pcm) -> float:
        return {0: 0.02, 10: 0.4}.get(int(window.max()), 0.98)

    def reset(self) -> None: ...


class Stream:
    """One decoder, what it is played, and what it answers."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = reader or Reader()
        self.decoder = MoonshineDecoder(self.reader, Loudness(), lambda: self.reader.clock)
        self.answers: list[TranscriptFields] = []
        self.play(None, SECOND)  # as nothing that begins with its stream counts at once

    def play(self, word: str | None, windows: int = 8, *, level: int = 0, looks: bool = False) -> None:
        """Play a word, or silence; with `looks` there is time between two windows."""
        loudness = WORDS.index(word) * 100 if word else level
        for _ in range(windows):
            self._take(self.decoder.hear(np.full(WINDOW, loudness, dtype="<i2").tobytes()))
            self.reader.clock += WINDOW / RATE
            if looks:
                self._take(self.decoder.catch_up(never))

    def say(self, text: str, **options: bool) -> None:
        for word in text.split():
            self.play(" " + word, **options)

    def _take(self, answers: Iterable[TranscriptFields]) -> None:
        self.answers += answers

    @property
    def interims(self) -> list[str]:
        return [answer["text"] for answer in self.answers if not answer["is_final"]]

    @property
    def finals(self) -> list[str]:
        return [answer["text"] for answer in self.answers if answer["is_final"] and answer["text"]]


def test_words_are_final_when_they_are_asked_for() -> None:
    stream = Stream()
    stream.say("How old")
    stream.play(None, 4)
    answer = stream.decoder.finalize()
    assert (answer["text"], answer["is_final"]) == ("How old", True)
    start = SECOND * WINDOW / RATE
    middle, end = start + 8 * WINDOW / RATE, start + 16 * WINDOW / RATE
    assert answer["words"] == [("How", start, pytest.approx(middle)), ("old", pytest.approx(middle), end)]
    assert answer["end"] == pytest.approx(end + 4 * WINDOW / RATE)


def test_what_follows_a_short_pause_goes_on_from_what_is_final() -> None:
    stream = Stream()
    stream.say("How old")
    stream.play(".", 2)
    stream.play(None, 4)
    assert stream.decoder.finalize()["text"] == "How old."
    stream.say("is the")
    stream.play(None, 4)
    reader = stream.reader
    stream.decoder.finalize()
    _, given_tokens, _ = reader.asked[-1]
    assert reader.text(given_tokens) == " How old"  # without the mark, which was set for the pause


def test_what_follows_a_long_pause_begins_anew() -> None:
    stream = Stream()
    stream.say("How old")
    stream.play(None, 4)
    stream.decoder.finalize()
    stream.play(None, round(SILENCE * SECOND) + 2)
    stream.say("is the")
    stream.play(None, 4)
    answer = stream.decoder.finalize()
    duration, given_tokens, _ = stream.reader.asked[-1]
    assert (answer["text"], given_tokens) == ("is the", [])
    assert duration < 1.5


def test_an_utterance_that_nobody_finalizes_ends_by_itself_once() -> None:
    stream = Stream()
    stream.say("How old")
    stream.play(None, 2 * SECOND)
    assert stream.finals == ["How old"]
    assert stream.decoder.finalize()["text"] == ""


def test_interims_grow_with_the_speech_and_have_no_mark_in_its_midst() -> None:
    stream = Stream()
    stream.play(" How", looks=True)
    stream.play("?", 10, looks=True)
    stream.play(" old", 10, looks=True)
    assert stream.interims[0] == "How"
    assert "How? old" in stream.interims
    assert not [text for text in stream.interims if text.endswith("?")]


def test_interims_take_a_share_of_the_processor_at_most() -> None:
    """A model that takes half a second each time: one in two seconds, however long the speech."""
    stream = Stream(Reader(cost=0.5))
    stream.say("How old is the bridge " * 6, looks=True)
    asked_at = stream.reader.asked_at
    assert len(asked_at) >= 3
    assert min(later - sooner for sooner, later in pairwise(asked_at)) >= 0.5 / moonshine_child.SHARE


def test_the_end_of_speech_is_recognized_before_it_is_asked_for() -> None:
    stream = Stream()
    stream.say("How old", looks=True)
    stream.play("?", 2, looks=True)
    stream.play(None, 1, looks=True)
    assert stream.interims[-1] == "How old?"
    asked = len(stream.reader.asked)
    stream.play(None, 3, looks=True)
    assert stream.decoder.finalize()["text"] == "How old?"
    assert len(stream.reader.asked) == asked


def test_an_interim_gives_way_to_who_waits_for_an_answer() -> None:
    stream = Stream()
    stream.say("How old")
    assert list(stream.decoder.catch_up(lambda: True)) == []
    assert stream.decoder.finalize()["text"] == "How old"


def test_the_last_words_are_the_guess_for_the_next_ones() -> None:
    stream = Stream()
    stream.say("How old", looks=True)
    stream.say("is", looks=True)
    assert [stream.reader.text(draft) for _, _, draft in stream.reader.asked[-2:]] != ["", ""]


def test_long_speech_is_cut_where_it_is_the_least_like_speech() -> None:
    """Nothing is lost, doubled or kept for ever."""
    stream = Stream()
    for _ in range(round(LONGEST * SECOND / 80) + 1):
        stream.say("How old is the bridge")
        stream.play(" How", 40)
    first = len(stream.finals)
    assert first == 1
    stream.play(" old", round((CUT_SEARCH - 1) * SECOND))
    stream.play(None, 1, level=10)  # a breath
    stream.play(" is", round(2 * LONGEST * SECOND))
    stream.play(None, 2 * SECOND)
    assert stream.finals[-1] == "is"
    assert max(duration for duration, _, _ in stream.reader.asked) <= LONGEST + 1
    ends = [answer["end"] for answer in stream.answers]
    assert ends == sorted(ends)
    times = [time for answer in stream.answers for _, start, end in answer["words"] for time in (start, end)]
    assert times == sorted(times)


def test_words_of_which_the_model_is_unsure_are_none_and_nothing_goes_on_from_them() -> None:
    stream = Stream(Reader(certainty=-1.5))
    stream.say("How old")
    stream.play(None, 4)
    assert stream.decoder.finalize()["text"] == ""
    stream.reader.certainty = -0.1
    stream.say("is the")
    stream.play(None, 4)
    assert stream.decoder.finalize()["text"] == "is the"


def test_silence_costs_no_recognition_and_is_reported_now_and_then() -> None:
    stream = Stream()
    stream.play(None, 60 * SECOND, looks=True)
    assert stream.reader.asked == []
    assert {answer["text"] for answer in stream.answers} == {""}
    assert 60 <= len(stream.answers) <= 180


def test_a_click_is_not_recognized() -> None:
    stream = Stream()
    stream.play(" How", 1)
    stream.play(None, 2 * SECOND, looks=True)
    assert stream.reader.asked == []


@given(st.lists(st.integers(1, 5000), max_size=30))
def test_pieces_of_any_size_come_to_the_same(sizes: list[int]) -> None:
    whole, cut = Stream(), Stream()
    sound = np.concatenate([np.full(8 * WINDOW, 100 * token, dtype="<i2") for token in (3, 4, 0)]).tobytes()
    whole.answers += whole.decoder.hear(sound)
    for size in sizes:
        cut.answers += cut.decoder.hear(sound[:size])
        sound = sound[size:]
    cut.answers += cut.decoder.hear(sound)
    assert cut.answers == whole.answers
    assert cut.decoder.finalize() == whole.decoder.finalize()


@pytest.mark.parametrize(
    ("certainties", "duration", "probability", "expected"),
    [
        ((-0.1, -0.2), 0.3, 0.99, True),
        ((-0.1, -0.2), 0.06, 0.99, False),  # a click
        ((-0.1, -0.2), 0.3, 0.8, True),  # "Not now." after a long silence
        ((-0.1, -0.2), 0.3, 0.5, False),
        ((-0.1,) * 5 + (-1.2,), 0.3, 0.8, False),  # "Mm-hmm" out of a café
        ((-0.1,) * 5 + (-1.2,), 0.3, 0.95, True),
        ((-0.9, -0.9), 0.3, 0.99, False),
        ((-1.8, -0.1, -0.1), 0.3, 0.99, False),
        ((-0.1,) * 8 + (-2.5,), 2.0, 0.99, True),  # a rare name in a long sentence
        ((-0.01,), 1.0, 0.99, False),  # the model is sure that there is nothing
    ],
)
def test_how_sure_the_model_must_be(
    certainties: tuple[float, ...], duration: float, probability: float, expected: bool
) -> None:
    found = Hypothesis((3,) * (len(certainties) - 1), certainties)
    assert are_words(found, duration, probability) is expected

"""What the simulated transcriber makes of audio that has been through a room."""

from random import Random

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, Pcm, silence
from tests.support.providers.deepgram import Transcriber
from tests.support.providers.profile import FIXED
from tests.support.sentences import WORD, sentence
from tests.support.tone_code import MARKED, codebook

SPOKEN = sentence("Yes please.")
PAUSE = silence(LISTEN_RATE // 2)


def recognized(audio: Pcm, asks_at: float | None = None) -> list[str]:
    """The finals, with what is asked for after so many seconds among them."""
    transcriber = Transcriber(codebook(["Yes", "please."]), FIXED, Random(0), endpointing=None, band=MARKED)
    finals = []
    for at in range(0, len(audio), LISTEN_RATE // 50):
        if asks_at is not None and at == round(asks_at * LISTEN_RATE):
            finals.append(transcriber.result(is_final=True, from_finalize=True))
        transcriber.feed(audio[at : at + LISTEN_RATE // 50].tobytes())
    finals.append(transcriber.finish())
    texts = [final["channel"]["alternatives"][0]["transcript"] for final in finals]
    return [text for text in texts if text]


def torn(at: float, hole: float) -> Pcm:
    """The sentence with a hole in it, as a stall of its speaker makes one."""
    place = round(at * LISTEN_RATE)
    return np.concatenate([SPOKEN[:place], silence(round(hole * LISTEN_RATE)), SPOKEN[place:], PAUSE])


@pytest.mark.parametrize("hole", [0.03, 0.06, 0.1, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("into", [0.1, 0.2, 0.3])
def test_a_word_that_a_stall_tears_is_one_word(into: float, hole: float) -> None:
    assert recognized(torn(WORD + into, hole)) == ["Yes please."]


def test_a_word_that_several_stalls_tear_is_one_word() -> None:
    """What is missing is drawn out of what came before, so that the parts are longer than the word was."""
    drawn = round(0.06 * LISTEN_RATE)
    pieces = np.split(SPOKEN, [round((WORD + into) * LISTEN_RATE) for into in (0.1, 0.2, 0.3)])
    parts = [np.concatenate([piece, piece[-drawn:], PAUSE[: LISTEN_RATE // 10]]) for piece in pieces]
    assert recognized(np.concatenate([*parts, PAUSE])) == ["Yes please."]


def test_what_is_asked_for_in_the_hole_is_told_once() -> None:
    """A detector may take it for a pause."""
    assert recognized(torn(WORD + 0.2, 0.24), asks_at=WORD + 0.4) == ["Yes please."]


def test_a_word_that_is_said_twice_is_two() -> None:
    again = SPOKEN[round(WORD * LISTEN_RATE) :]
    assert recognized(np.concatenate([SPOKEN, silence(LISTEN_RATE // 10), again, PAUSE])) == ["Yes please. please."]
    assert recognized(np.concatenate([SPOKEN, SPOKEN, PAUSE])) == ["Yes please. Yes please."]

"""A text that is twice as long takes twice the work, whatever stands in it, token by token."""

from time import thread_time

import pytest

from pipeline.speech import WordTime
from pipeline.text.heard import Alignment
from pipeline.text.reasoning import ReasoningFilter
from tests.support.text import speakables

SIZE, FACTOR = 600, 4
"""Tokens of the shorter text, and how much longer the other one is."""

MOST = 9.0
"""Times the work for the longer text: 4 when it is linear, 16 when it is quadratic."""

TOKENS = [
    " ",
    "\n",
    " \n ",
    "... ",
    "!)",
    "`",
    "|",
    "[",
    "](",
    "<a ",
    "<!--",
    "\\(",
    "$x ",
    "\\frac{",
    "😊",
    "字",
    "e.g. ",
    "word ",
]


def work(tokens: list[str]) -> float:
    """Seconds of CPU for a text, all the way from the model to what was heard."""
    began_at = thread_time()
    reasoning, alignment, at = ReasoningFilter(), Alignment(), 0.0
    for chunk in speakables([reasoning.feed(token) for token in tokens] + [reasoning.flush()], 0.01):
        alignment.add_chunk(chunk)
        for word in chunk.text.split():
            alignment.add_word(WordTime(word, at, at + 0.3))
            at += 0.3
    alignment.finish()
    alignment.heard(at)
    return thread_time() - began_at


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_without_end_costs_the_same_each_time(token: str) -> None:
    """The lowest of up to three ratios counts, as other work on the machine can only make one higher."""
    short, long = ["Some ", "words", *[token] * SIZE], ["Some ", "words", *[token] * SIZE * FACTOR]
    ratios: list[float] = []
    while len(ratios) < 3 and min(ratios, default=MOST) >= MOST:
        ratios.append(work(long) / work(short))
    assert min(ratios) < MOST, f"{token!r}: {ratios}"

"""What a person says in a room: vowels that a detector takes for speech, marked with the words they stand for."""

from random import Random

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.speech import WordTime
from tests.support.tone_code import overlay
from tests.support.vowels import vowels

LETTERS = "aei"
"""The vowels whose beginning the Silero model hears at once; with o and u it takes up to 0.6 s, or misses it."""

VOWEL = 0.2
"""Seconds of a vowel with its fade."""

WORD = 2 * VOWEL
GAP = 0.04


def sentence(text: str, seed: int = 0) -> Pcm:
    """A sentence at LISTEN_RATE, 0.4 s a word, without a pause."""
    letters, times = Random(seed), []
    words = text.split()
    for index, word in enumerate(words):
        times.append(WordTime(word, index * WORD, (index + 1) * WORD - GAP))
    return overlay(vowels("".join(letters.choices(LETTERS, k=2 * len(words)))), LISTEN_RATE, times)

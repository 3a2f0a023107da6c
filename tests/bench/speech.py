"""What the caller of the benchmark says: sentences, and a voice for them that the bot's speech detector knows at once.

The voice glides from vowel to vowel, ten a second. Of 120 sentences, after silences of 1 to 4 s, Silero took each for
one piece, found 106 beginnings within 30 ms and the others within 210 (of recorded speech half within 30 and 95 %
within 173, see `vad.gate`), and all ends within 50. Separate vowels of 0.2 s it sometimes missed until the second, and
espeak-ng's voice it took to pieces. The words are marked with the tone code, which the simulated transcriber reads.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.speech import WordTime
from tests.support.tone_code import codebook, overlay, words_of
from tests.support.vowels import BANDWIDTHS, FORMANTS, LEVELS

T = TypeVar("T")
Float = npt.NDArray[np.float64]

VOWEL, PITCH, DIP = 0.10, 150.0, 0.85
"""Seconds of a vowel; Hz; the part of its level that the voice loses between two vowels."""

BEGINNING = "io"
"""Noticed sooner than all others: after another letter than i mostly 50 to 90 ms later, and some only after 0.7 s."""

PEAK, FADE = 10_000, 0.02
"""Of 32767; seconds."""

PAUSES = (0.4, 1.0)
"""Seconds of silence in mid-sentence, at least and at most."""

QUICK_REQUEST, SLOW_REQUEST = "Look it up quickly.", "Look it up slowly."
"""What it calls a tool for: one that takes no time, and one that takes three seconds."""

TALE_REQUEST = "Tell me a long tale."
"""What the simulated language model answers with one (`tests.support.providers.openai.brief_reply`)."""


@dataclass(frozen=True)
class Utterance:
    """Something to play: it begins with its first sound and ends with its last one."""

    text: str
    """What a transcriber makes of it; empty for a cough."""
    pcm: Pcm
    """At LISTEN_RATE."""
    pause: tuple[float, float] | None = None
    """Where the speaker thinks, seconds from the beginning."""


# A word that ends a sentence stands nowhere else: the simulated transcriber knows one spelling of each, with its mark.
_QUESTIONS = (
    "What is the price of the",
    "Do you still have that",
    "Where did I put my",
    "How heavy is this",
    "Who sold you the",
    "When can I pick up the",
    "Which of them comes with a",
    "Is it possible to return the",
)
_ASKED_FOR = "lamp? bicycle? sofa? mirror? carpet? camera? ladder? violin? tent? piano? kettle? hammer?"
_STATEMENTS = (
    "I am looking for a",
    "Kindly send me the",
    "My neighbour wants the",
    "We have already paid for the",
    "You forgot to deliver the",
    "They promised us a",
)
_STATED = "blanket. curtain. basket. bottle. pillow. saddle. bucket. helmet. ribbon. candle. needle. statue."
_KINDS = "red small old cheap heavy wooden quiet second broken bright"
_SINGLE = ("Yes.", "Tomorrow.", "Seven.", "Never.", "Anything?", "Everybody.", "Hungarian.", "Upstairs.")
_UNFINISHED = (
    "I would like to",
    "Can you tell me the",
    "My address is",
    "We are going to",
    "The number starts with",
    "It was bought by my",
    "He said that",
    "I need it because",
)
_CONTINUED = (
    "order a table.",
    "color of the roof.",
    "twelve river street.",
    "move to Lisbon.",
    "four and nine.",
    "favourite aunt.",
    "nobody was home.",
    "winter is near.",
)
_BARGE_INS = ("Stop it now.", "Wait, that is wrong.", "No, I meant the other one.", "Hold on a moment.")
_BACKCHANNELS = ("Mhm.", "Okay.", "Yeah.", "Right.")


class Phrasebook:
    """Sentences of one seed, none of them twice until all have been said."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._seed = seed
        complete = [
            f"{head} {kind} {end}"
            for heads, ends in ((_QUESTIONS, _ASKED_FOR), (_STATEMENTS, _STATED))
            for head in heads
            for kind in _KINDS.split()
            for end in ends.split()
        ]
        paused = [(head, end) for head in _UNFINISHED for end in _CONTINUED]
        self._complete, self._single = self._shuffled(complete), self._shuffled(_SINGLE)
        self._paused = self._chance.sample(paused, len(paused))
        self._barge_ins = self._shuffled(_BARGE_INS)
        self._backchannels = self._shuffled(_BACKCHANNELS)
        self._number = 0
        codebook(vocabulary())  # raises ValueError when two words sound the same

    def complete(self) -> Utterance:
        """A whole sentence; every eighth is of one word, and some have only half of their words' usual number."""
        kind = self._chance.random()
        if kind < 1 / 8:
            return self._spoken(_taken(self._single))
        sentence = _taken(self._complete)
        if kind < 3 / 8:  # the end of one: "red small lamp?"
            return self._spoken(" ".join(sentence.split()[-2:]).capitalize())
        return self._spoken(sentence)

    def paused(self) -> Utterance:
        """A sentence whose speaker stops in the middle of it, where nobody would take it for finished."""
        head, end = _taken(self._paused)
        first, rest = self._spoken(head), self._spoken(end)
        duration = self._chance.uniform(*PAUSES)
        begins = len(first.pcm) / LISTEN_RATE
        pcm = np.concatenate([first.pcm, silence(round(duration * LISTEN_RATE)), rest.pcm])
        return Utterance(f"{head} {end}", pcm, (begins, begins + duration))

    def tale_request(self) -> Utterance:
        """What makes the bot speak for long."""
        return self._spoken(TALE_REQUEST)

    def quick_request(self) -> Utterance:
        """What has the bot call an instant tool."""
        return self._spoken(QUICK_REQUEST)

    def slow_request(self) -> Utterance:
        """What has the bot call a tool that takes three seconds."""
        return self._spoken(SLOW_REQUEST)

    def barge_in(self) -> Utterance:
        """Words that are meant to end what the bot says."""
        return self._spoken(_taken(self._barge_ins))

    def backchannel(self) -> Utterance:
        """One word that is not."""
        return self._spoken(_taken(self._backchannels))

    def cough(self) -> Utterance:
        """A sound of a voice without a word."""
        return Utterance("", voice(self._chance.choice((3, 4)), self._next_seed()))

    def _spoken(self, text: str) -> Utterance:
        return Utterance(text, spoken(text, self._next_seed()))

    def _next_seed(self) -> int:
        self._number += 1
        return self._seed * 1_000_003 + self._number

    def _shuffled(self, texts: Sequence[str]) -> list[str]:
        return self._chance.sample(texts, len(texts))


def _taken(supply: list[T]) -> T:
    """The first one, which is then the last."""
    supply.append(first := supply.pop(0))
    return first


def vocabulary() -> list[str]:
    """Every word that the caller may say, as the transcriber is to write it."""
    texts = [*_QUESTIONS, _ASKED_FOR, *_STATEMENTS, _STATED, _KINDS, *_SINGLE, *_UNFINISHED, *_CONTINUED]
    return words_of(" ".join([*texts, *_BARGE_INS, *_BACKCHANNELS, TALE_REQUEST, QUICK_REQUEST, SLOW_REQUEST]))


def spoken(text: str, seed: int) -> Pcm:
    """A sentence at LISTEN_RATE, its words marked: two to five vowels a word, by its letters."""
    times: list[WordTime] = []
    vowels = 0
    for word in words_of(text):
        count = min(max((len(word) + 1) // 2, 2), 5)
        times.append(WordTime(word, vowels * VOWEL, (vowels + count) * VOWEL))
        vowels += count
    return overlay(voice(vowels, seed), LISTEN_RATE, times)


def voice(vowels: int, seed: int) -> Pcm:
    """So many vowels, no letter twice in a row; at the head BEGINNING."""
    chance = np.random.default_rng(seed)
    letters = BEGINNING[:vowels]
    while len(letters) < vowels:
        letters += chance.choice([letter for letter in FORMANTS if letter != letters[-1]])
    time = np.arange(round(vowels * VOWEL * LISTEN_RATE)) / LISTEN_RATE
    sound = np.zeros_like(time)
    phase = 2 * np.pi * np.cumsum(_pitch(time, time[-1])) / LISTEN_RATE
    coarse = np.linspace(0, time[-1], 20 * vowels)  # the formants move slowly: the caller's loop must not wait for this
    centres = (np.arange(vowels) + 0.5) * VOWEL
    formants = [np.interp(coarse, centres, column) for column in np.array([FORMANTS[letter] for letter in letters]).T]
    for harmonic in range(1, int(4000 / PITCH)):
        level = sum(
            gain / (1 + ((harmonic * _pitch(coarse, time[-1]) - formant) / width) ** 2)
            for formant, width, gain in zip(formants, BANDWIDTHS, LEVELS, strict=True)
        )
        sound += np.interp(time, coarse, level) * harmonic**-0.3 * np.sin(harmonic * phase)
    sound *= 1 - DIP * (0.5 + 0.5 * np.cos(2 * np.pi * time / VOWEL))
    sound *= np.minimum(1, np.minimum(time, time[::-1]) / FADE)
    return np.asarray(sound / np.abs(sound).max() * PEAK, dtype=np.int16)


def _pitch(time: Float, end: float) -> Float:
    """Hz at each of these seconds: it swings a little, and falls towards the end."""
    return np.asarray(PITCH * (1 + 0.06 * np.sin(2 * np.pi * 1.7 * time + 1) - 0.12 * time / end))

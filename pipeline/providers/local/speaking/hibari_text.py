"""What hibari is to pronounce of a text, word by word, so that each word's place in the audio is known.

It gets words only: the pipeline has put words in the place of numbers. hibari's own normalizer is left out, as it takes
the "no." of "The answer is no." for a number, and "the Sun." for a day, and does not say what became of which word.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.text.sentences import sentence_end

Phonemize = Callable[[str], Sequence[str]]
"""From words with one space between them to the phonemes of each, as hibari writes them; empty for what has none."""

MARKS = frozenset(';:,.!?—…"()“” ')
"""Signs among the phonemes that stand for a pause or a tone, and for no sound."""

MAX_PHONEMES = 300
"""Signs that are spoken at once, about 18 seconds: the model has learnt single sentences."""

MOST_MARKS = 8
"""Marks and spaces in a row that the model is given: more are no longer a pause, and would push out what is spoken."""

_ALWAYS = {
    "approx": "approximately",
    "ave": "avenue",
    "blvd": "boulevard",
    "capt": "captain",
    "corp": "corporation",
    "dept": "department",
    "gov": "governor",
    "inc": "incorporated",
    "jr": "junior",
    "lt": "lieutenant",
    "ltd": "limited",
    "mt": "mount",
    "prof": "professor",
    "rd": "road",
    "sgt": "sergeant",
    "sr": "senior",
    "thurs": "Thursday",
    "tues": "Tuesday",
}
_INSIDE = {  # of a sentence; at its end these are words as they stand: "in the Sun.", "He sat."
    "co": "company",
    "col": "colonel",
    "fig": "figure",
    "fri": "Friday",
    "gen": "general",
    "mon": "Monday",
    "rep": "representative",
    "rev": "reverend",
    "sat": "Saturday",
    "sen": "senator",
    "sun": "Sunday",
    "thu": "Thursday",
    "tue": "Tuesday",
    "vol": "volume",
    "wed": "Wednesday",
}
_SLASHED = {"w/": "with", "w/o": "without", "b/c": "because"}
_SAINT, _STREET = "saint", "street"

_DOTTED = re.compile(r"(\W*)([A-Za-z]+)\.(\W*)")
_MARK_RUN = re.compile(rf"[{re.escape(''.join(sorted(MARKS)))}]{{{MOST_MARKS},}}")
_BRACKETS = str.maketrans("[]{}", "()()")  # in square ones hibari looks for phonemes


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of the text, with what stands beside it and is not spoken."""

    text: str
    """Empty for the beginning of a word that is too long for one part."""
    phonemes: str
    """With the marks behind it."""


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """What is spoken of a text: words that the model is given at once, part by part; and words without sounds."""

    parts: tuple[tuple[SpokenWord, ...], ...]
    unspoken: str


def pronounce(text: str, phonemize: Phonemize) -> Pronunciation:
    """Look at each sentence of a text, and find the phonemes of its words."""
    parts: list[tuple[SpokenWord, ...]] = []
    unspoken: list[str] = []
    ahead = ""  # what is not spoken and stands before the first word that is
    for words in _sentences(text):
        forms = [_form(word, words[at + 1 : at + 2]) for at, word in enumerate(words)]
        line = [form for form in forms if form]
        found = iter(phonemize(" ".join(line)) if line else ())
        spoken: list[SpokenWord] = []
        for word, form in zip(words, forms, strict=True):
            phonemes = next(found) if form else ""
            has_sound = any(sign not in MARKS for sign in phonemes)
            if _has_letters(word) and (not has_sound or _loses_letters(word)):
                unspoken.append(word)
            if has_sound:
                *cut_off, last = _pieces(phonemes)
                spoken += [SpokenWord("", piece) for piece in cut_off]
                spoken.append(SpokenWord(f"{ahead}{word}", last))
                ahead = ""
            else:
                ahead = _append(spoken, word, phonemes, ahead)
        parts += _parts(spoken)
    return Pronunciation(tuple(parts), " ".join(unspoken))


def _sentences(text: str) -> Iterator[list[str]]:
    """The words of each sentence."""
    while text:
        end, _ = sentence_end(text, 0, complete=True)
        words = text[:end].split()
        if words:
            yield words
        text = text[end:] if end else ""


def _form(word: str, following: Sequence[str]) -> str:
    """What hibari is given of a word: letters that it knows, and abbreviations in full; empty when nothing is left."""
    word = "".join(map(_letter, unicodedata.normalize("NFC", word.translate(_BRACKETS))))
    if (slashed := _SLASHED.get(word.lower())) is not None:
        return slashed
    dotted = _DOTTED.fullmatch(word)
    if dotted is None:
        return word
    before, stem, after = dotted.groups()
    full = _in_full(stem, following)
    if full is None:
        return word
    return f"{before}{full}{after}" if following else f"{before}{full}.{after}"


def _in_full(stem: str, following: Sequence[str]) -> str | None:
    key = stem.lower()
    if key == "st":
        return _SAINT if following and following[0][:1].isupper() else _STREET
    if key in _ALWAYS:
        return _ALWAYS[key]
    return _INSIDE.get(key) if following and stem[0].isupper() else None


def _letter(char: str) -> str:
    """A character as hibari knows it; nothing for the letters of other scripts."""
    if char.isascii():
        return char
    if char.isdigit():
        return str(unicodedata.digit(char))  # ² and ① make hibari fail
    if not char.isalpha():
        return char
    plain = unicodedata.normalize("NFKC", char)
    if not all(_is_latin(letter) for letter in plain):
        return ""
    if plain < "\u0100":
        return plain
    return unicodedata.normalize("NFKD", plain)[0]  # ř, which it does not know, is better an r than nothing


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


def _has_letters(word: str) -> bool:
    return any(map(str.isalnum, word))


def _loses_letters(word: str) -> bool:
    return any(char.isalpha() and not _letter(char) for char in word)


def _append(spoken: list[SpokenWord], word: str, phonemes: str, ahead: str) -> str:
    """Let a word without a sound of its own count with the one before it; returns what is to count with the next."""
    if not spoken:
        return f"{ahead}{word} "
    last = spoken[-1]
    spoken[-1] = SpokenWord(f"{last.text} {word}", _fewer_marks(f"{last.phonemes} {phonemes}".rstrip()))
    return ""


def _pieces(phonemes: str) -> list[str]:
    """Cut the phonemes of a word that is too long for one part; each piece has a sound, and room for more marks."""
    phonemes, size = _fewer_marks(phonemes), MAX_PHONEMES - MOST_MARKS
    pieces = [phonemes[at : at + size] for at in range(0, len(phonemes), size)]
    if len(pieces) > 1 and MARKS.issuperset(pieces[-1]):
        marks = pieces.pop()
        pieces[-1] += marks
    return pieces


def _fewer_marks(phonemes: str) -> str:
    return _MARK_RUN.sub(lambda run: run[0][:MOST_MARKS], phonemes)


def _parts(words: Sequence[SpokenWord]) -> Iterator[tuple[SpokenWord, ...]]:
    """Cut a sentence that is too long, behind a mark where there is one in the second half."""
    start = 0
    while start < len(words):
        size, end, cut = 0, start, start
        while end < len(words) and (size := size + len(words[end].phonemes) + 1) <= MAX_PHONEMES + 1:
            end += 1
            if size > MAX_PHONEMES / 2 and words[end - 1].phonemes[-1] in MARKS:
                cut = end
        if end < len(words) and cut > start:
            end = cut
        yield tuple(words[start:end])
        start = end

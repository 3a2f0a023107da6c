"""Judges words whatever way they are written: whether they are the same, only show that one listens, or are new."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pipeline.events import TranscriptEvent
from pipeline.text.joining import ending, is_unspaced
from pipeline.turn.lexicon import lexicon_of
from pipeline.turn.tokens import tokens

KNOWN_TEXTS = 64
"""Texts whose form is remembered: several rules look at the same words in one step."""

_HYPHEN = re.compile(r"(?<=\S)-")
_SPELLINGS = {"okay": "ok", "okey": "ok", "okej": "ok", "oké": "ok"}


@lru_cache(KNOWN_TEXTS)
def folded(text: str, language: str = "") -> str:
    """The text without what a transcriber may change from one transcript to the next.

    That is case, punctuation, hyphens, width and composition of characters, "OK" or "okay", and the fillers of the
    language. In doubt things stay: to make a reply anew costs less than an answer to other words.
    """
    fillers = lexicon_of(language).fillers
    plain = " ".join([_SPELLINGS.get(word, word) for word in tokens(text.lower()) if word not in fillers])
    return _HYPHEN.sub(" ", plain) if "-" in plain else plain


def is_backchannel(text: str, language: str, own: frozenset[str] | None = None) -> bool:
    """Whether a text consists of words by which people only show that they listen, one or several in a row.

    `own` are the words and phrases that count as such; None for those of the language.
    """
    return _judged(text, language, own).is_backchannel


def begins_backchannel(text: str, language: str, own: frozenset[str] | None = None) -> bool:
    """Whether a text is one of those, or may become one when it goes on: "I", which may be "I see"."""
    return _judged(text, language, own).may_become_one


class _Judged(NamedTuple):
    is_backchannel: bool
    may_become_one: bool


@lru_cache(KNOWN_TEXTS)
def _judged(text: str, language: str, own: frozenset[str] | None) -> _Judged:
    said, backchannels = folded(text, language), _backchannels(language, own)
    reached = _reached(said, backchannels)
    is_whole = len(said) in reached
    return _Judged(is_whole, is_whole or any(said[start:] in backchannels.beginnings for start in reached))


class _Backchannels(NamedTuple):
    whole: frozenset[str]
    """Folded words and phrases."""
    beginnings: frozenset[str]
    """Their first words; in scripts without blanks their first characters."""
    longest: int


@lru_cache(16)
def _backchannels(language: str, own: frozenset[str] | None) -> _Backchannels:
    known = lexicon_of(language).backchannels if own is None else own
    written = {spelling for it in known for spelling in (it, it.replace("-", " "))}  # "uh-huh" may come as "uh huh"
    whole = frozenset(phrase for it in written if (phrase := folded(it, language)))
    beginnings = frozenset(
        phrase[:end]
        for phrase in whole
        for end in range(1, len(phrase))
        if phrase[end] == " " or (is_unspaced(phrase[end - 1]) and _is_boundary(phrase, end))
    )
    return _Backchannels(whole, beginnings, max(map(len, whole), default=0))


def _reached(said: str, backchannels: _Backchannels) -> set[int]:
    """The places in folded words up to which they are backchannels, one behind the other; the beginning is one."""
    reached, to_go_on_from = {0}, [0]
    while to_go_on_from:
        start = to_go_on_from.pop()
        for end in range(start + 1, min(len(said), start + backchannels.longest) + 1):
            if said[start:end] in backchannels.whole and _may_end(said, start, end):
                following = end + (said[end : end + 1] == " ")
                if following not in reached:
                    reached.add(following)
                    to_go_on_from.append(following)
    return reached


def _may_end(said: str, start: int, end: int) -> bool:
    """Whether a word may end there: before a blank, anywhere in scripts without them, and before itself ("jaja")."""
    if said[end : end + 1] in ("", " "):
        return True
    is_repeated = said.startswith(said[start:end], end)
    return is_repeated or (is_unspaced(said[end - 1]) and _is_boundary(said, end))


def _is_boundary(text: str, place: int) -> bool:
    """Whether no mark stands there that belongs to the letter before."""
    return unicodedata.category(text[place])[0] != "M"


def beyond(transcript: TranscriptEvent, committed_until: float) -> tuple[str, float]:
    """The part of a transcript that was said after `committed_until`, and when its last word ended (both loop time).

    A word counts by its middle: the times of the same word in two transcripts differ by some milliseconds.
    """
    if not transcript.words:
        return (
            (transcript.text, transcript.ended_at) if transcript.ended_at > committed_until else ("", committed_until)
        )
    new = [word for word in transcript.words if (word.began_at + word.ended_at) / 2 > committed_until]
    if not new:
        return "", committed_until
    is_whole = len(new) == len(transcript.words)
    return transcript.text if is_whole else ending(transcript.text, [word.text for word in new]), new[-1].ended_at

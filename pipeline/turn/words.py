"""Judges the person's words by their form: backchannels, sentences that are not finished, doubles."""

import re
from enum import IntEnum
from functools import lru_cache

from pipeline.events import TranscriptEvent

FILLERS = frozenset({"um", "uh", "uhm", "umm", "er", "erm", "ah", "eh", "hmm", "äh", "ähm", "öh", "euh"})
"""Sounds of thinking: they change nothing in what is asked."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BACKCHANNELS = _words(
    "mm mhm mmhm mhmm mmhmm hm huh aha oh yeah yep yup yes okay ok right sure alright good great nice cool wow really"
    " exactly true indeed ja genau klar stimmt gut oui ouais d'accord bien sí si claro vale bueno sim certo sì"
) | {"i see", "got it", "all right", "of course", "ach so", "va bene"}
"""Words and phrases, folded, that ask for no answer while the bot speaks."""

# Conjunctions, articles and possessives: nobody ends a sentence with them.
_LEADS_ON = _words(
    "and or but because if than although unless until the a an my your its our their"
    " und oder aber weil wenn dass der ein eine mein dein et ou mais parce que le la les un une mon ma"
    " y o pero porque el los las mi"
)
# Prepositions, auxiliaries and the like: a sentence may end with them ("I think so."), but rarely does.
_MAY_LEAD_ON = _words(
    "to of for with at in on from by about into is are was were am do does did have has had will would can could should"
    " so when while though since his her that this which who what where how i i'm it's let's like"
    " die das mit von für zu auf avec de pour à con para"
)

_NUMBERS = _words(
    "oh zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double triple"
)
_DICTATED = 3
"""Numbers or letters in a row that mean dictation, with a pause between groups: a telephone number, a name spelled.
A year or a price is shorter."""

_WORD = re.compile(r"[\w'’]+")
_END = 200  # characters that show how a text ends: a monologue is long
_LONGEST_BACKCHANNEL = 2

KNOWN_TEXTS = 64
"""Texts whose form is remembered: several rules look at the same words in one step."""


class Completeness(IntEnum):
    """How much a text looks like all that the person wanted to say."""

    UNFINISHED = 0
    OPEN = 1
    COMPLETE = 2


@lru_cache(KNOWN_TEXTS)
def folded(text: str) -> str:
    """Remove what a transcriber may change from one transcript to the next: case, marks, hyphens, fillers."""
    words = (word.replace("’", "'") for word in _WORD.findall(text.casefold()))
    return " ".join(word for word in words if word not in FILLERS)


def is_backchannel(text: str, backchannels: frozenset[str] = BACKCHANNELS) -> bool:
    """Whether a text consists of words by which people only show that they listen."""
    words = folded(text).split()
    while words:
        for length in range(min(_LONGEST_BACKCHANNEL, len(words)), 0, -1):
            if " ".join(words[:length]) in backchannels:
                del words[:length]
                break
        else:
            return False
    return True


@lru_cache(KNOWN_TEXTS)
def completeness(text: str) -> Completeness:
    """Judge a text by its last word and mark. Transcribers set full stops at any pause, so the word counts more."""
    stripped = text.rstrip(" \"')”»")
    words = _WORD.findall(stripped[-_END:].casefold())
    if not words:
        return Completeness.OPEN
    mark, last = stripped[-1], words[-1]
    if mark in "?!？！؟":
        return Completeness.COMPLETE
    if mark in ",;:-–—…،，、" or stripped.endswith("...") or last in _LEADS_ON or last in FILLERS:
        return Completeness.UNFINISHED
    if last in _MAY_LEAD_ON:
        return Completeness.OPEN if mark in ".。।" else Completeness.UNFINISHED
    if (dictated := _dictated(words)) > 1:
        return Completeness.UNFINISHED if dictated >= _DICTATED else Completeness.OPEN
    return Completeness.COMPLETE if mark in ".。।" else Completeness.OPEN


def _dictated(words: list[str]) -> int:
    """Count the numbers and single letters at the end; digits count in groups of two, as a year does."""
    count = 0
    for word in reversed(words):
        if word.isdecimal():
            count += (len(word) + 1) // 2
        elif word in _NUMBERS or (len(word) == 1 and word.isascii()):
            count += 1
        else:
            break
    return count


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
    text = transcript.text if len(new) == len(transcript.words) else " ".join(word.text for word in new)
    return text, new[-1].ended_at

"""Notices that a person had better be handed over to a human being. Nothing is decided here: the model is told.

they ask for somebody                  in one of their latest turns
they correct the bot in the same way   twice, or say the same again
they lose patience                     in words

What was said before the last hand-over counts no more.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from pipeline.messages import Message
from pipeline.text.joining import is_unspaced
from pipeline.turn.escalation.phrases import BY_LANGUAGE, EscalationPhrases, Phrases, merged
from pipeline.turn.words import folded

TRANSFER_TOOL = "transfer_to_human"
"""The name of the tool that hands over; without one of this name the model is told nothing."""

LATEST = 6
"""Turns of the person that are looked at: what was sorted out long ago is no reason any more."""

ALIKE = 0.6
"""The share of two corrections, 0 to 1, from which they are the same in other words (`difflib`'s ratio)."""

SHORTEST_REPEAT = 3
"""Words of a turn that counts when it is said again: "yes, please" is said often."""

Sign = Literal["asked", "repeated", "frustrated"]

_TOLD: dict[Sign, str] = {
    "asked": "ask for a human being",
    "repeated": "have had to say the same again",
    "frustrated": "are losing patience",
}


def escalation_note(signs: tuple[Sign, ...]) -> str:
    """The line of the prompt that tells the model; empty without a sign."""
    if not signs:
        return ""
    told = " and ".join(_TOLD[sign] for sign in signs)
    return (
        f"The person seems to {told}. If you cannot help them at once, offer to hand over to a human being; "
        f"when they want that, call {TRANSFER_TOOL}."
    )


def escalation_signs(history: tuple[Message, ...], turn: str, language: str) -> tuple[Sign, ...]:
    """What in the person's latest turns, the one that they are in among them, is a reason to hand over."""
    known, said = _phrases(language), [folded(text, language) for text in _latest(history, turn)]
    found: list[Sign] = []
    if any(_asks(text, known) for text in said):
        found.append("asked")
    if any(_is_repeated(said[index], said[:index], known) for index in range(len(said))):
        found.append("repeated")
    if any(_has(text, known.frustrated) for text in said):
        found.append("frustrated")
    return tuple(found)


def _latest(history: tuple[Message, ...], turn: str) -> list[str]:
    """The person's latest turns since the last hand-over, the oldest first."""
    found = [turn] if turn else []
    for message in reversed(history):
        if len(found) >= LATEST or (message.call is not None and message.call.name == TRANSFER_TOOL):
            break
        if message.role == "user" and not message.is_backchannel:
            found.append(message.text)
    return found[::-1]


def _asks(said: str, known: EscalationPhrases) -> bool:
    is_human = _has(said, known.humans)
    if is_human and _has(said, known.wishes):
        return True
    return (is_human or _has(said, known.people)) and _has(said, known.talks)


def _is_repeated(said: str, before: list[str], known: EscalationPhrases) -> bool:
    """Whether a turn was said before word for word, or corrects the same as another one."""
    if not said:
        return False
    is_long = len(said.split()) >= SHORTEST_REPEAT or (is_unspaced(said[0]) and len(said) >= 2 * SHORTEST_REPEAT)
    if is_long and said in before:
        return True
    correction = _correction(said, known)
    return bool(correction) and any(
        bool(other := _correction(text, known)) and SequenceMatcher(None, correction, other).ratio() >= ALIKE
        for text in before
    )


def _correction(said: str, known: EscalationPhrases) -> str:
    """What a turn puts right, without the words that object; empty when it objects to nothing."""
    if not _has(said, known.corrects):
        return ""
    rest = said
    for phrase in sorted(map(_folded, known.corrects), key=len, reverse=True):
        rest = rest.replace(phrase, " ") if _is_within_words(phrase) else f" {rest} ".replace(f" {phrase} ", " ")
    return " ".join(rest.split())


def _has(said: str, phrases: Phrases) -> bool:
    return any(_stands_in(said, phrase) for phrase in phrases)


def _stands_in(said: str, phrase: str) -> bool:
    wanted = _folded(phrase.rstrip("*"))
    if _is_within_words(wanted):
        return wanted in said
    return (f" {wanted}" if phrase.endswith("*") else f" {wanted} ") in f" {said} "


def _is_within_words(phrase: str) -> bool:
    """Whether words are written without blanks, or with endings that are not listed, as in Korean."""
    return any(is_unspaced(character) or "\uac00" <= character <= "\ud7a3" for character in phrase)


@lru_cache(None)
def _folded(phrase: str) -> str:
    return folded(phrase) or phrase


@lru_cache(64)
def _phrases(language: str) -> EscalationPhrases:
    """Those of a language tag; all of them for `multi`, none for an unknown language."""
    first = language.replace("_", "-").partition("-")[0].lower()
    parts: Iterator[EscalationPhrases] = iter(BY_LANGUAGE.values() if first == "multi" else ())
    return BY_LANGUAGE[first] if first in BY_LANGUAGE else merged(parts)

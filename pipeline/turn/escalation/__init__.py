"""Notices that a person had better be handed over to a human being. Decides nothing: the model reads it.

they ask for a human being             in one of their latest turns
they correct the bot in the same way   twice, or say the same again
they lose patience                     in words

What was said before the last hand-over counts no more.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

from pipeline.messages import Message
from pipeline.text.joining import is_unspaced
from pipeline.turn.escalation.phrases import BY_LANGUAGE, Phrases, merged
from pipeline.turn.words import folded

TRANSFER_TOOL = "transfer_to_human"
"""The name of the tool that hands over; without one of this name the prompt has no such line."""

LATEST = 6
"""Turns of the person that are looked at: what was sorted out long ago is no reason any more."""

ALIKE = 0.6
"""The share of two corrections, 0 to 1, from which they are the same in other words (`difflib`'s ratio)."""

SHORTEST_REPEAT = 3
"""Words of a turn that counts when it is said again: "yes, please" is said often."""

Sign = Literal["asked", "repeated", "frustrated"]

_SEEN: dict[Sign, str] = {
    "asked": "ask for a human being",
    "repeated": "have had to say the same again",
    "frustrated": "are losing patience",
}


def escalation_note(signs: tuple[Sign, ...]) -> str:
    """The line of the prompt that says so to the model; empty without a sign."""
    if not signs:
        return ""
    seen = " and ".join(_SEEN[sign] for sign in signs)
    return (
        f"The person seems to {seen}. If you cannot help them at once, offer to hand over to a human being; "
        f"when they want that, call {TRANSFER_TOOL}."
    )


def escalation_signs(history: tuple[Message, ...], turn: str, language: str) -> tuple[Sign, ...]:
    """What in the person's latest turns, the one that they are in among them, is a reason to hand over."""
    said = [_judged(text, language) for text in _latest(history, turn)]
    found: list[Sign] = []
    if any(it.asks for it in said):
        found.append("asked")
    if any(_says_again(it, before) for index, it in enumerate(said) for before in said[:index]):
        found.append("repeated")
    if any(it.is_frustrated for it in said):
        found.append("frustrated")
    return tuple(found)


def _latest(history: tuple[Message, ...], turn: str) -> list[str]:
    """The person's latest turns since the last hand-over, the oldest first."""
    found = [turn] if turn else []
    for message in reversed(history):
        if len(found) >= LATEST or (message.call is not None and message.call.name == TRANSFER_TOOL):
            break
        if message.is_turn:
            found.append(message.text)
    return found[::-1]


class _Judged(NamedTuple):
    """A turn by itself."""

    words: str
    """Folded; empty when they are too few to count when they are said again."""
    correction: str
    """What it puts right, without the words that object; empty when it objects to nothing."""
    asks: bool
    is_frustrated: bool


@lru_cache(64)
def _judged(text: str, language: str) -> _Judged:
    said, known = folded(text, language), _patterns(language)
    is_human = bool(known.humans.search(said))
    asks = is_human and bool(known.wishes.search(said))
    asks = asks or ((is_human or bool(known.people.search(said))) and bool(known.talks.search(said)))
    correction, objections = known.corrects.subn(" ", said)
    is_long = len(said.split()) >= SHORTEST_REPEAT or (
        is_unspaced(said[:1] or " ") and len(said) >= 2 * SHORTEST_REPEAT
    )
    return _Judged(
        words=said if is_long else "",
        correction=" ".join(correction.split()) if objections else "",
        asks=asks,
        is_frustrated=bool(known.frustrated.search(said)),
    )


@lru_cache(64)
def _says_again(turn: _Judged, before: _Judged) -> bool:
    """Whether a turn is another one word for word, or corrects the same."""
    if turn.words and turn.words == before.words:
        return True
    if not (turn.correction and before.correction):
        return False
    alike = SequenceMatcher(None, turn.correction, before.correction)
    return alike.real_quick_ratio() >= ALIKE and alike.quick_ratio() >= ALIKE and alike.ratio() >= ALIKE


class _Patterns(NamedTuple):
    """The phrases of a language, as they are looked for in folded words."""

    talks: re.Pattern[str]
    wishes: re.Pattern[str]
    humans: re.Pattern[str]
    people: re.Pattern[str]
    corrects: re.Pattern[str]
    frustrated: re.Pattern[str]


@lru_cache(64)
def _patterns(language: str) -> _Patterns:
    """Those of a language tag; all of them for `multi`, none for an unknown language."""
    first = language.replace("_", "-").partition("-")[0].lower()
    known = BY_LANGUAGE.get(first) or merged(BY_LANGUAGE.values() if first == "multi" else ())
    return _Patterns(*(_pattern(getattr(known, name)) for name in _Patterns._fields))


def _pattern(phrases: Phrases) -> re.Pattern[str]:
    """One pattern for all phrases, the longest first."""
    by_length = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(map(_phrase_pattern, by_length)) or r"(?!)")


def _phrase_pattern(phrase: str) -> str:
    wanted = folded(phrase.rstrip("*")) or phrase
    if _is_within_words(wanted):
        return re.escape(wanted)
    return rf"(?<!\S){re.escape(wanted)}" + ("" if phrase.endswith("*") else r"(?!\S)")


def _is_within_words(phrase: str) -> bool:
    """Whether words are written without blanks, or with endings that are not listed, as in Korean."""
    return any(is_unspaced(character) or "\uac00" <= character <= "\ud7a3" for character in phrase)

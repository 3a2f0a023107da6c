"""Answers that need no model, because a rule knows them for certain: the time, tests of the talk, and its own limits.

A pure function of what was said, as a recognizer may have understood it. A rule asks for a whole phrase, so that it
does not take for its own what only has a word of it: "I had a great time" is no question for the time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

STORY = (
    "All right, a long one, so interrupt me whenever you like. "
    "On a small gray island there was a lighthouse, and in it lived a woman named Marta, who had kept its lamp for "
    "thirty years. "
    "Every evening she climbed two hundred and twelve steps, and every evening she counted them aloud, although she "
    "knew that no one listened. "
    "One autumn night, a voice from below counted along with her. "
    "It was slow and rough, and always one number behind. "
    "Marta stopped on step ninety, and the voice said eighty nine, and then nothing. "
    "She took her lantern, went all the way down again, and found a young seal on the lowest step, wet and cold and "
    "very tired. "
    "She wrapped it in her best blanket and gave it a whole herring. "
    "For a week the storm would not end, and for a week the two of them climbed the stairs together, counting. "
    "When the sea was calm at last, the seal slid into the water and did not look back. "
    "But in the spring, when a fishing boat lost its way in thick fog, its crew heard somebody count out in the dark, "
    "slowly and clearly, and they followed the numbers safely to the harbor. "
    "Nobody believed them, except for Marta. "
    "Would you like to hear it again?"
)
"""About a minute of speech, in which there is time to interrupt."""

JOKE = "Why did the bicycle fall over? Because it was two tired. Shall I tell you a story instead?"

COUNT = (
    "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, "
    "seventeen, eighteen, nineteen, twenty"
)
"""As far as it counts."""

LONGEST_NUMBER = 9
"""Digits of a number that it knows."""

NO_NEWS = (
    "I cannot look that up: I run on this machine alone, without the internet. "
    "Is there anything else you would like to talk about?"
)

NO_DEEDS = (
    "I cannot do that: I can only talk, until somebody gives me tools. "
    "Is there anything else you would like to talk about?"
)

_COUNTED = COUNT.split(", ")
_APOSTROPHES = str.maketrans("’‘`", "'''")
_NO_WORD = re.compile(r"[^\w']+")
_CONTRACTED = {"what's": "what is", "who's": "who is", "how's": "how is", "i'd": "i would", "today's": "todays"}
_FILLERS = {"um", "uh", "er", "oh", "please", "okay", "ok", "well", "now", "hey", "rawbot"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said to the bot, and when."""

    said: str
    """As it was written down, in one line."""
    words: str
    """The same in small letters, without marks, fillers and contractions."""
    now: datetime
    """The person's time of day."""
    before: str
    """What the bot had said before; empty for nothing."""


Answer = Callable[[re.Match[str], Heard], str | None]
"""Makes an answer out of a match of a rule; None where the rule does not know it after all."""

Rule = tuple[re.Pattern[str], Answer]


def known_answer(said: str, now: datetime, before: str = "", more: Sequence[Rule] = ()) -> str | None:
    """The answer to what a person said, None where no rule knows it.

    `now` is their time of day, `before` what the bot had said before; `more` are rules that are tried first.
    """
    line = " ".join(said.split())
    heard = Heard(line, plain_words(line), now, before)
    for pattern, answer in (*more, *_RULES):
        if (match := pattern.search(heard.words)) and (text := answer(match, heard)) is not None:
            return text
    return None


def rules(*rows: tuple[str, Answer | str]) -> Sequence[Rule]:
    """Rules, in the order in which they are tried: an expression for `Heard.words`, and the answer."""
    return tuple(
        (re.compile(pattern), _always(answer) if isinstance(answer, str) else answer) for pattern, answer in rows
    )


def plain_words(said: str) -> str:
    """Words in small letters with one space between them; without marks, fillers and contractions."""
    words = _NO_WORD.sub(" ", said.translate(_APOSTROPHES).lower()).split()
    return " ".join(_CONTRACTED.get(word, word) for word in words if word not in _FILLERS)


def clock_time(now: datetime) -> str:
    """A time of day as one says it: 3:05 PM."""
    return f"{now.hour % 12 or 12}:{now.minute:02} {'PM' if now.hour >= 12 else 'AM'}"


def _tell_time(match: re.Match[str], heard: Heard) -> str:
    return f"It is {clock_time(heard.now)}."


def _tell_date(match: re.Match[str], heard: Heard) -> str:
    now = heard.now
    return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."


def _count(match: re.Match[str], heard: Heard) -> str | None:
    last = _number(match["last"])
    if not last:
        return None
    counted = ", ".join(_COUNTED[:last]).capitalize()
    return f"{counted}." if last <= len(_COUNTED) else f"{counted}, and so on."


def _calculate(match: re.Match[str], heard: Heard) -> str | None:
    a, b = _number(match["a"]), _number(match["b"])
    if a is None or b is None:
        return None
    result = a + b if match["what"] == "plus" else a - b if match["what"] == "minus" else a * b
    return f"That is {result}."


def _number(word: str) -> int | None:
    """A number in digits, or in words as far as it counts; None for anything else."""
    if word.isdecimal() and len(word) <= LONGEST_NUMBER:
        return int(word)
    return _COUNTED.index(word) + 1 if word in _COUNTED else None


def _repeat(match: re.Match[str], heard: Heard) -> str | None:
    _, found, words = heard.said.lower().partition(match["verb"])
    repeated = heard.said[-len(words) :].strip(" ,:;.-\"'“”") if found and words else ""
    return f"{repeated[:1].upper()}{repeated[1:]}." if repeated else None


def _say_again(match: re.Match[str], heard: Heard) -> str:
    return heard.before or "I have not said anything yet."


def _hears(match: re.Match[str], heard: Heard) -> str:
    return f"Yes, I hear you. What I understood was: {heard.said.rstrip('.?!…')}."


def _always(text: str) -> Answer:
    return lambda match, heard: text


_ASKS = r"^(?:and |so |then )?(?:(?:can|could|will|would) you |i would like you to |i want you to )?"


_RULES = rules(
    (_ASKS + r"(?P<verb>repeat after me|say after me)\b", _repeat),
    (_ASKS + r"(?:repeat|say) (?:that|it|this)(?: again| once more)?$", _say_again),
    (r"^(?:what did you say|pardon(?: me)?|come again|say again|sorry what|again)$", _say_again),
    (r"\b(?:can|do|could|are|did) you (?:still )?(?:hear|hearing) (?:me|this)\b", _hears),
    (r"^(?:this is a |just a )?(?:(?:test|testing|mic check|one two|one two three|check)(?: |$))+$", _hears),
    (_ASKS + r"count (?:from one |from 1 )?(?:up )?to (?P<last>\w+)", _count),
    (r"\b(?:what is|how much is) (?P<a>\w+) (?P<what>plus|minus|times) (?P<b>\w+)$", _calculate),
    (r"\bwhat time (?:is it|do you have)\b|\bwhat is the time\b|\btell me (?:the|what) time\b", _tell_time),
    (r"^(?:do you (?:know|have) )?(?:the time|what time it is)(?: is it)?$", _tell_time),
    (r"\bwhat day is (?:it|today)\b|\bwhat is (?:the|todays) date\b|\bwhat date is (?:it|today)\b", _tell_date),
    (r"\bwhat (?:year|month) is it\b|\btell me (?:the|todays) date\b", _tell_date),
    (r"\b(?:tell|read|give) me (?:a|another|one|the|your) (?:\w+ ){0,2}(?:story|tale)\b", STORY),
    (r"^(?:a )?(?:long )?story$", STORY),
    (r"\b(?:tell|give) me (?:a|another|one|some) (?:\w+ )?jokes?\b|\bdo you know (?:a|any) jokes?\b", JOKE),
    (r"\b(?:the|todays) (?:weather|forecast|news|headlines)\b|\b(?:going to|will it) rain\b", NO_NEWS),
    (_ASKS + r"(?:call|phone|dial|text|email|message) (?!me )\w", NO_DEEDS),
    (_ASKS + r"(?:send|order|buy|book|reserve|set|open|play|search|find) (?:me |us )?(?:a|an|the|my|some)\b", NO_DEEDS),
    (_ASKS + r"(?:remind me|wake me|turn (?:on|off|up|down)|switch (?:on|off)|google|look up|play)\b", NO_DEEDS),
)

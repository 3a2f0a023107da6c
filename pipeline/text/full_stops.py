"""Tells a full stop that ends a sentence from that of an abbreviation, an initial, an ordinal or a list's number.

Mostly by how the word before it looks, so that it holds in any language that writes so; `abbreviations` has the rest.
"""

import re
import unicodedata
from enum import Enum, auto

from pipeline.text.abbreviations import BEFORE_NUMBERS, NEVER_LAST, PERHAPS_LAST, STARTERS
from pipeline.text.marks import OPENERS


class SentenceEnd(Enum):
    """Whether a sentence ends at a mark. In doubt it is not cut there, nor a voice's text soon behind it."""

    YES = auto()
    NO = auto()
    DOUBTFUL = auto()


SHORT = 5
"""Letters up to which a word before a number may be an abbreviation: "max.", "Apt.", "mind.", "l'art."."""

UNIT = 3
"""Letters up to which a word behind a number may be a unit: "8 Mio. Euro", "10 min. Pause"."""

_LIST_MARKER = re.compile(r"(?:[-*+>]\s+)*[*_]*(?:\d{1,3}|[A-Za-z])")
_NEXT_NUMBER = re.compile(r"(\d{1,3})(?:[.)](\s?)|\Z)")
_BEFORE_NUMBER = re.compile(rf"[{re.escape(OPENERS)}\-–+±~≈<≤≥№$€£¥₹]*")
_FIRST_WORD = re.compile(rf"[{re.escape(OPENERS)}]*([^\W\d_]*)(\.?)")
_ORDINAL = re.compile(r"(?:\d{1,2}\.)*\d{1,2}")  # 3. Mai, 24.12.
_ROMAN = re.compile(r"[IVXL]{2,}")  # Ludwig XIV. von Frankreich
_INITIALS = re.compile(r"[^\W\d_]|([^\W\d_])\1")  # J., EE. UU.
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")  # p.m., t.ex., कि.मी.
_LEADS_UNIT = re.compile(r"\d\Z|\A[^\W\d_]\.\Z")  # 5 Mio., p. ex.
_JOINT = re.compile("[-–—/'’]")
_NO_VOWEL = re.compile(r"[b-df-hj-np-tv-xzçćčďđğłńňñřśșşšťțźżž]{2,}|[бвгджзйклмнпрстфхцчшщ]{2,}")  # Mrd., bzw., млн.
_HUMMED = re.compile(r"[hm]+|(?=.*(.)\1)[bfghmprstz]+")  # Hm. Shh. Brr.
_UNSPEAKABLE_END = re.compile(r"(?:(?:[bcdfkpqstxz]|ch)[rln]|[gv][rl])\Z")  # Hauptstr., inkl.: no syllable ends so
_NEVER_STOPPED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Myanmar, Khmer: no sentence of theirs ends with a full stop, but abbreviations do."""
_NEVER_ABBREVIATED = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""Korean, Japanese and Chinese: no word of theirs is abbreviated with a full stop."""


def judge_full_stop(before: str, after: str, *, complete: bool) -> SentenceEnd | None:
    """Whether a sentence ends at the full stop between `before` and, behind white space, `after`.

    None when more of `after` must be seen first; with `complete` there is no more.
    """
    word, leader = _last_words(before)
    folded = word.casefold()
    if folded in NEVER_LAST or _LIST_MARKER.fullmatch(before.lstrip()):
        return SentenceEnd.NO
    if _NEVER_STOPPED.match(word[-1:]):
        return SentenceEnd.DOUBTFUL
    number_at = _before_number(after)
    if number_at == len(after) and not complete:
        return None
    if after[number_at : number_at + 1].isdigit():
        return _before_a_number(word, leader, before, after[number_at:], complete=complete)
    if not _may_be_abbreviation(word, leader):
        return SentenceEnd.YES
    return judge_start(after, complete=complete)


def judge_start(after: str, *, complete: bool) -> SentenceEnd | None:
    """Whether a sentence begins with `after`, by its first word: behind what may end one or not."""
    following = _FIRST_WORD.match(after)
    if following is None or (following.end() == len(after) and not complete):
        return None
    start = following[1].casefold()
    is_abbreviation = bool(following[2]) and (start in BEFORE_NUMBERS or len(start) == 1)  # No. 5, A. Smith
    return SentenceEnd.YES if start in STARTERS and not is_abbreviation else SentenceEnd.DOUBTFUL


def _before_number(after: str) -> int:
    """Return where in `after` a number would begin."""
    lead = None if after[0].isalpha() else _BEFORE_NUMBER.match(after)
    return lead.end() if lead else 0


def _before_a_number(word: str, leader: str, before: str, number: str, *, complete: bool) -> SentenceEnd | None:
    """Judge the full stop between a word and a number."""
    following = _NEXT_NUMBER.match(number)
    if following and re.search(rf"(?<!\S){int(following[1]) - 1}[.)]\s", before):  # a list that is written in one line
        if not complete and following[2] in {None, ""} and following.end() == len(number):
            return None
        if following[2]:
            return SentenceEnd.YES
    if word.casefold() in BEFORE_NUMBERS:
        return SentenceEnd.NO
    is_short = len(word) <= SHORT and not _NEVER_ABBREVIATED.search(word) and not word.isdecimal()
    if is_short or _may_be_abbreviation(word, leader):
        return SentenceEnd.DOUBTFUL
    return SentenceEnd.YES


def _may_be_abbreviation(word: str, leader: str) -> bool:
    """Whether a word looks like an abbreviation, initials or an ordinal; `leader` is the one before it."""
    if not word.isascii() and _NEVER_ABBREVIATED.search(word):
        return False
    if len(word) <= 2 and _INITIALS.fullmatch(word):
        return True
    if not word.isalpha():
        return _is_ordinal(word, leader) or bool(_DOTTED.fullmatch(_without_marks(word)))
    if word.isupper():  # TV, EST: said letter by letter, without a full stop
        return bool(_ROMAN.fullmatch(word))
    folded = unicodedata.normalize("NFC", word).casefold()
    if folded in PERHAPS_LAST or (len(word) <= UNIT and _LEADS_UNIT.search(leader)):
        return True
    if _NO_VOWEL.fullmatch(folded):
        return not _HUMMED.fullmatch(folded)
    return bool(_UNSPEAKABLE_END.search(folded))


def _is_ordinal(word: str, leader: str) -> bool:
    """Whether a number may be an ordinal, and does not belong to the abbreviation before it: "chap. 5", "S. 12"."""
    led_by = leader.rstrip(".").casefold()
    return bool(_ORDINAL.fullmatch(word)) and led_by not in BEFORE_NUMBERS and not _INITIALS.fullmatch(led_by)


def _without_marks(word: str) -> str:
    """Return the letters of a word without vowel signs and accents."""
    letters = unicodedata.normalize("NFD", word)
    return "".join(char for char in letters if not unicodedata.category(char).startswith("M"))


def _last_words(text: str) -> tuple[str, str]:
    """Return the last word of `text`, of a compound its last part, and the one before it."""
    words = text.rstrip()[-40:].split()
    word = words[-1].lstrip(OPENERS)
    if not word.isalpha():
        parts = [part for part in _JOINT.split(word) if part]
        if len(parts) > 1 and len(parts[-1]) > 1:
            word = parts[-1]
    return word, words[-2] if len(words) > 1 else ""

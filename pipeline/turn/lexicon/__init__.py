"""What words say about a turn, by language: data, a file a language, and the choice of it.

`multi`, several languages at once, and a language that is not known call for care in another way for each list. A word
that is wrongly folded away is an answer to other words; one that is wrongly no backchannel costs a reply its end; one
that wrongly leads on costs a second. So of several languages in Latin letters

    fillers        are those sounds that are a word of none
    backchannels   are those of all, but for the words that object in one of them or lead on in another
    leading words  are those of all, but a full stop behind them counts, and single letters are letters
    numbers        are those of all: only several in a row mean dictation

and scripts of their own keep their lists. Of an unknown language there are sounds only.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

from pipeline.turn.lexicon.ar import ARABIC
from pipeline.turn.lexicon.de import GERMAN
from pipeline.turn.lexicon.en import ENGLISH
from pipeline.turn.lexicon.es import SPANISH
from pipeline.turn.lexicon.fr import FRENCH
from pipeline.turn.lexicon.hi import HINDI
from pipeline.turn.lexicon.it import ITALIAN
from pipeline.turn.lexicon.ja import JAPANESE
from pipeline.turn.lexicon.ko import KOREAN
from pipeline.turn.lexicon.lexicon import Lexicon, Words, words
from pipeline.turn.lexicon.nl import DUTCH
from pipeline.turn.lexicon.pl import POLISH
from pipeline.turn.lexicon.pt import PORTUGUESE
from pipeline.turn.lexicon.th import THAI
from pipeline.turn.lexicon.zh import CHINESE

__all__ = ["LEXICONS", "NEUTRAL", "Lexicon", "lexicon_of"]

_LATIN = {
    "en": ENGLISH,
    "de": GERMAN,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "nl": DUTCH,
    "pl": POLISH,
    "pt": PORTUGUESE,
}
_OTHER_SCRIPTS = {"ar": ARABIC, "hi": HINDI, "ja": JAPANESE, "ko": KOREAN, "th": THAI, "zh": CHINESE}

LEXICONS = _LATIN | _OTHER_SCRIPTS
"""All of them, by the first part of a language tag."""

NEUTRAL = Lexicon(
    fillers=words("uhm umm erm äh ähm öh euh ehm hmm hmmm"),
    backchannels=words("mm mmm mhm mmhm mhmm mm-hm mm-hmm hm hmm aha uh-huh oh okay"),
)
"""Of a language that is not known: what is a sound wherever it is heard."""


def _all(parts: Iterable[Words]) -> Words:
    return frozenset[str]().union(*parts)


@cache
def _several() -> Lexicon:
    every, latin, other = LEXICONS.values(), _LATIN.values(), _OTHER_SCRIPTS.values()
    objections = _all(each.objections for each in every)
    leading = _all(each.leads_on | each.may_lead_on for each in latin)
    backchannels = _all(each.backchannels for each in every) - leading
    return Lexicon(
        fillers=NEUTRAL.fillers | _all(each.fillers for each in other),
        backchannels=frozenset(phrase for phrase in backchannels if phrase.split()[0] not in objections),
        objections=objections,
        leads_on=_all(each.leads_on for each in other),
        may_lead_on=frozenset(word for word in leading if len(word) > 1 or word == "I")
        | _all(each.may_lead_on for each in other),
        closes=_all(each.closes for each in every),
        numbers=_all(each.numbers for each in every),
    )


@lru_cache(64)
def lexicon_of(language: str) -> Lexicon:
    """The lexicon of a language tag such as en-US, or of `multi`; NEUTRAL for any other."""
    first = language.replace("_", "-").partition("-")[0].lower()
    return _several() if first == "multi" else LEXICONS.get(first, NEUTRAL)

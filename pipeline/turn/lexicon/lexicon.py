"""The shape of a lexicon: the words of one language by which a turn is judged."""

import unicodedata
from dataclasses import dataclass

Words = frozenset[str]


def words(*texts: str) -> Words:
    """The words of texts, in Unicode's composed form (NFC)."""
    return frozenset(unicodedata.normalize("NFC", " ".join(texts)).split())


def phrases(*texts: str) -> Words:
    """Phrases of several words, in the same form."""
    return frozenset(unicodedata.normalize("NFC", text) for text in texts)


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Words in lower case; what is always written in capitals stands in capitals, too, such as the English "I".

    In a script that writes no blanks between words, and in Korean, `leads_on`, `may_lead_on`, `closes` and `numbers`
    are the ends of what is written without a blank; the longest one that fits decides.
    """

    fillers: Words = frozenset()
    """Sounds of thinking that are no words of the language: they change nothing in what is asked."""
    backchannels: Words = frozenset()
    """Words and phrases that ask for no answer while the bot speaks. None begins with one of `objections`."""
    objections: Words = frozenset()
    """Words that stop or contradict the bot: where several languages may be spoken, no backchannels of any."""
    leads_on: Words = frozenset()
    """Words with which nobody ends a sentence: conjunctions, articles, possessives."""
    may_lead_on: Words = frozenset()
    """Words with which a sentence may end, but rarely does: prepositions, auxiliaries, pronouns."""
    closes: Words = frozenset()
    """Words that end a sentence though no mark says so: polite endings, particles of a question."""
    numbers: Words = frozenset()
    """Words in which numbers are dictated. In a script without blanks only digits: place values make one number."""

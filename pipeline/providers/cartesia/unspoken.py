"""What is left of a text after the words that were spoken of it."""

import re
from collections.abc import Sequence
from itertools import islice

_TOKEN = re.compile(r"\S+")

_LOOK_AHEAD = 4  # tokens in which a word is looked for: a written one is seldom spoken as more than four


def is_speakable(text: str) -> bool:
    """Whether there is anything to pronounce in a text."""
    return any(letter.isalnum() for letter in text)


def unspoken(text: str, said: Sequence[str]) -> str:
    """Return what follows in a text after the words that were said of it, with its white space.

    A word that is not in the text, because it is spoken otherwise than written, is passed over with the next one that
    is: rather a word said twice than one lost.
    """
    at = 0
    for word in said:
        at = _behind(text, word, at)
    while 0 < at < len(text) and not text[at].isspace() and not text[at].isalnum():
        at += 1  # the marks behind the last word were spoken with it
    return text[at:]


def _behind(text: str, word: str, at: int) -> int:
    """The place behind a word that is one of the next ones from `at` on; `at` when it is none of them."""
    core = _core(word)
    for nth, token in enumerate(islice(_TOKEN.finditer(text, at), _LOOK_AHEAD)):
        found = token[0].lower().find(core) if core else -1
        # A word may be part of what stands between white space (a hyphen, or Chinese), but only of what is next.
        if found >= 0 and (nth == 0 or _core(token[0]) == core):
            return token.start() + found + len(core)
    return at


def _core(word: str) -> str:
    """A word in lower case, without the marks around it."""
    speakable = [at for at, letter in enumerate(word) if letter.isalnum()]
    return word[speakable[0] : speakable[-1] + 1].lower() if speakable else ""

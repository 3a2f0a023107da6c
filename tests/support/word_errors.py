"""How many words of a text a transcriber got wrong, whatever way it writes them."""

import re
from collections.abc import Sequence
from itertools import chain

SPELLED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SAME = {"mr": "mister", "ok": "okay", "10": "ten"}


def words_of(text: str) -> list[str]:
    """Words without case, marks and hyphens; digits one by one."""
    words = re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))
    return list(chain.from_iterable(_spelled(SAME.get(word, word)) for word in words))


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to replace, add or leave out, at least, to make one of the other."""
    before = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        row = [count]
        for place, other in enumerate(heard, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (word != other)))
        before = row
    return before[-1]


def _spelled(word: str) -> list[str]:
    return [SPELLED[int(digit)] for digit in word] if word.isdecimal() else [word]

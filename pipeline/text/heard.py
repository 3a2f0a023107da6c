"""Finds how much of a reply's written text was heard, from the seconds of its audio that were played.

A voice gives its own words with their times, and they need not be those of the text: "$21" comes as "twenty", "one",
"dollars", "don't" in two parts, "New York" in one. So letters are compared rather than words: the folded letters of the
voice's words against those of the text, in order.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from pipeline.speech import WordTime
from pipeline.text.heard_text import HeardText
from pipeline.text.marks import SPACELESS
from pipeline.text.speakable import Speakable

HEARD_FRACTION = 0.6
"""The part of a word that must have been played for it to count: by then most words are understood."""

RESYNC_LETTERS = 80
"""Letters ahead in which the text is found again after words that are not in it: about one sentence."""

MAX_UNKNOWN_WORDS = 20
"""Words not in the text that wait for known ones after them: a card's number, or an amount, is spelled in so many."""

DIGIT_LETTERS = 5
"""Letters of speech in a digit, against one in a letter: "seven", "twenty" and "hundred" are about so long."""

SECONDS_A_LETTER = 0.08
"""Of speech, about 12 letters a second, until a chunk has shown how fast the voice speaks."""

_TOKEN = re.compile(rf"[{SPACELESS}](?:(?![{SPACELESS}])[^\w\s])*|[^\s{SPACELESS}\-‐‑–—/]+")
_TAIL = re.compile(r"[^,;:،؛，；：、(\[{「『（【〈《〔]*")  # of a word, heard with its last letter: "?", "%", quotes


class Alignment:
    """One reply: its chunks and the voice's words as they come, and what was heard of it at any moment.

    Add a chunk before the words that speak it. What was heard never shrinks when more is added: words that are not in
    the text count when known ones follow, or when the reply is finished.
    """

    def __init__(self) -> None:
        self.text = HeardText()  # what is written, and when which of its words are heard
        self._spoken = ""  # the chunks' text for the voice
        self._letters = ""  # folded letters of all that is spoken
        self._stops: list[int] = []  # for each letter: where the written text that was heard with it ends
        self._opens: list[bool] = []  # for each letter: whether it is the first of a token
        self._ends: list[int] = []  # for each letter: where its token ends in the text for the voice
        self._taken = 0  # letters that have their time
        self._unknown: list[tuple[str, WordTime]] = []  # words, with their letters, that were not found yet
        self._audio_end = 0.0  # of the last word
        self._pace = SECONDS_A_LETTER  # of the last chunk with words of unknown times
        self._whole = (0, 0.0)  # letters of whole tokens that have their time, and where their audio ends

    def add_chunk(self, chunk: Speakable) -> None:
        """The next chunk of the text, whether there is something to speak in it or not."""
        offset, spoken_offset = len(self.text.written), len(self._spoken)
        self.text.add(chunk)
        self._spoken += chunk.text
        added: list[str] = []
        stop = self._stops[-1] if self._stops else 0
        for token in _TOKEN.finditer(chunk.text):
            letters, last = _letters_of(token[0])
            if not letters:
                continue
            tail = _TAIL.match(token[0], last)
            end = token.start() + (tail.end() if tail else last)
            self._stops += [stop] * (len(letters) - 1)
            stop = offset + chunk.written_end(end)
            self._stops.append(stop)
            self._opens += [True] + [False] * (len(letters) - 1)
            self._ends += [spoken_offset + token.end()] * len(letters)
            added.append(letters)
        self._letters += "".join(added)
        if added:
            self._stops[-1] = offset + len(chunk.written.rstrip())
        elif self._stops:
            self.text.end_silent(stop)

    def add_word(self, word: WordTime) -> None:
        """The voice's next word; its times are seconds from the start of the reply's audio."""
        self._audio_end = max(self._audio_end, word.end)
        letters, _ = _letters_of(word.text)
        if not letters:
            return
        if not self._unknown and self._letters.startswith(letters, self._taken):
            self._take(word, self._taken + len(letters))
            return
        self._unknown.append((letters, word))
        self._resync()
        if len(self._unknown) > MAX_UNKNOWN_WORDS:
            letters, word = self._unknown.pop(0)
            share = bisect_right(self._weights(self._taken + len(letters)), len(letters))
            self._take(word, self._taken + share)

    def spread(self, start: float, end: float) -> None:
        """No words are known for the chunks since the last ones: their audio lasts from `start` to `end` seconds."""
        self._audio_end = max(self._audio_end, end)
        weights = self._weights(len(self._letters))
        pace = (end - start) / weights[-1] if weights else 0.0
        self._pace = pace or self._pace
        for word, letters in self._evenly(start, pace):
            self._take(word, letters)

    def guess(self, start: float, until: float) -> None:
        """The audio of the chunks since the last ones begins at `start` seconds, and how long it will be is not known.

        Their words up to `until` seconds count from now on, by the pace of those before. They are not taken for spoken:
        `spread` is still to come, or `restart`.
        """
        for word, letters in self._evenly(start, self._pace):
            if _understood_at(word) > until:
                break
            self._hear(word, letters)

    def finish(self) -> None:
        """The synthesizer has given all it will: what is left of the text was spoken in the words that are left.

        Not for a reply that is cut: the rest of its text was never spoken.
        """
        self._place(self._unknown, len(self._letters))
        self._unknown = []
        if self._audio_end > 0:
            self._take(WordTime("", self._audio_end, self._audio_end), len(self._letters))

    def restart(self) -> tuple[float, str]:
        """The voice broke off and will begin anew: where, in seconds of the audio so far, and with which text.

        That is after the last word with a known place in the text; words after it will come again. The text is empty
        when all that was added has been spoken.
        """
        self._taken, self._audio_end = self._whole
        self._unknown = []
        if self._taken == len(self._letters):
            return self._audio_end, ""
        return self._audio_end, self._spoken[self._ends[self._taken - 1] if self._taken else 0 :].lstrip()

    @property
    def written(self) -> str:
        """The written text of all chunks so far."""
        return self.text.written

    def heard_end(self, played: float) -> int:
        """Return where the heard part of `written` ends after `played` seconds of audio: always after a word."""
        return self.text.end(played)

    def heard(self, played: float) -> str:
        """Return the text that was heard by then, with a short note in place of what is only to be read."""
        return self.text.heard(played)

    def shown(self, played: float) -> str:
        """Return the written text up to the last word that was heard by then, and what is only to be read after it."""
        return self.text.shown(played)

    def grows_at(self, played: float) -> float | None:
        """Seconds of the reply's audio, more than `played`, at which more is heard; None when that is not known yet."""
        return self.text.grows_at(played)

    def _take(self, word: WordTime, letters: int) -> None:
        """The first `letters` letters have been heard when this word has."""
        before, self._taken = self._taken, max(self._taken, min(letters, len(self._letters)))
        if self._taken > before and (self._taken == len(self._letters) or self._opens[self._taken]):
            self._whole = (self._taken, word.end)
        self._hear(word, self._taken)

    def _hear(self, word: WordTime, letters: int) -> None:
        self.text.hear(self._stops[letters - 1] if letters else 0, _understood_at(word), (word.start, word.end))

    def _evenly(self, start: float, pace: float) -> Iterator[tuple[WordTime, int]]:
        """The words of the untaken letters, from `start` on with `pace` seconds a letter; each with where it ends."""
        first, begun = self._taken, 0
        for letter, weight in enumerate(self._weights(len(self._letters)), first + 1):
            if letter == len(self._letters) or self._opens[letter]:
                yield WordTime("", start + begun * pace, start + weight * pace), letter
                begun = weight

    def _resync(self) -> None:
        """Find the last two unknown words, side by side, further on; those before them share what is between.

        Two, because one alone is often found where it does not belong, as the "one" of "$21 for one person".
        """
        if len(self._unknown) < 2:
            return
        *strangers, (first, first_word), (second, second_word) = self._unknown
        found = self._find(first + second)
        if found is not None:
            self._place(strangers, found)
            self._take(first_word, found + len(first))
            self._take(second_word, found + len(first) + len(second))
            self._unknown = []

    def _find(self, letters: str) -> int | None:
        """The next place, not too far ahead, where a token begins with these letters."""
        limit = self._taken + RESYNC_LETTERS + len(letters)
        found = self._letters.find(letters, self._taken, limit)
        while found > self._taken and not self._opens[found]:
            found = self._letters.find(letters, found + 1, limit)
        return found if found >= 0 else None

    def _place(self, words: list[tuple[str, WordTime]], end: int) -> None:
        """Give the letters up to `end` to words that are not in the text, in proportion to their length."""
        first, weights = self._taken, self._weights(end)
        total = sum(len(letters) for letters, _ in words)
        said = 0
        for letters, word in words:
            said += len(letters)
            share = said * weights[-1] / total if weights else 0
            self._take(word, first + bisect_right(weights, share))

    def _weights(self, end: int) -> list[int]:
        """Return the amount of speech in the letters from the first untaken one on, added up."""
        letters = self._letters[self._taken : end]
        return list(accumulate(DIGIT_LETTERS if letter.isdigit() else 1 for letter in letters))


def _understood_at(word: WordTime) -> float:
    return min(word.start + HEARD_FRACTION * (word.end - word.start), word.end)


def _letters_of(text: str) -> tuple[str, int]:
    """Letters and digits without case, accents and width, and where in `text` the last one ends, marks included."""
    if text.isascii() and text.isalnum():
        return text.lower(), len(text)  # most words: there is nothing to fold
    folded: list[str] = []
    end = 0
    for index, char in enumerate(text):
        letters = [part for part in unicodedata.normalize("NFKD", char.casefold()) if part.isalnum()]
        if letters or (end == index and unicodedata.category(char).startswith("M")):
            end = index + 1
        folded += letters
    return "".join(folded), end

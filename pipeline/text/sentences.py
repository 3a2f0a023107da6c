"""Cuts a model's stream of tokens into chunks that a voice can speak.

The first chunk is a clause, so that speech starts early; after it come whole sentences, which a voice reads best. Where
a sentence ends is a function of the text alone: only the early cuts depend on time. A chunk carries the white space
after it, so that the chunks together are the text.

Own rules rather than a library: the known ones want the whole text, and its language. Where a rule is in doubt it does
not cut: two sentences in one chunk sound right, half a sentence does not.
"""

import re
import unicodedata
from collections.abc import Sequence

from pipeline.text.brackets import is_bracket, opening_before
from pipeline.text.full_stops import SentenceEnd, judge_full_stop, judge_start
from pipeline.text.marks import CLOSERS, OPENERS, SPACELESS_STOPS, STOPS, count_words, is_spaceless

FIRST_CHUNK_DELAY = 0.03
"""Seconds after the first token until the first chunk need not be a clause any more: a model of 80 tokens a second has
written about the words by then that such a chunk needs, and each further one is silence that the person hears."""

FIRST_CHUNK_WORDS = 3
"""Words that an early chunk has at least: they last about a second, in which the rest of the sentence is written and
synthesized (20 tokens and a synthesizer's first byte); fewer would leave a gap after them, and sound torn off."""

SHORT_WORD = 3
"""Letters up to which a word is taken for an article, a preposition or the like: most of those, in most languages."""

LONG_CHUNK = 200
"""Characters of the longest chunk, about 13 seconds of speech: more need not be waited for."""

LONGEST_CHUNK = 1000
"""Characters after which also a word without end is cut, such as data that no voice can read."""

_LINE_GAP = r"(?>\s*\n|\s+)"  # white space that goes with the words before it: a line's indentation goes with its line
_MARK = re.compile(
    rf"(?:(?P<stops>[{STOPS}]{{1,40}})(?:[{CLOSERS}]|[ \u00a0\u202f]»(?=\s|\Z)){{0,40}}"  # French: a space before »
    rf"(?P<gap>{_LINE_GAP}?)|(?P<break>\n(?:\s*\n)?))(?=\s*+(?P<follower>\S?))"
)
_CLAUSE = re.compile(
    rf"(?:[,;:،؛][{CLOSERS}]{{0,40}}|(?<=\s)[-–—][{CLOSERS}]{{0,40}}|(?<=[^\W\d])—(?=[^\W\d]))(?:{_LINE_GAP}|(?<=—))"
    r"(?=\s*+\S)|[，；：、](?=[^，；：、\s])"
)
_GAP = re.compile(rf"(?<!\s){_LINE_GAP}(?=\s*+\S)")


class SentenceChunker:
    """Takes tokens, gives chunks: the first one early, then sentences. One for each reply."""

    def __init__(self) -> None:
        self._blanks: list[str] = []  # tokens of white space after the sentence, which decide nothing
        self._sentence = ""  # the sentence being written, from its first character on
        self._given = 0  # characters of it that were given out already
        self._scanned = 0  # characters of it in which it is known not to end
        self._begun = False
        self._first_at: float | None = None
        self._hurrying = False

    @property
    def due_at(self) -> float | None:
        """Loop time at which `due` should be called; None when there is nothing to wait for."""
        if self._begun or self._hurrying or self._first_at is None:
            return None
        return self._first_at + FIRST_CHUNK_DELAY

    def feed(self, text: str, at: float | None) -> list[str]:
        """Take a token that came at `at` (loop time) and return the chunks that are complete with it.

        While `at` is None nobody waits for the text, and the first chunk is not hurried.
        """
        if text.isspace():
            self._blanks.append(text)
            return self.due(at) if at is not None and self.due_at is not None else []
        self._sentence += self._taken_blanks() + text if self._blanks else text
        if at is None:
            return self._take(complete=False)
        if self._first_at is None and self._sentence.strip():
            self._first_at = at
        chunks = self._take(complete=False)
        return chunks if self._begun else chunks + self.due(at)

    def due(self, at: float) -> list[str]:
        """The first chunk, when it has waited until `due_at` and has a few words, at a place where it may be cut."""
        if self.due_at is not None and at >= self.due_at:
            self._hurrying = True
        return self.hurry() if self._hurrying and not self._begun else []

    def hurry(self) -> list[str]:
        """Return the sentence so far, cut at a word: for when the audio ahead runs out before it is written."""
        cut = last_gap(self._sentence[: self._scanned], self._given, FIRST_CHUNK_WORDS)
        return [] if cut is None else [self._give(cut)]

    def flush(self) -> list[str]:
        """The rest: no more text will come."""
        self._sentence += self._taken_blanks()
        return self._take(complete=True)

    def _taken_blanks(self) -> str:
        blanks = "".join(self._blanks)
        self._blanks.clear()
        return blanks

    def _take(self, *, complete: bool) -> list[str]:
        chunks: list[str] = []
        while self._given < len(self._sentence):
            end, self._scanned = sentence_end(self._sentence, self._scanned, complete=complete)
            known = self._scanned
            if not self._begun and (cut := first_clause(self._sentence[: min(known, LONG_CHUNK)])) is not None:
                chunks.append(self._give(cut))
            while known - self._given > LONG_CHUNK:
                cut = long_cut(self._sentence[self._given : min(known, self._given + LONGEST_CHUNK)])
                if cut is None:
                    break
                chunks.append(self._give(self._given + cut))
            if end is None:
                break
            if end > self._given:
                chunks.append(self._give(end))
            self._sentence = self._sentence[end:]
            self._given = self._scanned = 0
        return chunks

    def _give(self, end: int) -> str:
        chunk = self._sentence[self._given : end]
        self._given = end
        self._begun = True
        return chunk


def sentence_end(text: str, start: int, *, complete: bool) -> tuple[int | None, int]:
    """Return where the first sentence of `text` ends, white space after it included; None when not known yet.

    Looks from `start` on. Also returns up to where the answer is known. With `complete` no more text will come.
    """
    while mark := _MARK.search(text, start):
        if not mark["follower"]:
            return (len(text), len(text)) if complete else (None, mark.start())
        ending = _ending(text, mark, complete=complete)
        if ending is None:
            return None, mark.start()
        if ending is SentenceEnd.YES:
            return mark.end(), mark.end()
        start = mark.end()
    return (len(text) if complete else None), len(text)


def _ending(text: str, mark: re.Match[str], *, complete: bool) -> SentenceEnd | None:
    """Whether a sentence ends at a mark; None when the next word must be seen first."""
    stops, follower = mark["stops"], mark["follower"]
    gap = mark["gap"] if stops else mark["break"]
    before = text[: mark.start()]
    if not before.strip():
        return SentenceEnd.NO
    if gap.count("\n") > 1:
        return SentenceEnd.YES
    if not stops:
        return SentenceEnd.NO if follower.islower() else SentenceEnd.YES  # else a line was wrapped
    if not gap and stops[-1] not in SPACELESS_STOPS and not (stops[-1] in "!?" and is_spaceless(follower)):
        return SentenceEnd.NO
    if gap and follower.islower() and stops[-1] not in SPACELESS_STOPS:
        return SentenceEnd.NO
    if "\n" in gap:
        return SentenceEnd.YES
    if (opening := opening_before(text, mark.end("stops"))) is not None:
        ending = _ending_inside(text, mark, opening, complete=complete)
        if ending is not SentenceEnd.YES:
            return ending
    if stops != ".":
        return SentenceEnd.YES
    return judge_full_stop(before, text[mark.end() :], complete=complete)


def _ending_inside(text: str, mark: re.Match[str], opening: int, *, complete: bool) -> SentenceEnd | None:
    """Whether a stop inside of a quote or a bracket ends the sentence around it, too, as far as these show.

    That it does shows where the next sentence has a capital. Scripts without them leave it open (「はい。」と言う), so
    do names ("Really?" Ann asked). A bracket in mid-sentence never ends the sentence that it is in.
    """
    begins_sentence = not any(map(str.isalnum, text[:opening]))
    is_closed = opening_before(text, mark.start("gap")) is None
    if begins_sentence and not is_closed:
        return SentenceEnd.YES
    if is_bracket(text[opening]) and not begins_sentence:
        return SentenceEnd.DOUBTFUL
    follower = mark["follower"]
    if (mark["gap"] and follower in OPENERS) or (begins_sentence and follower == text[opening]):
        return SentenceEnd.YES
    if not follower.isupper():
        return SentenceEnd.DOUBTFUL
    if is_closed and mark["stops"] != ".":
        return judge_start(text[mark.end() :], complete=complete)
    return SentenceEnd.YES


def first_clause(text: str) -> int | None:
    """The end of the first clause of `text` that has a few words and leaves no number, quote or bracket open."""
    for mark in _CLAUSE.finditer(text):
        end = mark.end()
        if _words_before(text[:end], _doubtful_stops(text)) < FIRST_CHUNK_WORDS or _is_open(text[:end]):
            continue
        if not (text[mark.start() - 1].isdigit() and text[end].isdigit()):  # as in "May 5, 2024"
            return end
    return None


def _words_before(text: str, stops: Sequence[int], start: int = 0) -> float:
    """Count the words at the end of `text`, behind `start` and those of `stops` in it: too few sound torn off."""
    return count_words(text[max([start, *(stop for stop in stops if stop <= len(text))]) :])


def _doubtful_stops(text: str) -> list[int]:
    """Return where in a sentence that begins with `text` another one may begin."""
    return [
        mark.end()
        for mark in _MARK.finditer(text)
        if mark["stops"] and mark["follower"] and _ending(text, mark, complete=False) in {SentenceEnd.DOUBTFUL, None}
    ]


def last_gap(text: str, start: int, words: int) -> int | None:
    """The end of the last space in text[start:] at which a voice may pause, with at least `words` words before it.

    A pause after a short word is the last resort: it leans on the next one.
    """
    fallback: int | None = None
    stops = _doubtful_stops(text)
    for gap in reversed(list(_GAP.finditer(text, start))):
        before = text[start : gap.start()]
        if count_words(before) < words:
            break
        if _words_before(text[: gap.end()], stops, start) < words:
            continue
        last = before.split()[-1]
        if _belong_together(last, text[gap.end()]) or _is_open(before):
            continue
        if len(last) > SHORT_WORD:
            return gap.end()
        fallback = fallback or gap.end()
    return fallback


def long_cut(text: str) -> int | None:
    """Return where to cut a sentence that begins with `text`, longer than LONG_CHUNK; None when more text is needed.

    In the window's second half at the last clause mark, else at the last mark that may end a sentence; else at a space;
    else, in scripts without spaces, anywhere; else it is an address or the like, which is not cut.
    """
    window = text[:LONG_CHUNK]
    clauses = [mark.end() for mark in _CLAUSE.finditer(window, LONG_CHUNK // 2)]
    if marks := clauses or [stop for stop in _doubtful_stops(window) if stop > LONG_CHUNK // 2]:
        return marks[-1]
    if (gap := last_gap(window, 0, FIRST_CHUNK_WORDS)) is not None:
        return gap
    if gaps := [gap.end() for gap in _GAP.finditer(window)]:
        return gaps[-1]
    end = LONG_CHUNK
    while end > 1 and (unicodedata.category(text[end]) in {"Mn", "Mc", "Me", "Cf"} or not is_spaceless(text[end - 1])):
        end -= 1
    if end > 1:
        return end
    if gap_after := _GAP.search(text):
        return gap_after.end()
    return LONGEST_CHUNK if len(text) >= LONGEST_CHUNK else None


def _belong_together(word: str, follower: str) -> bool:
    """Whether a voice would read a word and what follows it in one breath: a number and its unit, a name."""
    if word.endswith(".") or word[-1].isdigit() or follower.isdigit() or unicodedata.category(follower) == "Sc":
        return True
    return word[0].isupper() and follower.isupper()


def _is_open(text: str) -> bool:
    """Whether a quote, a bracket or inline code is open at the end of `text`."""
    return text.count("`") % 2 == 1 or opening_before(text, len(text)) is not None

"""The written text of one reply, and how much of it was heard by when."""

from bisect import bisect_right
from itertools import pairwise

from pipeline.speech import WordTime
from pipeline.text.marks import not_spoken
from pipeline.text.speakable import Speakable


class HeardText:
    """Grows with each chunk of the text, and with each word that is heard; what was heard never shrinks."""

    def __init__(self) -> None:
        self.written = ""
        """The written text of all chunks so far."""
        self._heard_at = [0.0]  # seconds of audio, ascending...
        self._heard_ends = [0]  # ...and where what was heard by then ends
        self._spans: list[tuple[float, float]] = []  # of what was heard at each of them but the first, seconds of audio
        self._unheard_since: float | None = None  # where the voice's words begin with which no more text was heard yet
        self._silent_ends: dict[int, int] = {}  # where a last word ends to where what is silent after it does
        self._blocks: list[tuple[int, int, str]] = []  # what is only to be read: where it begins, ends, its name

    def add(self, chunk: Speakable) -> None:
        """The next chunk."""
        for start, end, name in chunk.blocks:
            start, end = start + len(self.written), end + len(self.written)
            self._blocks.append((start, end, name))
        self.written += chunk.written

    def end_silent(self, end: int) -> None:
        """Count what is written behind `end` as shown with the word that ends there: nothing of it is spoken."""
        self._silent_ends[end] = len(self.written.rstrip())

    def hear(self, end: int, at: float, span: tuple[float, float]) -> None:
        """Count the text up to `end` as heard after `at` seconds of audio, if more than that was not heard before.

        `span` is where the voice's last word of it begins and ends, in seconds.
        """
        start = span[0] if self._unheard_since is None else min(self._unheard_since, span[0])
        self._unheard_since = None if end > self._heard_ends[-1] else start
        if end > self._heard_ends[-1]:
            self._spans.append((start, max(start, span[1])))
            self._heard_at.append(max(at, self._heard_at[-1]))
            self._heard_ends.append(end)

    def end(self, played: float) -> int:
        """Return where the heard part of `written` ends after `played` seconds of audio: always after a word."""
        if played <= 0:
            return 0
        end = self._heard_ends[bisect_right(self._heard_at, played) - 1]
        return self._silent_ends.get(end, end)

    def words(self, played: float) -> tuple[WordTime, ...]:
        """Return what was heard by then, as written, word by word, with where each is in the audio."""
        count = bisect_right(self._heard_at, played)
        ends = map(self._with_marks, self._heard_ends[:count])
        texts = (self.written[begin:end].strip() for begin, end in pairwise(ends))
        return tuple(WordTime(text, *span) for text, span in zip(texts, self._spans, strict=False) if text)

    def grows_at(self, played: float) -> float | None:
        """Seconds of the reply's audio, more than `played`, at which more is heard; None when that is not known yet."""
        following = bisect_right(self._heard_at, played)
        return self._heard_at[following] if following < len(self._heard_at) else None

    def shown(self, played: float) -> str:
        """The written text up to the last word that was heard, with what is only to be read."""
        return self.written[: self.end(played)].strip()

    def heard(self, played: float) -> str:
        """The same with a short note in place of what is only to be read."""
        end, done = self.end(played), 0
        text: list[str] = []
        for start, stop, note in self._notes():
            if start >= end:
                break
            text += (self.written[done:start], note)
            done = min(stop, end)
        return "".join([*text, self.written[done:end]]).strip()

    def _with_marks(self, end: int) -> int:
        """Return where the marks end that stand right behind a word: a comma counts as heard with the next one only."""
        while 0 < end < len(self.written) and not (self.written[end].isalnum() or self.written[end].isspace()):
            end += 1
        return end

    def _notes(self) -> list[tuple[int, int, str]]:
        """The notes, and what each stands for: all blocks in a row."""
        notes: list[tuple[int, int, str]] = []
        for start, end, name in self._blocks:
            note = not_spoken(name)
            if notes and notes[-1][2] == note and not self.written[notes[-1][1] : start].strip():
                start = notes.pop()[0]
            notes.append((start, end, note))
        return notes

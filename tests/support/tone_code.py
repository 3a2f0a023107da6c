"""Words as tones: speech whose words can be read back exactly from a recording.

A word's code is three of thirty tones, sounding together for as long as the word lasts. `spoken` is a synthesizer's
voice made of nothing else; `overlay` marks recorded speech with the same code, weakly and in a band of its own, so that
a speech detector still hears the speech. `Decoder` reads either kind, also after Opus at LiveKit's speech preset, at
another rate or level, with packets lost, and with words cut: what it reports is how long each word really sounded.
"""

import difflib
import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipeline.audio import Pcm
from pipeline.speech import WordTime

TONES = 30
"""Tones of one band; a code is three of them with at least one tone between any two."""

_CODES = tuple(c for c in combinations(range(TONES), 3) if c[1] - c[0] > 1 and c[2] - c[1] > 1)

_CODE_OF_TONES: dict[tuple[int, ...], int] = {tones: code for code, tones in enumerate(_CODES)}

CODES = len(_CODES)
"""How many codes there are."""

_FULL_SCALE = 32_767.0

Row = npt.NDArray[np.float64]
"""The amplitude of each tone in one window, of full scale; shape (TONES,)."""


@dataclass(frozen=True, slots=True)
class Band:
    """Where the tones of a code lie, Hz, and the least amplitude (of full scale) of a tone that counts as one."""

    first: float
    step: float
    floor: float

    def frequency(self, tone: int) -> float:
        """Hz of tone 0 to TONES - 1."""
        return self.first + self.step * tone


SPOKEN = Band(first=600, step=100, floor=0.002)
"""The voice of `spoken`: 600 to 3500 Hz, where every codec and resampler is at home."""

MARKED = Band(first=4_000, step=100, floor=0.0001)
"""The marks of `overlay`: 4.0 to 6.9 kHz, above what a speech detector needs and below 16 kHz audio's limit."""

_TONE_LEVEL = 0.12  # of full scale, each tone of the voice: three make -17 dBFS, ordinary speech
_MARK_LEVEL = 0.04  # each mark's tone against the speech's level while it speaks
_SPEECH_TOP = 3_600.0  # Hz; recorded speech is cut off above, so that marks have their band for themselves
_RAMP = 0.005  # seconds: shorter ones click into other tones
_GAP = 0.080  # seconds of silence after a word: longer than what a decoder must bridge
_MARK_GAP = 0.020  # seconds between marks of different words, which need no more
_LEAST_MARK = 0.050  # seconds; a shorter word is marked for longer than it lasts
_HOP, _WINDOW = 0.005, 0.030  # seconds between windows of the decoder, and their length
_BRIDGE = 0.048  # seconds: a shorter hole in a tone is a lost packet, a longer one ends the word
_EDGE_ROWS = 4  # rows before a run that its edge may lie in: half a window and one more
_LEVEL_ROWS = 8  # rows whose loudest one is the level of now: 40 ms
_LEAST_ROWS = 4  # rows that must agree before they are a word
_SILENT = 0.1  # of the level of now: less is a hole
_CLEAR = 2.0  # the weakest of the three tones against the strongest of the others
_WEAKEST = 0.2  # the weakest of the three tones against the strongest of them
_PER_LETTER, _SHORTEST, _LONGEST = 0.060, 0.150, 0.600  # seconds: a brisk speaker


def folded(word: str) -> str:
    """A word without case and punctuation; empty when nothing of it can be spoken."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def words_of(text: str) -> list[str]:
    """The words of a text as they are spoken: split at white space, what has no letter or digit left out."""
    return [word for word in text.split() if folded(word)]


def code_of(word: str) -> int:
    """The word's code, 0 to CODES - 1, the same in every process; case and punctuation do not matter."""
    digest = hashlib.blake2s(folded(word).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % CODES


def duration_of(word: str) -> float:
    """Seconds that `spoken` takes for a word, in steps of 10 ms."""
    return round(min(max(_PER_LETTER * len(folded(word)), _SHORTEST), _LONGEST), 2)


def spoken(words: Sequence[str], rate: int) -> tuple[Pcm, tuple[WordTime, ...]]:
    """The voice of a synthesizer: each word its code, then a short silence. Times are seconds from the first sample."""
    pieces: list[npt.NDArray[np.float64]] = []
    times: list[WordTime] = []
    at = 0.0
    for word in words:
        duration = duration_of(word)
        pieces.append(_TONE_LEVEL * _chord(code_of(word), round(duration * rate), rate, SPOKEN))
        pieces.append(np.zeros(round(_GAP * rate)))
        times.append(WordTime(word, round(at, 3), round(at + duration, 3)))
        at += duration + _GAP
    return _pcm(np.concatenate(pieces) if pieces else np.zeros(0)), tuple(times)


def overlay(speech: Pcm, rate: int, words: Sequence[WordTime]) -> Pcm:
    """Recorded speech, marked with each word's code over the word's time; `words` in the order of their times.

    A mark ends a little before the next one begins. The speech loses what it had above 3.6 kHz.
    """
    marked = _low_pass(speech.astype(np.float64) / _FULL_SCALE, rate)
    level = _MARK_LEVEL * _speaking_level(marked, rate)
    free_at = 0.0
    for word, following in zip(words, [*words[1:], None], strict=True):
        start = max(word.start, free_at)
        end, gap = word.end, _MARK_GAP
        if following is not None:
            gap = _GAP if code_of(following.text) == code_of(word.text) else _MARK_GAP
            end = min(end, following.start - gap)
        end = max(end, start + _LEAST_MARK)
        free_at = end + gap
        first, last = round(start * rate), min(round(end * rate), marked.size)
        if last > first:
            marked[first:last] += level * _chord(code_of(word.text), last - first, rate, MARKED)
    return _pcm(marked)


@dataclass(frozen=True, slots=True)
class Heard:
    """A code that sounded from `start` to `end`, seconds from the first sample fed."""

    code: int
    start: float
    end: float

    def part_of(self, word: str) -> float:
        """How much of a word of `spoken` was there: 1.0 is all of it."""
        return (self.end - self.start) / duration_of(word)


HEARD_PART = 0.6
"""A word counts as heard when this part of it was played."""


class Decoder:
    """Reads codes from audio as it comes.

    A word is reported about 60 ms after it ended, or once the next one has begun.
    """

    def __init__(self, rate: int, band: Band = SPOKEN) -> None:
        if rate < 2 * band.frequency(TONES):
            raise ValueError(f"{rate} Hz cannot carry tones up to {band.frequency(TONES - 1):.0f} Hz")
        self._rate = rate
        self._floor = band.floor
        self._hop = round(_HOP * rate)
        self._window = 2 * round(_WINDOW / 2 * rate)
        taper = np.hanning(self._window + 1)[:-1]
        turns = 2j * np.pi * np.arange(self._window) / rate
        frequencies = np.array([band.frequency(tone) for tone in range(TONES)])
        # scaled so that a steady tone gives its own amplitude, of full scale
        self._bank = (taper * 2 / taper.sum() / _FULL_SCALE)[:, None] * np.exp(turns[:, None] * frequencies)
        self._pending = np.zeros(self._window // 2)  # so that row n is centred on sample n * hop
        self._rows: list[Row] = []
        self._forgotten = 0  # rows that are no longer in the list
        self._run: _Run | None = None
        self._rival: _Run | None = None  # another code, until it has lasted long enough to be believed

    def feed(self, samples: Pcm) -> list[Heard]:
        """Take audio, any number of samples; returns the words that ended in it."""
        self._pending = np.concatenate([self._pending, samples.astype(np.float64)])
        if self._pending.size < self._window:
            return []
        windows = np.lib.stride_tricks.sliding_window_view(self._pending, self._window)[:: self._hop]
        rows = np.abs(windows @ self._bank)
        self._pending = self._pending[len(rows) * self._hop :]
        return [heard for row in rows if (heard := self._take(row)) is not None]

    def flush(self) -> list[Heard]:
        """The audio has ended: returns the words that were still sounding."""
        return self.feed(np.zeros(round((2 * _BRIDGE + 2 * _WINDOW) * self._rate), dtype=np.int16))

    def _take(self, row: Row) -> Heard | None:
        at = self._forgotten + len(self._rows)
        self._rows.append(row)
        code = _code_in(row, self._floor)
        run, ended = self._run, None
        if run is None:
            self._run = None if code is None else _Run(code, row, at)
        elif code == run.code and not run.is_silence(row):
            run.extend(row, at)
            self._rival = None
        else:
            self._rival = self._rivalling(code, row, at) if code != run.code else None
            if (at - run.last) * _HOP > _BRIDGE or (self._rival and self._rival.count >= _LEAST_ROWS):
                ended = self._heard(run)
                self._run, self._rival = self._rival, None
        self._forget((at + 1 if self._run is None else self._run.first) - _EDGE_ROWS)
        return ended

    def _rivalling(self, code: int | None, row: Row, at: int) -> "_Run | None":
        if code is None:
            return None
        if self._rival is None or self._rival.code != code:
            return _Run(code, row, at)
        self._rival.extend(row, at)
        return self._rival

    def _heard(self, run: "_Run") -> Heard | None:
        if run.count < _LEAST_ROWS:
            return None
        rows = np.array(self._rows)[:, list(_CODES[run.code])]
        first, last = run.first - self._forgotten, run.last - self._forgotten
        start = self._forgotten + _edge(rows[: last + 1], first)
        backwards = rows[first:][::-1]
        end = run.first + len(backwards) - 1 - _edge(backwards, len(backwards) - 1 - (last - first))
        seconds = self._hop / self._rate
        return Heard(run.code, round(max(start * seconds, 0.0), 6), round(end * seconds, 6))

    def _forget(self, before: int) -> None:
        surplus = max(before - self._forgotten, 0)
        del self._rows[:surplus]
        self._forgotten += surplus


class _Run:
    """Rows in a row that carry one code, with holes that are short enough."""

    def __init__(self, code: int, row: Row, at: int) -> None:
        self.code, self.first, self.last, self.count = code, at, at, 0
        self._levels: deque[float] = deque(maxlen=_LEVEL_ROWS)
        self.extend(row, at)

    def extend(self, row: Row, at: int) -> None:
        self.last = at
        self.count += 1
        self._levels.append(self._level(row))

    def is_silence(self, row: Row) -> bool:
        return self._level(row) < _SILENT * max(self._levels)

    def _level(self, row: Row) -> float:
        return float(row[list(_CODES[self.code])].min())


def _code_in(row: Row, floor: float) -> int | None:
    """The code of which exactly the three tones sound, and no others."""
    order = np.argsort(row)[::-1]
    first, third, fourth = row[order[0]], row[order[2]], row[order[3]]
    if third < floor or third < _CLEAR * fourth or third < _WEAKEST * first:
        return None
    return _CODE_OF_TONES.get(tuple(sorted(int(tone) for tone in order[:3])))


def _edge(rows: npt.NDArray[np.float64], first: int) -> float:
    """The row, with its fraction, at which three tones reach half of the level that they have from row `first` on.

    That is where the tones begin: half of the window then lies on them.
    """
    reference = rows[first : first + _LEVEL_ROWS].max(axis=0)
    level = (rows[: first + _LEVEL_ROWS] / reference).min(axis=1)
    level /= level[first:].max()  # torn tones need not be at their loudest all at once
    at = int(np.flatnonzero(level > 0.5)[-1])
    while at > 0 and level[at - 1] > 0.5:
        at -= 1
    return at - float((level[at] - 0.5) / (level[at] - level[at - 1])) if at > 0 else float(at)


def words_in(pcm: Pcm, rate: int, vocabulary: Iterable[str], band: Band = SPOKEN) -> list[str]:
    """The words in a recording, in order, as `vocabulary` writes them; of `spoken` ones those that count as heard.

    A code that stands for no word of the vocabulary gives "?<code>". Raises ValueError when two of its words share a
    code.
    """
    words = codebook(vocabulary)
    decoder = Decoder(rate, band)
    found = []
    for heard in decoder.feed(pcm) + decoder.flush():
        word = words.get(heard.code, f"?{heard.code}")
        if band is MARKED or heard.code not in words or heard.part_of(word) >= HEARD_PART:
            found.append(word)
    return found


def mended(heard: Iterable[Heard]) -> list[Heard]:
    """Neighbours of one code as one word: a stall somewhere on the way through a room may tear a word in two.

    For audio in which no word is said twice in a row.
    """
    whole: list[Heard] = []
    for each in heard:
        if whole and whole[-1].code == each.code:
            whole[-1] = Heard(each.code, whole[-1].start, each.end)
        else:
            whole.append(each)
    return whole


def misheard(heard: Sequence[str], said: Sequence[str]) -> int:
    """Words lost, added or taken for others."""
    changes = difflib.SequenceMatcher(None, heard, said, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for what, i1, i2, j1, j2 in changes if what != "equal")


def understood(heard: Iterable[str], said: Iterable[str]) -> bool:
    """Whether half of the words are there, in whatever order and however often, as a busy machine leaves them.

    For tests that need a person to be understood, and do not judge how well.
    """
    words = {folded(word) for word in said}
    return len(words & {folded(word) for word in heard}) >= len(words) / 2


def codebook(vocabulary: Iterable[str]) -> dict[int, str]:
    """Codes to words; raises ValueError when two different words share a code."""
    words: dict[int, str] = {}
    for word in vocabulary:
        known = words.setdefault(code_of(word), word)
        if folded(known) != folded(word):
            raise ValueError(f"{known!r} and {word!r} have the same code: use another word for one of them")
    return words


def _chord(code: int, samples: int, rate: int, band: Band) -> npt.NDArray[np.float64]:
    """The three tones of a code, each of amplitude 1, with ramps; shape (samples,)."""
    t = np.arange(samples) / rate
    # phases a third of a turn apart keep the peak of the sum down
    tones = [np.sin(2 * np.pi * (band.frequency(tone) * t + n / 3)) for n, tone in enumerate(_CODES[code])]
    ramp = np.clip(np.minimum(t, (samples - 1) / rate - t) / _RAMP, 0, 1)
    return np.asarray(np.sum(tones, axis=0) * ramp, dtype=np.float64)


def _low_pass(signal: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    """Without what lies above `_SPEECH_TOP`; no delay."""
    taps = round(0.008 * rate) | 1
    n = np.arange(taps) - taps // 2
    kernel = np.sinc(2 * _SPEECH_TOP / rate * n) * np.hamming(taps)
    return np.convolve(signal, kernel / kernel.sum(), mode="same")


def _speaking_level(signal: npt.NDArray[np.float64], rate: int) -> float:
    """The level while somebody speaks: the root mean square of the loudest fifth of the 20 ms blocks, of full scale."""
    size = round(0.020 * rate)
    blocks = signal[: signal.size // size * size].reshape(-1, size)
    if not len(blocks):
        return 0.0
    powers = np.sort(np.mean(np.square(blocks), axis=1))
    return float(np.sqrt(powers[-max(len(powers) // 5, 1) :].mean()))


def _pcm(signal: npt.NDArray[np.float64]) -> Pcm:
    return np.asarray(np.clip(np.rint(signal * _FULL_SCALE), -32_768, 32_767), dtype=np.int16)

"""One side of a recording: where each piece of audio lies, counted in samples."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from pipeline.audio import Pcm, silence

DRIFT = 0.015
"""Seconds by which audio that goes on may be off its time before it is moved: its clock runs at another speed, or a
part of it was lost. Less than anybody can hear between two sides."""

QUIET_DRIFT = 0.003
"""The same where it is quiet, and a few samples more or less are not heard either."""

QUIET = 100
"""Of 32768, about -50 dBFS: the loudest sample of what counts as quiet."""


@dataclass(slots=True)
class _Piece:
    start: int
    samples: Pcm

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


class SideTrack:
    """Places are samples from second 0 at `rate`; audio may lie before it until the first is taken.

    What follows without a break stays whole: its place comes from the samples before it, and its time only shows when
    that is no longer true.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.end = 0
        """One past the last sample that has come; before any, where the first may lie."""
        self.late = 0
        """Samples that came when their place had been taken already."""
        self._pieces = deque[_Piece]()
        self._stream: list[_Piece] = []  # what lies without a gap at the end, as long as none of it was taken
        self._has_stream = False
        self._taken: int | None = None

    @property
    def first(self) -> int | None:
        """Where the first audio lies that was not taken yet."""
        return self._pieces[0].start if self._pieces else None

    def put(self, at: float, samples: Pcm) -> None:
        """Add audio that begins at `at` seconds, behind all before it."""
        start, skipped = self._place(round(at * self.rate), samples)
        if start == self._taken:
            self.late += min(skipped, len(samples))
        if start > self.end:
            self._stream = []
        self._has_stream = True
        if skipped < len(samples):
            piece = _Piece(start, samples[skipped:])
            self._pieces.append(piece)
            self._stream.append(piece)
            self.end = piece.end

    def break_off(self) -> None:
        """Note that what comes next continues nothing."""
        self._has_stream = False
        self._stream = []

    def take_back(self, samples: int) -> None:
        """Forget the last so many samples."""
        while samples > 0 and self._pieces:
            last = self._pieces[-1]
            if len(last.samples) > samples:
                last.samples = last.samples[:-samples]
                self.end = last.end
                return
            samples -= len(last.samples)
            self.end = last.start
            self._pieces.pop()
            if self._stream:
                self._stream.pop()

    def mute(self, start: int, end: int) -> bool:
        """Silence what lies there; returns whether all of it was still here."""
        for piece in self._pieces:
            first, last = max(start, piece.start) - piece.start, min(end, piece.end) - piece.start
            if first < last:
                piece.samples = piece.samples.copy()
                piece.samples[first:last] = 0
        return self._taken is None or start >= self._taken

    def take(self, start: int, end: int) -> Pcm | None:
        """Return the audio between two places, silence where there is none; None where there is nothing at all."""
        self._taken = end
        self.end = max(self.end, end)
        whole: Pcm | None = None
        while self._pieces and self._pieces[0].start < end:
            piece = self._pieces.popleft()
            self._stream = []
            if piece.end > end:
                self._pieces.appendleft(_Piece(end, piece.samples[end - piece.start :]))
                piece.samples = piece.samples[: end - piece.start]
            if whole is None:
                whole = silence(end - start)
            whole[piece.start - start : piece.end - start] = piece.samples
        return whole

    def _place(self, target: int, samples: Pcm) -> tuple[int, int]:
        """Return where audio goes whose time is that of the place `target`, and how much of it has no place."""
        if not self._has_stream:
            has_free_place = self._taken is None and not self._pieces
            start = target if has_free_place else max(target, self.end)
            return start, start - target
        drift = target - self.end
        is_quiet = abs(drift) > QUIET_DRIFT * self.rate and int(np.max(np.abs(samples), initial=0)) < QUIET
        if abs(drift) <= (QUIET_DRIFT if is_quiet else DRIFT) * self.rate:
            return self.end, 0
        if drift < 0:
            self._move(drift)
        start = max(target, self.end)
        return start, start - target

    def _move(self, drift: int) -> None:
        """Move the stream to where its later audio shows that it began, as far as there is room."""
        if not self._stream:
            return
        first = self._stream[0].start
        before = next((piece.end for piece in reversed(self._pieces) if piece.start < first), self._taken)
        moved = drift if before is None else max(drift, before - first)
        for piece in self._stream:
            piece.start += moved
        self.end += moved

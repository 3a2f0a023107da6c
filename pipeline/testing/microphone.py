"""A person's microphone: windows of audio at their time, and which words are in which of them."""

import asyncio
from bisect import insort
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import takewhile
from math import log10

import numpy as np

from pipeline.audio import LISTEN_WINDOW, WINDOW_DURATION, Pcm
from pipeline.ports import AudioGap, AudioWindow
from pipeline.testing.clock import Clock
from pipeline.testing.network import Network
from pipeline.testing.sounds import Part, Sound
from pipeline.testing.window import SILENT, Window, composed

QUIET_ROOM = -60.0
"""dBFS."""


class SceneMicrophone:
    """Implements AudioIn. What is understood of a word depends on its samples: only what arrives can be."""

    def __init__(self, clock: Clock, network: Network) -> None:
        self.delivered: Counter[int] = Counter()
        """Samples of each sound's code that the bot was given."""
        self.latest = SILENT
        """The window that was delivered last."""
        self._clock, self._network = clock, network
        self._sounds: list[Sound] = []  # not yet over
        self._absences: list[tuple[float, float]] = []
        self._faults: set[float] = set()  # absences that begin then have no reason
        self._stalls: list[tuple[float, float]] = []
        self._recorded: list[tuple[float, float]] = []
        self._parts: dict[bytes, deque[tuple[Part, ...]]] = {}  # of words, by the samples of their window
        self._taken: dict[bytes, tuple[Part, ...]] = {}  # the same, once they were given

    def add(self, sounds: Iterable[Sound]) -> None:
        """Let these be heard at their times."""
        for sound in sounds:
            insort(self._sounds, sound)

    def falls_silent(self, at: float, for_: float, *, is_fault: bool = False) -> None:
        """No audio comes, and it is known that none does; with `is_fault` it should."""
        insort(self._absences, (at, at + for_))
        if is_fault:
            self._faults.add(at)

    def stalls(self, at: float, for_: float) -> None:
        """No audio comes, and then all of it at once."""
        insort(self._stalls, (at, at + for_))

    def is_recorded(self, at: float, for_: float) -> None:
        """No audio comes, and then all of it at once, each window with the time at which it would have come."""
        self.stalls(at, for_)
        insort(self._recorded, (at, at + for_))

    @property
    def is_away(self) -> bool:
        """Whether it is known that no audio comes."""
        return self._back_at(self._clock.now) is not None

    @property
    def level_db(self) -> float | None:
        """RMS of the latest window in dBFS, and never less than in a quiet room; None while no audio comes."""
        if self.is_away:
            return None
        power = float(np.mean(np.square(self.latest.samples.astype(np.float32) / 32768)))
        return max(10 * log10(power), QUIET_ROOM) if power else QUIET_ROOM

    @property
    def sounds_until(self) -> float:
        """The second at which the last of the sounds is over."""
        return max((sound.ended_at for sound in self._sounds), default=0.0)

    def take_parts(self, audio: Pcm) -> Iterator[tuple[int, Part]]:
        """Return the parts of words in audio that was delivered, with the place of their window in it.

        Audio may be taken again, as a transcriber is sent it again.
        """
        if not self._parts and not self._taken:
            return
        for place in range(0, len(audio), LISTEN_WINDOW):
            key = audio[place : place + LISTEN_WINDOW].tobytes()
            if (found := self._parts.get(key)) is None:
                yield from ((place, part) for part in self._taken.get(key, ()))
                continue
            self._taken[key] = parts = found.popleft()
            yield from ((place, part) for part in parts)
            if not found:
                del self._parts[key]

    async def listen(self) -> AsyncIterator[AudioWindow | AudioGap]:
        loop, start, number, was_absent = self._clock.loop, self._clock.now, 0, True
        while True:
            if (back_at := self._back_at(start)) is not None:
                if not was_absent:
                    yield AudioGap(loop.time(), self._is_at_fault(start))
                was_absent = True
                await self._until(back_at)
                start = back_at
                continue
            end, number = start + WINDOW_DURATION, number + 1
            await self._clock.until(self._comes_at(end, number))
            if self._back_at(start + WINDOW_DURATION / 2) is not None:
                start += WINDOW_DURATION / 2
                continue
            was_absent = False
            self.latest = self._window(start)
            is_recorded = any(begin <= end < over for begin, over in self._recorded)
            yield AudioWindow(self.latest.samples, self._clock.loop_time(end) if is_recorded else loop.time())
            start = end

    async def _until(self, at: float) -> None:
        if at == float("inf"):
            await asyncio.Event().wait()
        await self._clock.until(at)

    def _back_at(self, at: float) -> float | None:
        """Return the time at which there is audio again; None when there is audio now."""
        if not self._absences:
            return None
        return max((end for begin, end in self._absences if begin <= at < end), default=None)

    def _is_at_fault(self, at: float) -> bool:
        return any(begin in self._faults for begin, end in self._absences if begin <= at < end)

    def _comes_at(self, end: float, number: int) -> float:
        on_time = end + self._network.delay(number)
        if not self._stalls:
            return on_time
        return max((over for begin, over in self._stalls if begin <= end < over), default=on_time)

    def _window(self, start: float) -> Window:
        sounds, end = self._sounds, start + WINDOW_DURATION
        while sounds and sounds[0].ended_at <= start:
            del sounds[0]
        if not sounds or sounds[0].began_at >= end:
            return SILENT
        current = takewhile(lambda sound: sound.began_at < end, sounds)
        window = composed(start, current, list(self._network.lost(start, end)))
        for part in window.parts:
            self.delivered[part.code] += part.samples
        if window.parts:
            self._parts.setdefault(window.samples.tobytes(), deque()).append(window.parts)
        return window

"""The audio on its way to the transcriber, and back from the transcriber's times to the microphone's samples."""

import logging
from asyncio import Event
from bisect import bisect_left, bisect_right
from collections import deque

import numpy as np

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.speech import Finalize

log = logging.getLogger(__name__)

QUEUE_LIMIT = 60.0
"""Seconds of audio kept for a transcriber that takes none; beyond it the oldest is dropped, and logged. 1.9 MB."""

JOINED = 4
"""Windows that are sent as one when none of them is urgent, 128 ms: each piece that is sent costs the same, whatever is
in it, and with a transcriber in the network that is more than anything else that is done with a window of silence."""

KEPT_PIECES = 1000
"""Stretches without a gap that are remembered; before the oldest, times count on as if there were no gap."""


class TranscriberFeed:
    """An iterator for `Transcriber.transcribe`, filled by the listener; also knows what of the microphone it was given.

    Transcribers count seconds of audio from the first sample they got, which may have gaps: silence that was not
    sent, or audio that was dropped.
    """

    def __init__(self) -> None:
        self._held: list[Pcm] = []  # not urgent, and not yet enough to be sent
        self._held_until = 0  # the microphone's sample behind them
        self._items: deque[tuple[int, Pcm] | Finalize] = deque()
        self._waiting = 0  # samples
        self._full = False  # audio was dropped since all was taken
        self._changed = Event()
        self.ended = False
        """Whether no more audio will come."""
        self._given = 0  # samples
        self._next = -1  # the microphone's sample that would continue without a gap
        self._pieces: deque[tuple[int, int]] = deque(maxlen=KEPT_PIECES)  # (given samples, microphone's sample)
        self.dropped_samples = 0
        """Lost because more than QUEUE_LIMIT waited."""
        self.speech_samples = 0
        """Of the audio so far those in which speech was detected: they want an answer."""

    def send(self, first: int, samples: Pcm, *, is_urgent: bool = True, is_speech: bool = False) -> None:
        """Send audio of which the first sample is number `first` of the microphone; in order, gaps allowed.

        What is not urgent is sent with what follows it: when there is enough, or anything else is to be sent.
        """
        if first != self._held_until:
            self.flush()
        self._held.append(samples)
        self.speech_samples += len(samples) if is_speech else 0
        self._held_until = first + len(samples)
        if is_urgent or len(self._held) == JOINED:
            self.flush()

    def flush(self) -> None:
        """Send what is held back."""
        if not self._held:
            return
        samples = self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
        self._held.clear()
        self._items.append((self._held_until - len(samples), samples))
        self._waiting += len(samples)
        while self._waiting > QUEUE_LIMIT * LISTEN_RATE:
            self._drop_oldest()
        self._changed.set()

    def finalize(self) -> None:
        """Ask for an answer about all audio so far; a second time without audio in between it is the same question."""
        self.flush()
        if not self._items or not isinstance(self._items[-1], Finalize):
            self._items.append(Finalize())
            self._changed.set()

    def end(self) -> None:
        """End the stream: no more audio will come."""
        self.flush()
        self.ended = True
        self._changed.set()

    def __aiter__(self) -> "TranscriberFeed":
        return self

    async def __anext__(self) -> Pcm | Finalize:
        while not self._items:
            self._full = False
            if self.ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        item = self._items.popleft()
        if isinstance(item, Finalize):
            return item
        first, samples = item
        if first != self._next:
            self._pieces.append((self._given, first))
        self._next = first + len(samples)
        self._given += len(samples)
        self._waiting -= len(samples)
        return samples

    @property
    def given_duration(self) -> float:
        """Seconds of audio that the transcriber has taken."""
        return self._given / LISTEN_RATE

    def sample_at(self, seconds: float) -> int:
        """Return the microphone's sample at which something begins, `seconds` into the audio given."""
        given = round(seconds * LISTEN_RATE)
        return self._sample(given, bisect_right(self._pieces, given, key=lambda piece: piece[0]))

    def sample_behind(self, seconds: float) -> int:
        """Return the microphone's sample behind something that ends there: on a gap, the sample before it."""
        given = round(seconds * LISTEN_RATE)
        return self._sample(given, bisect_left(self._pieces, given, key=lambda piece: piece[0]))

    def _sample(self, given: int, pieces_before: int) -> int:
        if not self._pieces:
            return 0
        given_before, first = self._pieces[max(pieces_before - 1, 0)]
        return max(first + given - given_before, 0)

    def _drop_oldest(self) -> None:
        item = self._items.popleft()
        if isinstance(item, Finalize):
            return
        _, samples = item
        self._waiting -= len(samples)
        if not self._full:
            self._full = True
            log.warning("the transcriber takes no audio; of what waits only the last %.0f s are kept", QUEUE_LIMIT)
        self.dropped_samples += len(samples)

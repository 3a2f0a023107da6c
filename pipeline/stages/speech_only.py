"""Leaves out silence on the way to a transcriber that is paid by the second, and loses no first syllable."""

from collections import deque
from collections.abc import Iterator

from pipeline.audio import LISTEN_RATE, Pcm
from vad.gate import Edge, Gate, SpeechStart

HANGOVER = 1.0
"""Seconds that are sent on after the last speech: transcribers decide on the last word by the silence behind it."""


class SpeechOnly:
    """Holds back each window until it is known whether speech began near it, and follows speech with a hangover."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        options = gate.options
        self._longest = round((options.prefix_padding + max(options.min_speech, options.fresh_speech)) * LISTEN_RATE)
        self._held: deque[tuple[int, Pcm]] = deque()
        self._send_until = 0  # the microphone's sample

    def take(self, first: int, samples: Pcm, edge: Edge | None) -> Iterator[tuple[int, Pcm]]:
        """What may be sent now that the gate has judged this window, whose first sample is number `first`."""
        self._held.append((first, samples))
        if self._gate.speaking:
            self._send_until = self._gate.position + round(HANGOVER * LISTEN_RATE)
        if isinstance(edge, SpeechStart):
            self._drop_before(edge.padded)
        if first < self._send_until:
            yield from self._held
            self._held.clear()
        else:
            self._drop_before(self._gate.position - self._longest)

    def break_off(self) -> None:
        """The audio breaks here: what was held back belongs to nothing."""
        self._held.clear()
        self._send_until = 0

    def _drop_before(self, sample: int) -> None:
        while self._held and self._held[0][0] + len(self._held[0][1]) <= sample:
            self._held.popleft()

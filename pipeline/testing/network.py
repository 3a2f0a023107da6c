"""A bad network between the person's voice and the bot, the same for the same seed."""

from collections.abc import Iterator
from math import ceil, floor
from random import Random

from pipeline.testing.clock import seconds
from pipeline.testing.errors import SceneError

PACKET = 0.02
"""Seconds of voice in one packet, as WebRTC sends them."""


class Network:
    """Loses packets with the probability `loss`, and delivers windows up to `jitter` seconds late, in their order."""

    def __init__(self, loss: float, jitter: float, seed: int) -> None:
        if not 0 <= loss < 1:
            raise SceneError(f"loss={loss!r}: give the share of packets that are lost, from 0 to below 1")
        self._loss, self._jitter, self._seed = loss, seconds(jitter, "jitter"), seed

    def delay(self, window: int) -> float:
        """Seconds by which this window comes late."""
        return self._jitter and self._random("delay", window).uniform(0.0, self._jitter)

    def lost(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """Return the parts of the voice between two times that are lost."""
        if not self._loss:
            return
        for packet in range(floor(start / PACKET), ceil(end / PACKET)):
            if self._random("loss", packet).random() < self._loss:
                yield max(start, packet * PACKET), min(end, (packet + 1) * PACKET)

    def _random(self, what: str, number: int) -> Random:
        return Random(f"{self._seed} {what} {number}")

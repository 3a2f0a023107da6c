"""The transport's floor: how long a sound takes from a caller to a participant and back, nobody thinking in between."""

import asyncio
from dataclasses import dataclass

import numpy as np

from bot.caller.recording import Recording

from .access import Server
from .caller import Caller
from .echo import Echo
from .tones import dominant_frequency, tone

FREQUENCIES = (600.0, 900.0, 1300.0, 1800.0, 2400.0)
"""Hz of the bursts, in turn: an echo is recognized as that of its own burst."""

BURST = 0.080
"""Seconds of one burst."""

INTERVAL = 0.4337
"""Seconds from burst to burst: longer than a usual echo takes, and on no grid of 10 ms, so that every phase occurs."""

THRESHOLD_DB = -35.0
"""dBFS above which a burst counts as heard; bursts are sent at -9, the codec's noise stays below -60."""


@dataclass(frozen=True)
class Floor:
    """Seconds from the start of a burst to the onset of its echo at the caller."""

    samples: tuple[float, ...]
    """One for each burst that came back, in order."""
    sent: int
    """Bursts that were played."""
    disturbed: int
    """Bursts that a stall of this process tore holes into; they are counted in nevertheless."""

    @property
    def median(self) -> float:
        return float(np.median(self.samples))

    @property
    def p95(self) -> float:
        return float(np.percentile(self.samples, 95))

    def __str__(self) -> str:
        return (
            f"transport floor: median {self.median * 1000:.0f} ms, p95 {self.p95 * 1000:.0f} ms, "
            f"{len(self.samples)} of {self.sent} bursts came back, {self.disturbed} disturbed"
        )


async def measure_floor(server: Server, bursts: int = 40, room: str = "transport-floor") -> Floor:
    """Play tone bursts to an echo in a room of its own and time what comes back; takes about 0.43 s a burst."""
    keys = (server.url, server.api_key, server.api_secret)
    async with Echo(*keys, room=room), Caller(*keys, room=room) as caller:
        await _heard_each_other(caller)
        loop = asyncio.get_running_loop()
        begin_at = loop.time() + 0.5
        played = [
            await caller.speak_at(begin_at + n * INTERVAL, tone(FREQUENCIES[n % len(FREQUENCIES)], BURST), 48_000)
            for n in range(bursts)
        ]
        await asyncio.sleep(2 * INTERVAL)
    delays = [_echo_delay(caller.recording, burst.start_at, n) for n, burst in enumerate(played)]
    heard = tuple(delay for delay in delays if delay is not None)
    return Floor(heard, bursts, sum(1 for burst in played if burst.underruns))


async def _heard_each_other(caller: Caller) -> None:
    """Play until something comes back: subscriptions take a moment, and a jitter buffer begins long."""
    for _ in range(20):
        burst = await caller.play(tone(440, BURST), 48_000)
        await asyncio.sleep(INTERVAL)
        if caller.recording.onset_after(burst.start_at, THRESHOLD_DB) is not None:
            return
    raise TimeoutError("no echo in ten seconds: is the server's media port open on this machine?")


def _echo_delay(recording: Recording, start_at: float, number: int) -> float | None:
    """Seconds until the burst with this number is heard; None when it never is, or another one in its place."""
    onset_at = recording.onset_after(start_at, THRESHOLD_DB)
    if onset_at is None:
        return None
    heard = dominant_frequency(recording.slice(onset_at, onset_at + BURST), recording.rate)
    return onset_at - start_at if abs(heard - FREQUENCIES[number % len(FREQUENCIES)]) < 100 else None

"""Notices a microphone that is on and gives nothing but zeros: a fault on the way here, not a person who is silent.

Known with telephones, of which some versions of LiveKit's client give zeros instead of sound. Counted is from the
beginning of a track, or from its unmuting, until the first sample that is not zero. After that zeros mean nothing: apps
with a noise gate send them in every pause, and LiveKit's SIP service fills up with them what a telephone leaves out.
"""

import asyncio
from collections.abc import Callable

import numpy as np

from bot.room.deafness import CHECK_INTERVAL
from pipeline.audio import Pcm
from pipeline.clock import loop_time
from pipeline.events import MicrophoneSilenceEnded, MicrophoneSilent

ZERO_DURATION = 3.0
"""Seconds of zeros from which a track is at fault: even a quiet room is some noise."""


class SilenceCheck:
    """Looks at the samples of one track after the other. Time is counted in samples, so that no stall is a fault."""

    def __init__(self, rate: int) -> None:
        self._needed = round(ZERO_DURATION * rate)
        self.restart()

    def restart(self) -> None:
        """Begin anew: with another track, or as nobody is at fault for what comes now."""
        self._zeros, self._has_sound = 0, False

    def take(self, samples: Pcm) -> None:
        """Look at some more samples."""
        if self._has_sound or np.any(samples):
            self._has_sound = True
        else:
            self._zeros += len(samples)

    @property
    def has_zeros_alone(self) -> bool:
        """Whether something came, and all of it was zeros."""
        return self._zeros > 0 and not self._has_sound

    @property
    def is_at_fault(self) -> bool:
        """Whether that has been so for ZERO_DURATION."""
        return self.has_zeros_alone and self._zeros >= self._needed


async def report_silence(
    is_at_fault: Callable[[], bool],
    person: Callable[[], str | None],
    emit: Callable[[MicrophoneSilent | MicrophoneSilenceEnded], None],
) -> None:
    """Report once that a person's microphone is silent, and once that it is no more, or that nobody listens to it."""
    reported: str | None = None
    try:
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            silent = person() if is_at_fault() else None
            if reported is not None and silent != reported:
                emit(MicrophoneSilenceEnded(loop_time(), reported))
                reported = None
            if silent is not None and reported is None:
                emit(MicrophoneSilent(loop_time(), silent))
                reported = silent
    finally:
        if reported is not None:
            emit(MicrophoneSilenceEnded(loop_time(), reported))

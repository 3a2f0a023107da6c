"""Notices that nothing of the reply on air is being played, whatever the cause."""

import asyncio
from collections.abc import Callable

from pipeline.clock import loop_time
from pipeline.errors import RoomError
from pipeline.events import PlayoutResumed, PlayoutStalled

LOOK_DELAY = 0.5
"""Seconds between two looks at whether audio has gone out. Looks count, and not seconds: a stall of the process makes
one of them late, and no reply is stuck by it."""

BEGIN_DELAY = 2.5
"""Seconds from a release to the first look: a first frame may wait 2 s for a subscriber."""

LOOKS_IN_VAIN = 12
"""Looks in a row at audio that does not go out, after which it never will: two replies have been given up by then."""

ADVICE = "the room takes no audio of the bot any more: start the bot anew"


class StallWatch:
    """Looks while a reply is on air and not held."""

    def __init__(
        self,
        on_air: Callable[[], str | None],
        has_audio: Callable[[], bool],
        emit: Callable[[PlayoutStalled | PlayoutResumed], None],
    ) -> None:
        """`on_air` gives the reply's id, `has_audio` says whether there is anything to be played of it."""
        self._on_air, self._has_audio, self._emit = on_air, has_audio, emit
        self._timer: asyncio.TimerHandle | None = None
        self._is_stalled = self._has_written = False
        self._in_vain = 0  # looks, over all replies
        self._dead = asyncio.Event()

    def begin(self, delay: float = BEGIN_DELAY) -> None:
        """Look from now on: a reply is on air, or goes on after a hold."""
        self.rest()
        self._timer = asyncio.get_running_loop().call_later(delay, self._look)

    def rest(self) -> None:
        """Look no more: nothing is on air, or it is held."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._is_stalled, self._has_written = None, False, False

    def wrote(self) -> None:
        """Note that the room has taken audio."""
        self._has_written, self._in_vain = True, 0
        if self._is_stalled:
            self._is_stalled = False
            self._emit(PlayoutResumed(loop_time(), self._on_air() or ""))

    async def until_dead(self) -> None:
        """Raise RoomError when the room takes no audio, however many replies have tried."""
        await self._dead.wait()
        raise RoomError(ADVICE)

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_DELAY, self._look)
        has_written, self._has_written = self._has_written, False
        if has_written:
            return
        if self._has_audio():
            self._in_vain += 1
            if self._in_vain >= LOOKS_IN_VAIN:
                self._dead.set()
        if not self._is_stalled:
            self._is_stalled = True
            self._emit(PlayoutStalled(loop_time(), self._on_air() or "", is_starved=not self._has_audio()))

"""The state of a connection: it stands, is being restored, or has ended; and when it can be closed safely."""

import asyncio
from contextlib import suppress

from livekit import rtc

from bot.room.joining import CALL_OFF_TIMEOUT
from pipeline.clock import loop_time

NEGOTIATION_DELAY = 0.25
"""Seconds from publishing until the server has the offer for the track: the client library holds it back for up to
0.15 (PUBLISHER_NEGOTIATION_FREQUENCY in its rtc_session.rs)."""


class ConnectionStatus:
    """Set by the client library's events. A connection begins as one that stands."""

    def __init__(self) -> None:
        self.reconnecting = False
        """Whether the client library is restoring the connection; nothing is known of the room meanwhile."""
        self._steady = asyncio.Event()  # set unless `reconnecting`, and at the end
        self._steady.set()
        self._negotiated_at = 0.0
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_usable(self) -> bool:
        """Whether the room can be looked at and asked for changes."""
        return not self.reconnecting and not self._ended.done()

    def published(self) -> None:
        """Note that a track was published just now: its negotiation takes a moment."""
        self._negotiated_at = loop_time() + NEGOTIATION_DELAY

    def lost(self) -> None:
        """Note that the client library begins to restore the connection."""
        self.reconnecting = True
        self._steady.clear()

    def restored(self) -> None:
        """Note that the connection stands again; a full reconnect has published anew."""
        self.reconnecting = False
        self.published()
        self._steady.set()

    def end(self, reason: rtc.DisconnectReason.ValueType) -> None:
        """Note that the connection has ended; only the first end counts."""
        self.give_up(rtc.DisconnectReason.Name(reason))

    def give_up(self, reason: str) -> None:
        """Have `wait_ended` return a reason of the bot's own, unless the connection has ended before."""
        if not self._ended.done():
            self._ended.set_result(reason)
        self._steady.set()

    def fail(self, error: Exception) -> None:
        """Have `wait_ended` raise an error, unless the connection has ended before."""
        if not self._ended.done():
            self._ended.set_exception(error)

    async def wait_ended(self) -> str:
        """Return LiveKit's name of the reason for the end, or the bot's own. Raises the error of a callback."""
        return await asyncio.shield(self._ended)  # it would be cancelled together with the waiting task

    async def wait_steady(self) -> None:
        """Return when nothing is being restored, after CALL_OFF_TIMEOUT seconds at the latest.

        In the middle of a reconnect, disconnecting would leave a ghost in the room for 15 s, or make the client library
        panic.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(CALL_OFF_TIMEOUT):
                await self._steady.wait()

    async def wait_negotiated(self) -> None:
        """Return when the negotiation of the published track is over.

        In the middle of it the goodbye may get lost, and the bot stays in the room as a ghost for 20 s.
        """
        await asyncio.sleep(self._negotiated_at - loop_time())

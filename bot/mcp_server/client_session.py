"""The session of one MCP client: it is in one room at most."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mcp.server.mcpserver import Context

from bot.mcp_server.progress import report_progress
from bot.mcp_server.room_directory import RoomDirectory
from bot.mcp_server.room_session import RoomSession
from bot.mcp_server.setup import Setup
from bot.settings.reading import missing_providers
from pipeline.errors import RoomError, SettingsError


class ClientSession:
    """Joins and leaves rooms, one at a time, and remembers the last one."""

    def __init__(self, setup: Setup, group: asyncio.TaskGroup) -> None:
        """`group` runs the room sessions: they outlive the request that joined."""
        self.rooms = RoomDirectory(setup)
        self.last: RoomSession | None = None
        """The latest room session. It is kept when it is over, for its transcript."""
        self._setup, self._group = setup, group
        self._joining = asyncio.Lock()

    async def join(self, room: str | None) -> RoomSession:
        """Join a room; without a name the one with people in it. Returns the present session when it is in that room.

        Raises SettingsError, RoomError, ProviderError.
        """
        async with self._joining:
            if (present := self.present) is not None:
                if room in (None, present.room):
                    return present
                raise RoomError(f"you are in the room {present.room!r}: call leave_room before you join another one")
            session = RoomSession(self._setup.settings(await self._choose(room)), self._setup.make_bot)
            await session.join(self._group)
            self.last = session
            return session

    @contextmanager
    def reporting(self, context: Context[Any, Any], activity: str) -> Iterator[None]:
        """Report progress of a call that is in no room yet, while the block runs."""
        reporting = self._group.create_task(report_progress(context, lambda: activity))
        try:
            yield
        finally:
            reporting.cancel()

    async def leave(self) -> RoomSession | None:
        """Leave the room; returns the session that has ended, None when there was none."""
        async with self._joining:
            session = self.present
            if session is not None:
                await session.leave()
            return session

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key, token and password that is set now: what no answer may show."""
        return self._setup.reading().secrets

    @property
    def present(self) -> RoomSession | None:
        """The room session that goes on; None when there is none."""
        return self.last if self.last is not None and self.last.ended is None else None

    def require(self) -> RoomSession:
        """Return the room session that goes on. Raises RoomError when there is none."""
        if self.last is None:
            raise RoomError("you are in no room: call join_room first")
        if self.last.ended is not None:
            raise RoomError(
                f"you are no longer in the room {self.last.room!r}: {self.last.ended}; call join_room again"
            )
        return self.last

    async def _choose(self, room: str | None) -> str:
        try:
            return await self.rooms.choose(room)
        except SettingsError as error:
            raise SettingsError((*error.faults, *missing_providers(self._setup.reading()))) from None

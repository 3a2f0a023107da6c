"""What one AI assistant does here: it is in one room at most."""

import asyncio

from bot.mcp_server.room_directory import RoomDirectory
from bot.mcp_server.room_session import RoomSession
from bot.mcp_server.setup import Setup
from bot.settings.settings import missing_providers
from pipeline.errors import RoomError, SettingsError


class ClientSession:
    """One session of a client with the server; of what it does in rooms only the last stay is remembered."""

    def __init__(self, setup: Setup, group: asyncio.TaskGroup) -> None:
        self.lobby = RoomDirectory(setup)
        self.last: RoomSession | None = None
        """The stay in a room, also when it is over: its transcript is of use still."""
        self._setup, self._group = setup, group
        self._joining = asyncio.Lock()

    async def join(self, room: str | None) -> RoomSession:
        """Join a room, or the one where people are. Raises SettingsError, RoomError, ProviderError."""
        async with self._joining:
            if (stay := self.present) is not None:
                if room in (None, stay.room):
                    return stay
                raise RoomError(f"you are in the room {stay.room!r}: call leave_room before you join another one")
            stay = RoomSession(self._setup.settings(await self._meant(room)))
            await stay.join(self._group)
            self.last = stay
            return stay

    async def leave(self) -> RoomSession | None:
        """Leave the room, if there is one; returns the stay that is over now."""
        async with self._joining:
            stay = self.present
            if stay is not None:
                await stay.leave()
            return stay

    @property
    def present(self) -> RoomSession | None:
        """The stay in a room that goes on."""
        return self.last if self.last is not None and self.last.ended is None else None

    def require(self) -> RoomSession:
        """The same. Raises RoomError when there is none."""
        if self.last is None:
            raise RoomError("you are in no room: call join_room first")
        if self.last.ended is not None:
            raise RoomError(
                f"you are no longer in the room {self.last.room!r}: {self.last.ended}; call join_room again"
            )
        return self.last

    async def _meant(self, room: str | None) -> str:
        try:
            return await self.lobby.meant(room)
        except SettingsError as error:
            raise SettingsError((*error.faults, *missing_providers(self._setup.reading()))) from None

"""The rooms of the LiveKit server: list them, choose one to join, send a message into one."""

import json
import shlex

from bot.mcp_server.results import PersonInRoom, RoomEntry
from bot.mcp_server.setup import Setup
from bot.room.linking import HUMAN_KINDS
from bot.room.server import OpenRoom, Server
from pipeline.errors import RoomError, SettingsError

SENDER = "rawbot"
"""Sender of a message into a room that was not joined, when no identity is set."""

MESSAGE_TYPE = "chat"

TO_OPEN = "to be in it before anybody else, start this server with --room {room}"
"""How to join a room that does not exist yet: a name that the assistant made up or misheard must not create one."""


class RoomDirectory:
    """Asks the LiveKit server. All methods raise RoomError, and SettingsError when keys are missing."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def rooms(self) -> list[RoomEntry]:
        """List all rooms with the people in them."""
        async with self._server() as server:
            return [_entry(room) for room in await server.rooms()]

    async def bots(self, room: str) -> int | None:
        """Count the participants of a room that are no people; None when that cannot be found out."""
        if not self._may_ask():
            return None
        try:
            return next((entry.bots for entry in await self.rooms() if entry.name == room), None)
        except RoomError:
            return None

    async def choose(self, asked: str | None) -> str:
        """Choose the room to join: the one asked for, if it exists; else that of the settings; else the only one with
        people in it.
        """
        configured = self._setup.configured("room")
        if asked is None and configured is not None:
            return configured
        if asked is not None and not self._may_ask():
            return asked  # a ready-made token is for one room, and cannot list rooms
        rooms = await self.rooms()
        if asked is not None:
            if asked not in (*(room.name for room in rooms), configured):
                raise RoomError(f"{_missing(asked, rooms)}; {TO_OPEN.format(room=shlex.quote(asked))}")
            return asked
        active = [room for room in rooms if room.people]
        if len(active) != 1:
            count = "people are in more than one room" if active else "nobody is in any room"
            raise RoomError(f"{count}: say which room to join; {_describe(rooms)}")
        return active[0].name

    async def send(self, room: str, text: str) -> None:
        """Send a data packet to everybody in a room: JSON with `type`, `content` and `sender`."""
        rooms = await self.rooms()
        if room not in (entry.name for entry in rooms):  # the server's own error only says that nobody answered
            raise RoomError(_missing(room, rooms))
        sender = self._setup.configured("identity") or SENDER
        message = json.dumps({"type": MESSAGE_TYPE, "content": text, "sender": sender}, ensure_ascii=False)
        async with self._server() as server:
            await server.send_data(room, message.encode(), topic=MESSAGE_TYPE)

    def _may_ask(self) -> bool:
        try:
            self._setup.access()
        except SettingsError:
            return False
        return True

    def _server(self) -> Server:
        access = self._setup.access()
        return Server(access.url, access.api_key.reveal(), access.api_secret.reveal())


def _entry(room: OpenRoom) -> RoomEntry:
    people = [
        PersonInRoom(identity=who.identity, kind=who.kind, microphone=who.microphone)
        for who in room.occupants
        if who.kind in HUMAN_KINDS
    ]
    return RoomEntry(name=room.name, people=people, bots=len(room.occupants) - len(people))


def _missing(asked: str, rooms: list[RoomEntry]) -> str:
    return f"there is no room {asked!r}; {_describe(rooms)}"


def _describe(rooms: list[RoomEntry]) -> str:
    if not rooms:
        return "the server has no rooms now: one is made when a person joins it"
    described = (f"{room.name!r} ({', '.join(who.identity for who in room.people) or 'nobody'})" for room in rooms)
    return f"there are {', '.join(described)}"

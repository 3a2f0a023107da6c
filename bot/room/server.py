"""The server's API: which rooms there are, who is in them, and what the server says of itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from livekit import api
from livekit.protocol.models import DataPacket, ParticipantInfo, TrackInfo, TrackSource, TrackType
from livekit.protocol.rtc import SignalResponse

from bot.room.endings import explain_join_failure
from bot.room.enum_names import name_in
from bot.room.server_errors import ANSWER_TIMEOUT, NO_LIVEKIT, explained
from bot.room.token import server_token
from pipeline.errors import RoomError
from pipeline.participants import MicrophoneState

AT_ONCE = 16
"""Rooms that are asked about at the same time."""

VALIDATE_PATH = "/rtc/validate"
"""Path where a server judges an access token without a join; clients ask there why they were refused."""

SIGNAL_PATH = "/rtc"
"""Path where clients connect by WebSocket; the first message describes the server."""


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody in a room, people and bots alike. `kind` is LiveKit's name: STANDARD, AGENT, SIP ..."""

    identity: str
    name: str
    kind: str
    microphone: MicrophoneState


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room that the server has now."""

    name: str
    opened_at: datetime
    occupants: tuple[Occupant, ...]


@dataclass(frozen=True, slots=True)
class About:
    """A server's description of itself; a text is empty when it gives none."""

    version: str
    region: str


class Server:
    """A LiveKit server, asked over HTTP by its administrator; a context manager. All methods raise RoomError."""

    def __init__(self, url: str, api_key: str, api_secret: str) -> None:
        """`url` is ws(s) or http(s)."""
        self.url, self._api_key, self._api_secret = url, api_key, api_secret

    async def __aenter__(self) -> Self:
        self._session = _session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def client(self, room: str = "") -> api.LiveKitAPI:
        """Return LiveKit's own client for one call, about `room` if it names one; to be used within `explained`.

        The token is signed here: the library would warn of short secrets, which development servers use.
        """
        token = server_token(api_key=self._api_key, api_secret=self._api_secret, room=room)
        return api.LiveKitAPI.with_token(token, self.url, session=self._session)

    async def check_keys(self) -> None:
        """Raise RoomError unless a LiveKit server answers and takes the key pair; KeyRefused when it refuses that."""
        async with explained(self.url):
            async with self._session.get(f"{_http(self.url)}/") as answer:
                if answer.status != 200 or (await answer.text(errors="replace")).strip() != "OK":
                    raise RoomError(NO_LIVEKIT.format(url=self.url))
            await self.client().room.list_rooms(api.ListRoomsRequest(names=["-"]))  # that of a room which is not there

    async def rooms(self) -> tuple[OpenRoom, ...]:
        """All rooms, the oldest first, and who is in each."""
        async with explained(self.url):
            answer = await self.client().room.list_rooms(api.ListRoomsRequest())
        rooms = sorted(answer.rooms, key=lambda room: (room.creation_time_ms, room.name))
        places = asyncio.Semaphore(AT_ONCE)
        async with explained(self.url), asyncio.TaskGroup() as group:
            asked = [group.create_task(self._occupants(room.name, places)) for room in rooms]
        return tuple(
            OpenRoom(room.name, datetime.fromtimestamp(room.creation_time_ms / 1000, UTC), occupants.result())
            for room, occupants in zip(rooms, asked, strict=True)
        )

    async def make_room(self, name: str, *, empty_timeout: int, departure_timeout: int) -> None:
        """Make a room that ends when nobody has come, or after the last one has gone, for these seconds."""
        wanted = api.CreateRoomRequest(name=name, empty_timeout=empty_timeout, departure_timeout=departure_timeout)
        async with explained(self.url):
            await self.client().room.create_room(wanted)

    async def delete_room(self, name: str) -> bool:
        """End a room, and send everybody away; return whether there was one."""
        async with explained(self.url):
            try:
                await self.client(name).room.delete_room(api.DeleteRoomRequest(room=name))
            except api.ServerError as error:
                if error.code != api.ServerErrorCode.NOT_FOUND:
                    raise
                return False
        return True

    async def room_metadata(self, name: str) -> str | None:
        """Return the metadata of a room; None where it is not there."""
        async with explained(self.url):
            answer = await self.client().room.list_rooms(api.ListRoomsRequest(names=[name]))
        return next((room.metadata for room in answer.rooms if room.name == name), None)

    async def set_room_metadata(self, name: str, metadata: str) -> None:
        """Replace the metadata of a room; everybody in it is notified."""
        wanted = api.UpdateRoomMetadataRequest(room=name, metadata=metadata)
        async with explained(self.url):
            await self.client(name).room.update_room_metadata(wanted)

    async def send_data(self, room: str, data: bytes, *, topic: str) -> None:
        """A reliable data packet to everybody in a room, as from the server itself."""
        packet = api.SendDataRequest(room=room, data=data, topic=topic, kind=DataPacket.Kind.RELIABLE)
        async with explained(self.url):
            await self.client(room).room.send_data(packet)

    async def _occupants(self, room: str, places: asyncio.Semaphore) -> tuple[Occupant, ...]:
        async with places:
            try:
                answer = await self.client(room).room.list_participants(api.ListParticipantsRequest(room=room))
            except api.ServerError as error:
                if error.code != api.ServerErrorCode.NOT_FOUND:
                    raise
                return ()  # it has ended meanwhile
        return tuple(_occupant(participant) for participant in answer.participants)


async def measure_round_trip(url: str) -> float:
    """Seconds from a question to its answer, the connection open: the shortest of some. Raises RoomError."""
    loop = asyncio.get_running_loop()
    delays = []
    async with explained(url), _session() as session:
        for _ in range(4):  # the first opens the connection
            asked_at = loop.time()
            async with session.get(f"{_http(url)}/") as answer:
                if answer.status != 200:
                    raise RoomError(NO_LIVEKIT.format(url=url))
                await answer.read()
            delays.append(loop.time() - asked_at)
    return min(delays[1:])


async def check_token(url: str, token: str) -> None:
    """Whether the server would let this token in. Raises RoomError; nobody joins."""
    question = f"{_http(url)}{VALIDATE_PATH}"
    async with explained(url), _session() as session, session.get(question, params={"access_token": token}) as answer:
        said = await answer.text(errors="replace")
        if answer.status in (401, 403):
            raise RoomError(explain_join_failure(f"error: {answer.status} {said[:1000]}", url))


async def ask_about(url: str, token: str) -> About:
    """Return the server's description of itself; to get it, the bearer of the token joins for a moment."""
    async with explained(url), _session() as session:
        options = {"access_token": token, "auto_subscribe": "0", "protocol": "16"}
        async with session.ws_connect(f"{_http(url)}{SIGNAL_PATH}", params=options) as signal:
            message = await signal.receive(ANSWER_TIMEOUT)
            if message.type is not aiohttp.WSMsgType.BINARY:
                return About("", "")
            joined = SignalResponse.FromString(message.data).join
    return About(joined.server_info.version or joined.server_version, joined.server_info.region or joined.server_region)


def _occupant(participant: ParticipantInfo) -> Occupant:
    kind = name_in(ParticipantInfo.Kind, participant.kind)
    return Occupant(participant.identity, participant.name, kind, _microphone(participant.tracks))


def _microphone(tracks: Sequence[TrackInfo]) -> MicrophoneState:
    """Of the newest microphone; clients that name no source publish just one audio track."""
    audio = [track for track in tracks if track.type == TrackType.AUDIO]
    for source in (TrackSource.MICROPHONE, TrackSource.UNKNOWN):
        if named := [track for track in audio if track.source == source]:
            return "muted" if named[-1].muted else "live"
    return "none"


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT))


def _http(url: str) -> str:
    return "http" + url.removeprefix("ws").rstrip("/") if url.startswith("ws") else url.rstrip("/")

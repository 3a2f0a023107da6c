"""The server's API: which rooms there are, who is in them, and what the server says of itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api
from livekit.api.room_service import RoomService
from livekit.protocol.models import DataPacket, ParticipantInfo, TrackInfo, TrackSource, TrackType
from livekit.protocol.rtc import SignalResponse

from bot.room.endings import explain_join_failure
from bot.room.token import server_token
from pipeline.errors import RoomError, first_error
from pipeline.participants import MicrophoneState

ANSWER_TIMEOUT = 4.0
"""Seconds for one answer of the server; below 5 the API's client does not try again, or elsewhere, by itself."""

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


class KeyRefused(RoomError):
    """A LiveKit server answers, but does not take the API key and its secret."""


class Server:
    """A LiveKit server, asked over HTTP by its administrator; a context manager. All methods raise RoomError."""

    def __init__(self, url: str, api_key: str, api_secret: str) -> None:
        """`url` is ws(s) or http(s)."""
        self._url, self._api_key, self._api_secret = url, api_key, api_secret

    async def __aenter__(self) -> Self:
        self._session = _session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def check_keys(self) -> None:
        """Raise RoomError unless a LiveKit server answers and takes the key pair; KeyRefused when it refuses that."""
        async with _told(self._url):
            async with self._session.get(f"{_http(self._url)}/") as answer:
                if answer.status != 200 or (await answer.text(errors="replace")).strip() != "OK":
                    raise RoomError(_NO_LIVEKIT.format(url=self._url))
            await self._room_service().list_rooms(
                api.ListRoomsRequest(names=["-"])
            )  # that of a room which is not there

    async def rooms(self) -> tuple[OpenRoom, ...]:
        """All rooms, the oldest first, and who is in each."""
        async with _told(self._url):
            answer = await self._room_service().list_rooms(api.ListRoomsRequest())
        rooms = sorted(answer.rooms, key=lambda room: (room.creation_time_ms, room.name))
        places = asyncio.Semaphore(AT_ONCE)
        async with _told(self._url), asyncio.TaskGroup() as group:
            asked = [group.create_task(self._occupants(room.name, places)) for room in rooms]
        return tuple(
            OpenRoom(room.name, datetime.fromtimestamp(room.creation_time_ms / 1000, UTC), occupants.result())
            for room, occupants in zip(rooms, asked, strict=True)
        )

    async def make_room(self, name: str, *, empty_timeout: int, departure_timeout: int) -> None:
        """Make a room that ends when nobody has come, or after the last one has gone, for these seconds."""
        wanted = api.CreateRoomRequest(name=name, empty_timeout=empty_timeout, departure_timeout=departure_timeout)
        async with _told(self._url):
            await self._room_service().create_room(wanted)

    async def delete_room(self, name: str) -> None:
        """End a room, if it is there."""
        async with _told(self._url):
            try:
                await self._room_service().delete_room(api.DeleteRoomRequest(room=name))
            except api.ServerError as error:
                if error.code != api.ServerErrorCode.NOT_FOUND:
                    raise

    async def send_data(self, room: str, data: bytes, *, topic: str) -> None:
        """A reliable data packet to everybody in a room, as from the server itself."""
        packet = api.SendDataRequest(room=room, data=data, topic=topic, kind=DataPacket.Kind.RELIABLE)
        async with _told(self._url):
            await self._room_service(room).send_data(packet)

    async def _occupants(self, room: str, places: asyncio.Semaphore) -> tuple[Occupant, ...]:
        async with places:
            try:
                answer = await self._room_service(room).list_participants(api.ListParticipantsRequest(room=room))
            except api.ServerError as error:
                if error.code != api.ServerErrorCode.NOT_FOUND:
                    raise
                return ()  # it has ended meanwhile
        return tuple(_occupant(participant) for participant in answer.participants)

    def _room_service(self, room: str = "") -> RoomService:
        """Sign a token here: the library would warn of short secrets, which development servers use."""
        token = server_token(api_key=self._api_key, api_secret=self._api_secret, room=room)
        return api.LiveKitAPI.with_token(token, self._url, session=self._session).room


async def measure_round_trip(url: str) -> float:
    """Seconds from a question to its answer, the connection open: the shortest of some. Raises RoomError."""
    loop = asyncio.get_running_loop()
    delays = []
    async with _told(url), _session() as session:
        for _ in range(4):  # the first opens the connection
            asked_at = loop.time()
            async with session.get(f"{_http(url)}/") as answer:
                if answer.status != 200:
                    raise RoomError(_NO_LIVEKIT.format(url=url))
                await answer.read()
            delays.append(loop.time() - asked_at)
    return min(delays[1:])


async def check_token(url: str, token: str) -> None:
    """Whether the server would let this token in. Raises RoomError; nobody joins."""
    question = f"{_http(url)}{VALIDATE_PATH}"
    async with _told(url), _session() as session, session.get(question, params={"access_token": token}) as answer:
        said = await answer.text(errors="replace")
        if answer.status in (401, 403):
            raise RoomError(explain_join_failure(f"error: {answer.status} {said[:1000]}", url))


async def ask_about(url: str, token: str) -> About:
    """Return the server's description of itself; to get it, the bearer of the token joins for a moment."""
    async with _told(url), _session() as session:
        options = {"access_token": token, "auto_subscribe": "0", "protocol": "16"}
        async with session.ws_connect(f"{_http(url)}{SIGNAL_PATH}", params=options) as signal:
            message = await signal.receive(ANSWER_TIMEOUT)
            if message.type is not aiohttp.WSMsgType.BINARY:
                return About("", "")
            joined = SignalResponse.FromString(message.data).join
    return About(joined.server_info.version or joined.server_version, joined.server_info.region or joined.server_region)


def _occupant(participant: ParticipantInfo) -> Occupant:
    kind = ParticipantInfo.Kind.Name(participant.kind)
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


_NO_LIVEKIT = "something answers at {url}, but it is no LiveKit server: correct LIVEKIT_URL"


@asynccontextmanager
async def _told(url: str) -> AsyncIterator[None]:
    """Whatever goes wrong inside leaves as a RoomError that says what to do; of several at once the first.

    (An AttributeError is what the API's client raises for a refusal whose JSON is no object.)
    """
    try:
        yield
    except* (
        aiohttp.ClientError,
        TimeoutError,
        OSError,
        api.ServerError,
        DecodeError,
        ValueError,
        AttributeError,
    ) as errors:
        error = first_error(errors)
        kind = KeyRefused if isinstance(error, api.ServerError) and error.status == 401 else RoomError
        raise kind(_explained(error, url)) from None


def _explained(error: BaseException, url: str) -> str:
    match error:
        case api.ServerError(status=401):
            return (
                f"the server at {url} refuses the API key: LIVEKIT_API_KEY and LIVEKIT_API_SECRET "
                "have to be a pair of this server's"
            )
        case api.ServerError(status=403):
            return f"the server at {url} does not allow this API key to do that: {error.message or 'use another one'}"
        case api.ServerError(code="unknown", status=status) if status < 500:
            return _NO_LIVEKIT.format(url=url)
        case api.ServerError():
            return f"the server at {url} failed ({error.status} {error.message or error.code}): its log says why"
        case TimeoutError():
            return f"no answer from {url} within {ANSWER_TIMEOUT:.0f} s: check LIVEKIT_URL, the network and firewalls"
        case aiohttp.ClientConnectorDNSError():
            return f"the host name in {url} is not known: correct LIVEKIT_URL"
        case aiohttp.ClientSSLError():
            return f"no secure connection to {url}: check its certificate, or whether it is ws:// rather than wss://"
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno
            reason = os.strerror(number) if number else type(error.os_error).__name__
            return f"nothing can be reached at {url} ({reason}): start the server, or correct LIVEKIT_URL"
    return _NO_LIVEKIT.format(url=url)

"""One WebSocket to the server's /agent, registered. It makes one attempt; the worker tries again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NoReturn

import aiohttp

from bot.room.server_errors import KeyRefused
from bot.room.token import worker_token
from bot.settings.settings import ServerAccess
from bot.worker import messages
from bot.worker.messages import Registered, ServerSays
from pipeline.errors import RoomError

REGISTER_TIMEOUT = 8.0
"""Seconds for connecting and registering: the server closes a connection that is not registered after 10."""

HEARTBEAT_DELAY = 10.0
"""Seconds between WebSocket pings: a server that vanished is noticed after half of that more."""

SEND_TIMEOUT = 5.0
"""Seconds for a message to leave: past them the connection is dead."""


CLOSE_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=1.0)
"""For the server's goodbye."""


class WorkerConnection:
    """The connection, and what the server said as it took the worker in."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, registered: Registered) -> None:
        self._socket = socket
        self.registered = registered

    async def send(self, message: bytes) -> bool:
        """Send a message; return False when the connection is gone, which then ends `says`, too."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._socket.send_bytes(message)
        except (aiohttp.ClientError, OSError, TimeoutError):
            await self._socket.close()
            return False
        return True

    async def close(self) -> None:
        """End the connection, which ends `says`, too."""
        await self._socket.close()

    async def says(self) -> AsyncIterator[ServerSays]:
        """Iterate over what the server says, until the connection is gone."""
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.BINARY and (said := messages.read(frame.data)) is not None:
                yield said


@asynccontextmanager
async def connect(access: ServerAccess, agent_name: str, version: str) -> AsyncIterator[WorkerConnection]:
    """Connect and register. Raises RoomError, KeyRefused where the server does not take the key pair."""
    token = worker_token(api_key=access.api_key.reveal(), api_secret=access.api_secret.reveal())
    address = f"http{access.url.removeprefix('ws').rstrip('/')}/agent"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        AsyncExitStack() as sockets,
    ):
        try:
            async with asyncio.timeout(REGISTER_TIMEOUT):
                socket = await sockets.enter_async_context(
                    session.ws_connect(address, heartbeat=HEARTBEAT_DELAY, timeout=CLOSE_TIMEOUT)
                )
                await socket.send_bytes(messages.register(agent_name, version))
                registered = await _registered(socket, access.url)
        except TimeoutError:
            raise RoomError(f"no answer from {access.url} within {REGISTER_TIMEOUT:.0f} s") from None
        except aiohttp.WSServerHandshakeError as error:
            _explain_refusal(error, access.url)
        except (aiohttp.ClientError, OSError) as error:
            raise RoomError(f"nothing can be reached at {access.url} ({error}): start the server") from None
        yield WorkerConnection(socket, registered)


async def _registered(socket: aiohttp.ClientWebSocketResponse, url: str) -> Registered:
    async for frame in socket:
        if frame.type is aiohttp.WSMsgType.BINARY and isinstance(said := messages.read(frame.data), Registered):
            return said
    raise RoomError(f"the server at {url} closed the connection before it took the worker in: its log says why")


def _explain_refusal(error: aiohttp.WSServerHandshakeError, url: str) -> NoReturn:
    if error.status in (401, 403):
        raise KeyRefused(
            f"the server at {url} refuses the API key: LIVEKIT_API_KEY and LIVEKIT_API_SECRET have to be a pair of it"
        ) from None
    raise RoomError(
        f"the server at {url} takes no workers ({error.status} {error.message}): check LIVEKIT_URL"
    ) from None

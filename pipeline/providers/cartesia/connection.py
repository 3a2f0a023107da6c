"""The one warm socket, and who reads it. Of the SDK the client and its connection are used, not its contexts: their
`receive()` waits for ever after a cancel, and after the server has closed.
"""

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.cartesia.contexts import ContextTiming
from pipeline.providers.cartesia.wire import PROVIDER, Frame, Order, VoiceSpecifier, decode, encode, quoted

if TYPE_CHECKING:  # importing them takes time: see load_client
    from cartesia import AsyncCartesia
    from cartesia.resources.tts import AsyncTTSResourceConnection


_socket_log = logging.getLogger(f"{__name__}.socket")
_socket_log.setLevel(logging.INFO)  # below, websockets writes all headers, with the key


class ConnectionGone(Unavailable):
    """The connection is lost; another one may do."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone, or not to be used any more."""

    connection: "CartesiaConnection"
    error: ProviderError


@dataclass(frozen=True, slots=True)
class TextEnd:
    """The text has ended, or failed."""

    error: Exception | None


Inbox = asyncio.Queue[str | TextEnd | Frame | Lost]


class CartesiaConnection:
    """One socket, which the replies that run share.

    One of them reads it at a time and puts every frame where it belongs; when it ends, another takes over. So there
    is no task without an owner. While nobody speaks nobody reads, but pings and a close are answered below.
    """

    def __init__(
        self, sdk: "AsyncTTSResourceConnection", voice: VoiceSpecifier, service: RemoteService, timing: ContextTiming
    ) -> None:
        self._sdk = sdk
        # The SDK does not show its state, and answers a send on a closed socket by giving back that same socket.
        self._socket = sdk._connection
        self._voice = voice
        self._service = service
        self._timing = timing
        self._reading = asyncio.Lock()
        self._is_aborted = False  # the socket itself notices with the loop's next turn
        self.inboxes: dict[str, Inbox] = {}
        """Where the frames of each context go."""

    @property
    def is_open(self) -> bool:
        from websockets.protocol import State

        return self._socket.state is State.OPEN and not self._is_aborted

    async def send(self, order: Order) -> None:
        """Send an order; raises ConnectionGone."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(self._timing.send):
                if not self.is_open:
                    raise ConnectionError
                await self._sdk.send(cast(Any, encode(order, self._voice)))
        except (ConnectionClosed, OSError, TimeoutError) as error:
            raise self._closed(error) from None

    async def read(self) -> None:
        """Put frames where they belong, until cancelled; the end of the connection is put to all who wait for some."""
        from websockets.exceptions import ConnectionClosed

        async with self._reading:
            try:
                while True:
                    frame = decode(await self._sdk.recv_bytes(), self._service)
                    if frame is None:
                        continue
                    if frame.context_id is None:
                        self._put_to_all(frame)
                    elif (inbox := self.inboxes.get(frame.context_id)) is not None:
                        inbox.put_nowait(frame)
            except (ConnectionClosed, OSError) as error:
                self._put_to_all(Lost(self, self._closed(error)))
            except Malformed as error:
                self.abort()
                self._put_to_all(Lost(self, error))

    def forget(self, inbox: Inbox) -> None:
        """Drop from now on what comes for this reply."""
        self.inboxes = {id: other for id, other in self.inboxes.items() if other is not inbox}

    def abort(self) -> None:
        """Drop the connection at once, so that nobody uses it any more; who reads gets Lost."""
        self._is_aborted = True
        self._socket.transport.abort()

    async def close(self) -> None:
        """Close it as the protocol wants it, for as long as that takes a moment only."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.close):
                await self._sdk.close()
        self.abort()

    def _put_to_all(self, what: Frame | Lost) -> None:
        for inbox in set(self.inboxes.values()):
            inbox.put_nowait(what)

    def _closed(self, error: Exception) -> ConnectionGone:
        reason = f"{type(error).__name__} {error}".strip()
        return ConnectionGone(PROVIDER, f"the connection was lost ({reason}): check the network")


def load_client(service: RemoteService) -> "AsyncCartesia":
    """Import the SDK and make its client: most of a second, so in a thread, and only when it is needed."""
    from cartesia import AsyncCartesia

    # Both addresses are given: the SDK would otherwise take one from the environment, past the settings.
    address = service.address
    client = AsyncCartesia(api_key=service.key, base_url=address.http, websocket_base_url=address.ws, max_retries=0)
    _ = client.tts  # the SDK imports its resources when they are first touched
    import websockets.asyncio.client  # noqa: F401 - as the SDK does, but in its coroutine

    return client


async def open_connection(
    client: "AsyncCartesia", voice: VoiceSpecifier, service: RemoteService, timing: ContextTiming
) -> CartesiaConnection:
    """A new connection. Raises ProviderError."""
    from websockets.exceptions import InvalidStatus, WebSocketException

    options: Any = {  # passed on to websockets.connect, of whose options the SDK's type names only some
        "compression": None,  # speech does not get smaller, only later
        "open_timeout": None,  # ours below
        "max_queue": 256,  # frames of cancelled contexts, until someone reads again; pings wait behind them
        "logger": _socket_log,
    }
    # A new one for each connection: it keeps the first, and gives it back when asked to connect again.
    opening = client.tts.websocket_connect(websocket_connection_options=options)
    try:
        async with asyncio.timeout(timing.connect):
            return CartesiaConnection(await opening.enter(), voice, service, timing)
    except InvalidStatus as error:
        said = quoted(_json_or_text(error.response.body or b""))
        raise service.status_error(error.response.status_code, said, error.response.headers) from None
    except (OSError, EOFError, TimeoutError, WebSocketException) as error:
        raise service.no_connection(error) from None


def _json_or_text(body: bytes) -> object:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text

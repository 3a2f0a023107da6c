"""One socket to Deepgram: the SDK's messages over a connection with limits of our own."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.clock import loop_time
from pipeline.errors import Malformed
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.deepgram.wire import decode, error_of
from pipeline.speech import Finalize, Transcript

if TYPE_CHECKING:  # importing them takes more than half a second: see load_sdk
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient
    from websockets.asyncio.client import ClientConnection

_log = logging.getLogger(__name__)

_socket_log = logging.getLogger(f"{__name__}.socket")
_socket_log.setLevel(logging.INFO)  # below, websockets writes all headers, with the key


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepgramTiming:
    """The deadlines of one connection, in seconds; tests shorten them."""

    keep_alive: float = 4.0
    """Deepgram asks for a KeepAlive every 3 to 5 s without audio, and closes after 10 s."""
    connect: float = 5.0
    """For TCP, TLS and the upgrade: many times what they take, and still within a caller's patience."""
    warm: float = 8.0
    """How long a connection opened ahead can wait without audio: less than Deepgram's 10 s, by a margin for the way."""
    send: float = 5.0
    """For one message to leave: the socket's buffers hold seconds of audio, so it then has not moved for long."""
    unanswered_audio: float = 1.5
    """Of audio without any message, a Finalize among it, from which an answer is overdue: interims come about once a
    second. A Finalize alone proves nothing: when nothing is left to finalize, Deepgram need not answer."""
    answer: float = 2.0
    """For an overdue answer, until the connection counts as dead: many times the usual delay."""


def load_sdk() -> None:
    """Import what a connection needs, in a thread and ahead of its use: more than half a second."""
    import websockets.asyncio.client
    from deepgram.listen.v1 import socket_client

    del websockets, socket_client


@contextmanager
def _as_provider_errors(service: RemoteService) -> Iterator[None]:
    """Let whatever is raised inside leave as a ProviderError; a cancellation passes."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - mapped, and raised again
        raise error_of(error, service) from None  # what is below may hold the header with the key


async def open_connection(service: RemoteService, url: str, timing: DeepgramTiming) -> "DeepgramConnection":
    """Open a socket. Raises ProviderError.

    Not by the SDK's `connect`, which has no options: it waits 10 s for an upgrade that is not answered, 10 s more once
    that is given up or cancelled, and deflates every message, from which audio gains nothing.
    """
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient
    from websockets.asyncio.client import connect

    with _as_provider_errors(service):
        async with asyncio.timeout(timing.connect):
            websocket = await connect(
                url,
                additional_headers={"Authorization": f"Token {service.key}"},
                compression=None,
                open_timeout=None,  # ours above
                close_timeout=0.2,
                logger=_socket_log,
            )
    return DeepgramConnection(AsyncV1SocketClient(websocket=websocket), websocket, service, timing)  # type: ignore[arg-type]


class DeepgramConnection:
    """One socket, and what has gone over it without an answer. Raises ProviderErrors only."""

    def __init__(
        self, sdk: "AsyncV1SocketClient", websocket: "ClientConnection", service: RemoteService, timing: DeepgramTiming
    ) -> None:
        self._sdk, self._websocket, self._service, self._timing = sdk, websocket, service, timing
        self.sent_at = loop_time()
        self._unanswered_samples = 0
        self._unanswered_finalize = False
        self._overdue_at: float | None = None
        self._is_finishing = False
        self._has_warned = False

    @property
    def is_fresh(self) -> bool:
        """Whether Deepgram still keeps it open."""
        return loop_time() < self.sent_at + self._timing.warm

    @property
    def dead_at(self) -> float:
        """Loop time from which it counts as dead, unless a message comes before."""
        return math.inf if self._overdue_at is None else self._overdue_at + self._timing.answer

    async def send(self, item: Pcm | Finalize) -> None:
        """Send audio, or ask for an answer about all of it so far."""
        if isinstance(item, Finalize):
            await self._send(self._sdk.send_finalize())
            self._unanswered_finalize = True
        else:
            await self._send(self._sdk.send_media(item.astype("<i2", copy=False).tobytes()))
            self._unanswered_samples += item.size
        enough = self._timing.unanswered_audio * LISTEN_RATE
        if self._overdue_at is None and self._unanswered_finalize and self._unanswered_samples >= enough:
            self._overdue_at = loop_time()

    async def keep_alive(self) -> None:
        """Say that audio will go on."""
        await self._send(self._sdk.send_keep_alive())

    async def finish(self) -> None:
        """Ask for the last words; Deepgram then closes the connection."""
        self._is_finishing = True
        await self._send(self._sdk.send_close_stream())

    async def _send(self, sending: Awaitable[None]) -> None:
        with _as_provider_errors(self._service):
            async with asyncio.timeout(self._timing.send):
                await sending
        self.sent_at = loop_time()

    async def receive(self) -> Transcript | None:
        """Return the next transcript; None when Deepgram has closed the connection after `finish`."""
        from websockets.exceptions import ConnectionClosedOK

        while True:
            try:
                message = await self._sdk.recv()  # the SDK's iterator ends in silence when the connection is closed
                self._unanswered_samples, self._unanswered_finalize, self._overdue_at = 0, False, None
                if (transcript := decode(message)) is not None:
                    return transcript
                if getattr(message, "type", None) == "Error":
                    _log.warning("Deepgram says: %.200s", getattr(message, "description", None))
            except ConnectionClosedOK as closed:
                if self._is_finishing:
                    return None
                raise error_of(closed, self._service) from None
            except (Malformed, ValueError) as malformed:  # ValueError: it was no JSON
                # One bad message is no reason to stop listening to the others; the first one is worth a line.
                _log.log(logging.DEBUG if self._has_warned else logging.WARNING, "skipped a message: %s", malformed)
                self._has_warned = True
            except Exception as error:  # noqa: BLE001 - mapped, and raised again
                raise error_of(error, self._service) from None

    async def close(self) -> None:
        """Cut the connection: a closing handshake may take seconds, and more when cancelled."""
        self._websocket.transport.abort()

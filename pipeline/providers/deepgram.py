"""Deepgram's streaming recognition, `/v1/listen` (developers.deepgram.com/reference/speech-to-text/listen-streaming).

On top the wire: settings to the query, messages to transcripts, errors to ours. Below one connection, and the stream
that outlives connections.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.ports import TranscriberCapabilities
from pipeline.providers.opened_ahead import OpenedAhead
from pipeline.providers.reconnecting import Heard, ReconnectingStream, ReconnectTiming
from pipeline.speech import Finalize, Transcript, WordTime

if TYPE_CHECKING:
    from deepgram import AsyncDeepgramClient
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient

PROVIDER = "Deepgram"
CLOUD_URL = "https://api.deepgram.com"
DEFAULT_MODEL = "nova-3"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepgramTiming(ReconnectTiming):
    """The deadlines, in seconds; tests shorten them."""

    keep_alive: float = 4.0
    """Deepgram asks for a KeepAlive every 3 to 5 s without audio, and closes after 10 s."""
    connect: float = 5.0
    """For TCP, TLS and the upgrade: many times what they take, and still within a caller's patience."""
    warm: float = 8.0
    """That a connection opened ahead is good for without audio: less than Deepgram's 10 s, by a margin for the way."""
    send: float = 5.0
    """For one message to leave: the socket's buffers hold seconds of audio, so it then has not moved for long."""
    unanswered_audio: float = 1.5
    """Of audio without any message, a Finalize among it, from which an answer is overdue: interims come about once a
    second. A Finalize alone proves nothing: when nothing is left to finalize, Deepgram need not answer."""
    answer: float = 2.0
    """That an overdue answer is waited for until the connection counts as dead: many times the usual delay."""


def listen_query(model: str, language: str, keyterms: Sequence[str]) -> dict[str, Any]:
    """The query of `/v1/listen` for raw 16-bit audio at LISTEN_RATE.

    No `endpointing`: turns are decided elsewhere, and a Finalize says when to close. Neither `smart_format`, which may
    hold an entity back for 3 s, nor `numerals`: written numbers change from the interim to the final and fall apart at
    a Finalize ("9", "100"), where a draft of the reply needs words that stay the same.
    """
    query: dict[str, Any] = {
        "model": model,
        "language": language,
        "encoding": "linear16",
        "sample_rate": LISTEN_RATE,
        "channels": 1,
        "interim_results": True,
        "punctuate": True,
        "smart_format": False,
        "numerals": False,
        "endpointing": False,
    }
    return query | {"keyterm": list(keyterms)} if keyterms else query


def base_urls(base_url: str | None) -> tuple[str, str]:
    """The address as http(s):// and as ws(s)://, from either or from none, with or without a path."""
    scheme, _, place = (base_url or CLOUD_URL).rstrip("/").partition("://")
    secure = "s" if scheme.lower() in ("https", "wss") else ""
    return f"http{secure}://{place}", f"ws{secure}://{place}"


def decode(message: Any) -> Transcript | None:
    """A message as the SDK gives it; None when it says nothing about words (Metadata, a type unknown to the SDK).

    Times are seconds since the connection's first sample; `answers_finalize` is the wire's `from_finalize`. Raises
    Malformed. The SDK checks no field: each may be anything that JSON can say.
    """
    if getattr(message, "type", None) != "Results":
        return None
    try:
        best = message.channel.alternatives[0]
        words = tuple(
            WordTime(_text(word.punctuated_word or word.word), _seconds(word.start), _seconds(word.end))
            for word in best.words or ()
        )
        start = _seconds(message.start)
        return Transcript(
            text=_text(best.transcript).strip(),
            is_final=bool(message.is_final),
            start=start,
            end=start + _seconds(message.duration),
            words=words,
            answers_finalize=bool(message.from_finalize),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed(PROVIDER, f"a transcript is not as documented ({error})") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} where a text belongs")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r:.20} where seconds belong")
    return float(value)


_REFUSALS: Mapping[int, str] = {
    400: "it does not take these settings: check the model, the language and the keyterms, which only nova-3 takes",
    401: "it does not know this key: check DEEPGRAM_API_KEY",
    402: "the account has no credit left: add some in Deepgram's console, or use another DEEPGRAM_API_KEY",
    403: "the key may not use this model: check DEEPGRAM_API_KEY and its project",
    404: "there is no /v1/listen at this address: check DEEPGRAM_BASE_URL",
}


def error_of_status(status: int | None) -> ProviderError:
    """The upgrade was answered by an HTTP status."""
    if status == 429:
        return Unavailable(PROVIDER, "too many connections at once for this account (HTTP 429): close others")
    if status is not None and 400 <= status < 500 and status != 408:
        return Refused(PROVIDER, f"{_REFUSALS.get(status, 'it refuses the connection')} (HTTP {status})")
    return Unavailable(PROVIDER, f"the service is in trouble (HTTP {status}): see status.deepgram.com")


def error_of(error: Exception) -> ProviderError:
    """What the SDK or the socket under it raised, as ours; the foreign text may carry headers and is not repeated."""
    from deepgram.core.api_error import ApiError
    from websockets.exceptions import ConnectionClosed

    match error:
        case ProviderError():
            return error
        case ApiError():
            return error_of_status(error.status_code)
        case ConnectionClosed():
            if error.rcvd is None:
                return Unavailable(PROVIDER, "the connection broke: check the network")
            return Unavailable(
                PROVIDER, f"it closed the connection ({f'{error.rcvd.code} {error.rcvd.reason}'.strip()})"
            )
        case TimeoutError():
            return Unavailable(PROVIDER, "no answer in time: check the network and DEEPGRAM_BASE_URL")
        case OSError():
            return Unavailable(PROVIDER, f"no connection ({error.strerror or error}): check DEEPGRAM_BASE_URL")
    return Unavailable(PROVIDER, f"no connection ({type(error).__name__}): check the network and DEEPGRAM_BASE_URL")


@contextmanager
def _own_errors() -> Iterator[None]:
    """Whatever the SDK raises inside leaves as a ProviderError; a cancellation passes."""
    try:
        yield
    except Exception as error:
        raise error_of(error) from error


class DeepgramTranscriber:
    """A `pipeline.ports.Transcriber`. Each stream has one connection, the first of them opened ahead by `warm`."""

    def __init__(
        self,
        *,
        api_key: str,
        model: str = DEFAULT_MODEL,
        language: str = "en",
        keyterms: Sequence[str] = (),
        base_url: str | None = None,
        timing: DeepgramTiming = DeepgramTiming(),
    ) -> None:
        self._api_key = api_key
        self._query = listen_query(model, language, keyterms)
        self._http_url, self._ws_url = base_urls(base_url)
        self._timing = timing
        self._client: AsyncDeepgramClient | None = None
        self._ahead = OpenedAhead(self._connect)

    @property
    def capabilities(self) -> TranscriberCapabilities:
        """What it can do; constant."""
        return TranscriberCapabilities(interims=True, finalize=True, word_times=True)

    async def warm(self) -> None:
        """Load the SDK and open the connection that the next stream begins with. Raises ProviderError.

        Without a stream it lasts a few seconds only: nobody is there to keep it alive. A stream keeps its own.
        """
        await self._ahead.open()

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Heard, None]:
        """As the port says. Closing the iterator closes its connection: words under way belong to this stream."""
        stream = ReconnectingStream(PROVIDER, self._ahead.take, self._timing)
        async with self._ahead.stream(), aclosing(stream.transcripts(audio)) as transcripts:
            async for heard in transcripts:
                yield heard

    async def aclose(self) -> None:
        """Close the connection opened ahead, if no stream took it; streams close their own."""
        await self._ahead.close()

    async def _connect(self) -> "_Connection":
        with _own_errors():
            if self._client is None:  # in a thread: importing the SDK takes more than half a second
                self._client = await asyncio.to_thread(self._load)
            async with asyncio.timeout(self._timing.connect):
                context = self._client.listen.v1.connect(**self._query)
                return _Connection(context, await context.__aenter__(), self._timing)

    def _load(self) -> "AsyncDeepgramClient":
        from deepgram import AsyncDeepgramClient
        from deepgram.environment import DeepgramClientEnvironment

        _bound_the_socket()
        environment = DeepgramClientEnvironment(
            base=self._http_url, production=self._ws_url, agent=self._ws_url, agent_rest=self._http_url
        )
        return AsyncDeepgramClient(api_key=self._api_key, environment=environment)


def _bound_the_socket() -> None:
    """Let the SDK open its sockets with limits; it has no option for any.

    As it is, an upgrade that is not answered is waited for 10 s, and 10 s more once it is given up or cancelled; and
    every message is deflated, which audio gains nothing from.
    """
    import deepgram.listen.v1.client as sdk
    from websockets.legacy.client import connect

    name = "websockets_client_connect"
    if getattr(sdk, name, None) is connect:  # not when somebody has installed a transport of their own
        setattr(sdk, name, partial(connect, open_timeout=None, close_timeout=0.2, compression=None))


class _Connection:
    """One socket of the SDK, and what has gone over it without an answer. Raises ProviderErrors only."""

    def __init__(
        self,
        context: AbstractAsyncContextManager["AsyncV1SocketClient"],
        socket: "AsyncV1SocketClient",
        timing: DeepgramTiming,
    ) -> None:
        self._context, self._socket, self._timing = context, socket, timing
        self._now = asyncio.get_running_loop().time
        self.sent_at = self._now()
        self._unanswered_samples = 0
        self._unanswered_finalize = False
        self._overdue_at: float | None = None
        self._finishing = False
        self._warned = False

    @property
    def is_fresh(self) -> bool:
        """Whether Deepgram still keeps it open."""
        return self._now() < self.sent_at + self._timing.warm

    @property
    def dead_at(self) -> float:
        """When it counts as dead, unless a message comes before; loop time."""
        return math.inf if self._overdue_at is None else self._overdue_at + self._timing.answer

    async def send(self, item: Pcm | Finalize) -> None:
        if isinstance(item, Finalize):
            await self._sent(self._socket.send_finalize())
            self._unanswered_finalize = True
        else:
            await self._sent(self._socket.send_media(item.astype("<i2", copy=False).tobytes()))
            self._unanswered_samples += item.size
        enough = self._timing.unanswered_audio * LISTEN_RATE
        if self._overdue_at is None and self._unanswered_finalize and self._unanswered_samples >= enough:
            self._overdue_at = self._now()

    async def keep_alive(self) -> None:
        await self._sent(self._socket.send_keep_alive())

    async def finish(self) -> None:
        """Ask for the last words; Deepgram then closes the connection."""
        self._finishing = True
        await self._sent(self._socket.send_close_stream())

    async def _sent(self, sending: Awaitable[None]) -> None:
        with _own_errors():
            async with asyncio.timeout(self._timing.send):
                await sending
        self.sent_at = self._now()

    async def receive(self) -> Transcript | None:
        """The next transcript; None when Deepgram has closed the connection after `finish`."""
        from websockets.exceptions import ConnectionClosedOK

        while True:
            try:
                message = await self._socket.recv()  # the SDK's iterator ends in silence when the connection is closed
                self._unanswered_samples, self._unanswered_finalize, self._overdue_at = 0, False, None
                if (transcript := decode(message)) is not None:
                    return transcript
                if getattr(message, "type", None) == "Error":
                    _log.warning("Deepgram says: %.200s", getattr(message, "description", None))
            except ConnectionClosedOK as closed:
                if self._finishing:
                    return None
                raise error_of(closed) from closed
            except (Malformed, ValueError) as malformed:  # ValueError: it was no JSON
                # One bad message is no reason to stop listening to the others; the first one is worth a line.
                _log.log(logging.DEBUG if self._warned else logging.WARNING, "skipped a message: %s", malformed)
                self._warned = True
            except Exception as error:
                raise error_of(error) from error

    async def close(self) -> None:
        """Cut the connection: a closing handshake may take 10 s, and more when cancelled."""
        # The SDK has no way to do it.
        transport = getattr(getattr(self._socket, "_websocket", None), "transport", None)
        if transport is not None:
            transport.abort()
        with suppress(Exception):
            await self._context.__aexit__(None, None, None)

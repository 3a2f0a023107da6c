"""A Cartesia that runs here: the wire of `/tts/websocket`, and a voice in which every word has its own tones.

The names of all fields are those of the SDK's types. Contexts are as documented: texts are joined verbatim, settings
must stay the same, a context expires some time after its last audio was streamed out and its id is then used up.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import WSMsgType, web

from tests.support.own_port import HOST, OwnPort
from tests.support.providers.profile import FIXED, Profile
from tests.support.tone_code import folded, spoken

FRAME = 0.100
"""Seconds of audio in a chunk."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do wrong, once; faults without a place happen at the first occasion.

    At a connection (`number` counts upgrades, from 1, refused ones too):
      refuse      close the TCP connection instead of an answer
      status      answer the upgrade with `status`
    At a context (`number` counts contexts over all connections, from 1), when it has streamed `after` seconds of audio:
      drop        cut the TCP connection
      close       close the WebSocket, as the server does with idle ones
      stall       send nothing more on this connection, while it stays open
      malformed   send `text` instead of the next chunk
      error       an error for the context, with `status`; then it is over
      expire      the context ends as soon as it has spoken its texts, and nobody is told
    """

    what: Literal["refuse", "status", "drop", "close", "stall", "malformed", "error", "expire"]
    number: int | None = None
    after: float = 0.0
    status: int = 500
    text: str = '{"type": "chunk"'
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer to `status`."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A message from the client, and the loop time at which it came."""

    at: float
    connection: int
    message: Mapping[str, Any]


@dataclass(slots=True)
class Synthesis:
    """A text that was spoken, and the loop times at which it came and its first audio went out."""

    asked_at: float
    first_audio_at: float | None = None


@dataclass
class _Context:
    """A context as the server has it."""

    id: str
    number: int
    settings: Mapping[str, Any]
    streamed: float = 0.0
    """Seconds of audio sent."""
    tail: str = ""
    """The end of its text, when no white space has ended its last word."""
    texts: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class CartesiaSimulator:
    """`async with CartesiaSimulator() as simulator`: a server on 127.0.0.1, at `url`."""

    def __init__(self, profile: Profile = FIXED, seed: int = 0, *, api_key: str = "a key", prefix: str = "") -> None:
        self._profile = profile
        self._random = Random(seed)
        self._api_key = api_key
        self._prefix = prefix
        self._port = OwnPort()
        self._sockets: set[web.WebSocketResponse] = set()
        self.connections = 0
        """Opened in all."""
        self.upgrades = 0
        """Asked for in all."""
        self.done = 0
        """Contexts that were ended, of which that was told."""
        self.contexts = 0
        """Opened in all, refused ones too."""
        self.requests: list[Logged] = []
        self.syntheses: list[Synthesis] = []
        """Of every text that had words to speak, in the order in which they were begun."""
        self.faults: list[Fault] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get(f"{self._prefix}/tts/websocket", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for socket in list(self._sockets):
            await self._cut(socket)
        await self._runner.cleanup()
        self._port.close()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self._port.number}{self._prefix}"

    @property
    def open_connections(self) -> int:
        """That are open now."""
        return len(self._sockets)

    async def listen(self) -> None:
        """Take connections, on the same port as before; done by entering."""
        self._site = web.SockSite(self._runner, self._port.socket())
        await self._site.start()

    async def refuse(self) -> None:
        """Take no connections any more (TCP refuses them); those that are open stay."""
        await self._site.stop()

    async def close_idle(self) -> None:
        """Close all WebSockets, as the server does after minutes without a message."""
        for socket in list(self._sockets):
            await socket.close(code=1000, message=b"connection idle timeout")

    def texts(self) -> list[str]:
        """All text that was sent, joined by context, in the order of the contexts."""
        joined: dict[str, str] = {}
        for logged in self.requests:
            if "transcript" in logged.message:
                id = logged.message["context_id"]
                joined[id] = joined.get(id, "") + logged.message["transcript"]
        return list(joined.values())

    def cancelled(self) -> list[str]:
        """The contexts for which a cancel came."""
        return [logged.message["context_id"] for logged in self.requests if logged.message.get("cancel")]

    # --- the server ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.upgrades += 1
        if self._fault("refuse", self.upgrades):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault := self._fault("status", self.upgrades):
            return _refusal(fault.status, "as told", fault.headers)
        if request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return _refusal(401, "Invalid API key")
        if not request.headers.get("Cartesia-Version"):
            return _refusal(400, "Cartesia-Version is missing")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self._sockets.add(socket)
        try:
            await _Connection(self, socket, self.connections).run()
        finally:
            self._sockets.discard(socket)
        return socket

    def _fault(self, what: str, number: int, streamed: float = 0.0) -> Fault | None:
        for fault in self.faults:
            if fault.what == what and fault.number in (None, number) and streamed >= fault.after - 1e-9:
                self.faults.remove(fault)
                return fault
        return None

    async def _cut(self, socket: web.WebSocketResponse) -> None:
        transport = socket._req.transport if socket._req is not None else None
        if transport is not None:
            transport.abort()


class _Connection:
    """One socket, and the contexts on it."""

    def __init__(self, server: CartesiaSimulator, socket: web.WebSocketResponse, number: int) -> None:
        self._server = server
        self._socket = socket
        self._number = number
        self._contexts: dict[str, _Context] = {}
        self._over: set[str] = set()
        self._stalled = False

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            async for raw in self._socket:
                if raw.type is not WSMsgType.TEXT:
                    continue
                message = json.loads(raw.data)
                at = asyncio.get_running_loop().time()
                self._server.requests.append(Logged(at, self._number, message))
                if message.get("cancel"):
                    await self._cancel(message["context_id"])
                else:
                    await self._generate(message, group)
            for context in self._contexts.values():
                if context.task is not None:
                    context.task.cancel()

    async def _cancel(self, context_id: str) -> None:
        context = self._contexts.get(context_id)
        if context is None or context_id in self._over:
            return
        self._over.add(context_id)
        assert context.task is not None
        context.task.cancel()
        # What was on its way still arrives.
        pcm, _ = spoken(["afterwards"], context.settings["output_format"]["sample_rate"])
        await self._send_audio(context, pcm.tobytes())

    async def _generate(self, message: Mapping[str, Any], group: asyncio.TaskGroup) -> None:
        settings = {name: value for name, value in message.items() if name not in ("transcript", "continue")}
        context = self._contexts.get(message["context_id"])
        if context is None:
            self._server.contexts += 1
            if (problem := _problem(settings)) is not None:
                await self._error(message["context_id"], 400, "Invalid request", problem)
                return
            context = _Context(message["context_id"], self._server.contexts, settings)
            self._contexts[context.id] = context
            context.task = group.create_task(self._speak(context))
        elif context.id in self._over:
            await self._error(context.id, 400, "Invalid context ID", "the context has expired")
            return
        elif settings != context.settings:
            await self._error(context.id, 400, "Invalid request", "only the transcript may change within a context")
            return
        context.texts.put_nowait(message["transcript"])
        if not message.get("continue"):
            context.texts.put_nowait(None)

    async def _speak(self, context: _Context) -> None:
        profile, random = self._server._profile, self._server._random
        expiry: float | None = None  # a context that has not spoken yet does not expire
        with contextlib.suppress(ConnectionError, TimeoutError, _Over):
            while True:
                async with asyncio.timeout(expiry):
                    text = await context.texts.get()
                if text is None:
                    break
                if words := _words(context, text):
                    synthesis = Synthesis(asyncio.get_running_loop().time())
                    self._server.syntheses.append(synthesis)
                    first_at = synthesis.asked_at + profile.tts_first_audio_delay.draw(random)
                    await self._say(context, words, first_at, profile.tts_speed.draw(random), synthesis)
                    expiry = profile.tts_context_expiry.draw(random)
                if context.texts.empty() and self._server._fault("expire", context.number, context.streamed):
                    self._over.add(context.id)
                    return
        self._over.add(context.id)
        with contextlib.suppress(ConnectionError):
            await self._send({"type": "done", "done": True, "status_code": 206, "context_id": context.id})
            self._server.done += 1

    async def _say(
        self, context: _Context, words: list[str], first_at: float, speed: float, synthesis: Synthesis
    ) -> None:
        loop = asyncio.get_running_loop()
        rate = context.settings["output_format"]["sample_rate"]
        pcm, times = spoken(words, rate)
        untold, offset = list(times), context.streamed
        size = round(FRAME * rate)
        await asyncio.sleep(first_at - loop.time())
        for start in range(0, len(pcm), size):
            await self._misbehave(context)
            frame = pcm[start : start + size]
            told = [word for word in untold if word.start < (start + size) / rate]
            untold = untold[len(told) :]
            if told and context.settings.get("add_timestamps"):
                await self._send_times(context, told, offset)
            await self._send_audio(context, frame.tobytes())
            synthesis.first_audio_at = synthesis.first_audio_at or loop.time()
            context.streamed = offset + (start + len(frame)) / rate
            await asyncio.sleep(max(first_at + (start + len(frame)) / rate / speed - loop.time(), 0))
        await self._misbehave(context)

    async def _misbehave(self, context: _Context) -> None:
        faults, number, streamed = self._server._fault, context.number, context.streamed
        if faults("drop", number, streamed):
            await self._server._cut(self._socket)
            raise ConnectionError
        if faults("close", number, streamed):
            await self._socket.close(code=1000, message=b"connection idle timeout")
            raise ConnectionError
        if faults("stall", number, streamed):
            self._stalled = True
        if fault := faults("malformed", number, streamed):
            await self._socket.send_str(fault.text.replace("CONTEXT", context.id))
        if fault := faults("error", number, streamed):
            self._over.add(context.id)
            await self._error(context.id, fault.status, "Simulated", "as told")
            raise _Over

    async def _send_audio(self, context: _Context, data: bytes) -> None:
        encoded = base64.b64encode(data).decode()
        chunk = {"type": "chunk", "data": encoded, "done": False, "status_code": 206, "step_time": 20.0}
        await self._send({**chunk, "context_id": context.id})

    async def _send_times(self, context: _Context, words: list[Any], offset: float) -> None:
        times = {
            "words": [word.text for word in words],
            "start": [word.start + offset for word in words],
            "end": [word.end + offset for word in words],
        }
        message = {"type": "timestamps", "done": False, "status_code": 206, "word_timestamps": times}
        await self._send({**message, "context_id": context.id})

    async def _error(self, context_id: str, status: int, title: str, message: str) -> None:
        error = {"type": "error", "done": True, "status_code": status, "title": title, "message": message}
        await self._send({**error, "error_code": "simulated", "request_id": "0", "context_id": context_id})

    async def _send(self, message: Mapping[str, Any]) -> None:
        if not self._stalled:
            await self._socket.send_json(message)


class _Over(Exception):
    """The context has come to its end."""


def _words(context: _Context, text: str) -> list[str]:
    """The words that a text adds; without white space between them, the first one goes on with the last one before."""
    if not text:
        return []
    glued = "" if text[0].isspace() else context.tail
    words = (glued + text).split()
    context.tail = "" if text[-1].isspace() else words[-1]
    return [word for word in words if folded(word)]


def _problem(settings: Mapping[str, Any]) -> str | None:
    missing = {"context_id", "model_id", "voice", "output_format"} - settings.keys()
    if missing:
        return f"missing: {', '.join(sorted(missing))}"
    output = settings["output_format"]
    if output.get("container") != "raw" or output.get("encoding") != "pcm_s16le":
        return "this simulator makes raw pcm_s16le only"
    if settings.get("max_buffer_delay_ms") != 0:
        return "this simulator does not buffer: say max_buffer_delay_ms 0"
    return None


def _refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    said = {"title": "Refused", "message": message, "status_code": status}
    return web.json_response(said, status=status, headers=headers)

"""A Deepgram that runs here: the wire of `/v1/listen`, and a transcriber that hears exactly the words that arrive.

It reads the tone code in the audio, so audio that was lost is words that are missing, and audio sent twice is words
heard twice. Times are those of the real thing: seconds of audio since the connection's first sample.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from pipeline.audio import pcm_from_bytes
from tests.support.own_port import HOST, OwnPort
from tests.support.providers.profile import FIXED, Profile
from tests.support.tone_code import MARKED, Band, Decoder, codebook

RATE = 16_000
SILENCE_INTERVAL = 1.0
"""Seconds between the empty interims that Deepgram sends about silence."""
SEGMENT = 5.0
"""Seconds after which Deepgram makes final what it has, without being asked."""
HOLE, WORD = 1.0, 0.65
"""Seconds: of a voice that came through a room, parts of one code with a hole of less between them that sound for less
together are one word, torn by a stall of the machine. One that is sent or said twice sounds for longer."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer the `attempt`th upgrade (from 1, refused ones counted) with an HTTP status."""

    attempt: int
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the TCP connection once it has brought `after` seconds of audio."""

    attempt: int
    after: float


@dataclass(frozen=True, slots=True)
class Close:
    """Close the WebSocket with a code and a reason."""

    attempt: int
    after: float
    code: int = 1011
    reason: str = "NET-0000"


@dataclass(frozen=True, slots=True)
class Stall:
    """Neither read nor answer any more, while the connection stays open."""

    attempt: int
    after: float


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text out of the ordinary: no JSON, an unknown type, a transcript that is none."""

    attempt: int
    after: float
    text: str


@dataclass(frozen=True, slots=True)
class LoseFinalize:
    """Leave the `number`th Finalize (from 1) without an answer; what it should have closed stays interim."""

    attempt: int
    number: int = 1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Send the `number`th final (from 1) twice."""

    attempt: int
    number: int = 1


@dataclass(frozen=True, slots=True)
class Choke:
    """Cut the TCP connection whenever this word is heard, on every connection."""

    word: str


Fault = Choke | Status | Drop | Close | Stall | Say | LoseFinalize | Duplicate


@dataclass(frozen=True, slots=True)
class Logged:
    """A message: `kind` is its type on the wire, or "audio" for the first audio after anything else."""

    at: float
    attempt: int
    sent: bool
    kind: str
    text: str = ""


@dataclass
class Transcriber:
    """What Deepgram makes of the audio of one connection; returns messages as they would be sent."""

    words: Mapping[int, str]
    profile: Profile
    random: Random
    endpointing: float | None
    band: Band
    _samples: int = 0
    _segment_start: float = 0.0
    _said_at: float = 0.0
    _pending: list[dict[str, Any]] = field(default_factory=list)
    _last: tuple[int, float, float] = (-1, 0.0, 0.0)
    """The latest word: its code, where it ended, and for how long it sounded."""

    def __post_init__(self) -> None:
        self._decoder = Decoder(RATE, self.band)
        self._interval = self.profile.stt_interim_interval.draw(self.random)

    @property
    def received(self) -> float:
        """Seconds of audio so far."""
        return self._samples / RATE

    @property
    def unsettled(self) -> list[str]:
        """The words that belong to no final yet."""
        return [word["word"] for word in self._pending]

    def feed(self, audio: bytes) -> dict[str, Any] | None:
        """Take audio; returns the transcript that is due now."""
        samples = pcm_from_bytes(audio)
        self._samples += samples.size
        for heard in self._decoder.feed(samples):
            self._take(heard.code, heard.start, heard.end)
        quiet = self.received - (self._pending[-1]["end"] if self._pending else 0.0)
        if self._pending and self.endpointing is not None and quiet >= self.endpointing:
            return self.result(is_final=True, speech_final=True)
        if self.received - self._segment_start >= SEGMENT:
            # Deepgram cuts between words: the one that is being spoken belongs to the next segment.
            last = self._pending[-1]["end"] if self._pending and quiet < 1 else self.received
            return self.result(is_final=True, until=last)
        speaking = self._pending and quiet < 0.5
        if self.received - self._said_at >= (self._interval if speaking else SILENCE_INTERVAL):
            return self.result()
        return None

    def finish(self) -> dict[str, Any]:
        """The audio has ended: the last final."""
        for heard in self._decoder.flush():
            self._take(heard.code, heard.start, min(heard.end, self.received))
        return self.result(is_final=True)

    def result(
        self,
        *,
        is_final: bool = False,
        speech_final: bool = False,
        from_finalize: bool = False,
        until: float | None = None,
    ) -> dict[str, Any]:
        """What is known of the audio since the last final."""
        start, until = self._segment_start, self.received if until is None else until
        words, text = list(self._pending), " ".join(word["punctuated_word"] for word in self._pending)
        if is_final:
            self._pending, self._segment_start = [], until
        self._said_at = self.received
        self._interval = self.profile.stt_interim_interval.draw(self.random)
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": round(start, 3),
            "duration": round(until - start, 3),
            "is_final": is_final,
            "speech_final": speech_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [{"transcript": text, "confidence": 0.98 if text else 0.0, "words": words}]},
            "metadata": {"request_id": "simulated", "model_uuid": "simulated", "model_info": {}},
        }

    def _take(self, code: int, start: float, end: float) -> None:
        word = self.words.get(code)
        if word is None:
            return
        last, ended_at, sounded = self._last
        is_rest = self.band is MARKED and code == last and start - ended_at < HOLE and sounded + end - start < WORD
        self._last = (code, end, end - start + sounded * is_rest)
        if not is_rest:
            times = {"start": round(start, 3), "end": round(end, 3), "confidence": 0.98}
            self._pending.append({"word": word.lower().strip(".,?!"), "punctuated_word": word, **times})
        elif self._pending:
            self._pending[-1]["end"] = round(end, 3)


class _Session:
    """One accepted connection."""

    def __init__(self, owner: "DeepgramSimulator", attempt: int, request: web.Request) -> None:
        self._owner, self._attempt, self._request = owner, attempt, request
        self._socket = web.WebSocketResponse(heartbeat=None)
        endpointing = request.query.get("endpointing", "10")
        self._transcriber = Transcriber(
            words=owner.words,
            profile=owner.profile,
            random=owner.random,
            endpointing=None if endpointing == "false" else float(endpointing) / 1000,
            band=owner.band,
        )
        self._outbox: asyncio.Queue[tuple[float, str | None]] = asyncio.Queue()
        self._due_at = 0.0
        self._stalled = False
        self._finalizes = self._finals = 0
        self._kind = ""

    async def serve(self) -> web.WebSocketResponse:
        await self._socket.prepare(self._request)
        self._owner.opened += 1
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write())
            with contextlib.suppress(ConnectionError):
                await self._read()
            await self._outbox.put((0.0, None))
            if self._socket.closed:
                writer.cancel()
        return self._socket

    async def _read(self) -> None:
        quiet_limit = asyncio.get_running_loop().time() + self._owner.idle_timeout
        while True:
            try:
                async with asyncio.timeout_at(quiet_limit):
                    message = await self._socket.receive()
            except TimeoutError:
                reason = "Deepgram did not receive audio data or a text message within the timeout window (NET-0001)"
                await self._socket.close(code=1011, message=reason.encode())
                return
            if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT):
                return
            quiet_limit = asyncio.get_running_loop().time() + self._owner.idle_timeout
            if message.type is WSMsgType.BINARY and message.data:
                self._log("audio")
                self._owner.samples += len(message.data) // 2
                await self._take_audio(message.data)
            elif message.type is WSMsgType.BINARY or not self._take_text(message.data):
                return

    async def _take_audio(self, audio: bytes) -> None:
        result = self._transcriber.feed(audio)
        if any(Choke(word) in self._owner.faults for word in self._transcriber.unsettled):
            self._abort()
        for fault in self._due_faults():
            await self._fail(fault)
        if result is not None:
            self._say_result(result, self._owner.profile.stt_delay.draw(self._owner.random))

    def _take_text(self, text: str) -> bool:
        """Returns whether the stream goes on."""
        kind = json.loads(text)["type"]
        self._log(kind)
        if kind == "Finalize":
            self._finalizes += 1
            lost = self._take_fault(LoseFinalize, self._finalizes)
            if not lost and self._owner.random.random() >= self._owner.profile.stt_finalize_lost:
                result = self._transcriber.result(is_final=True, from_finalize=True)
                self._say_result(result, self._owner.profile.stt_finalize_delay.draw(self._owner.random))
        elif kind == "CloseStream":
            self._say_result(self._transcriber.finish(), self._owner.profile.stt_delay.draw(self._owner.random))
            duration = self._transcriber.received
            self._say(json.dumps({"type": "Metadata", "request_id": "simulated", "channels": 1, "duration": duration}))
            return False
        elif kind != "KeepAlive":
            self._say(json.dumps({"type": "Error", "variant": "SchemaError", "description": "?", "message": text}))
        return True

    def _say_result(self, result: dict[str, Any], delay: float) -> None:
        text = json.dumps(result)
        self._say(text, delay)
        if result["is_final"]:
            self._finals += 1
            if self._take_fault(Duplicate, self._finals):
                self._say(text, 0.02)

    def _say(self, text: str, delay: float = 0.0) -> None:
        """In order, as a TCP connection does."""
        self._due_at = max(self._due_at, asyncio.get_running_loop().time() + delay)
        self._outbox.put_nowait((self._due_at, text))

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                due_at, text = await self._outbox.get()
                if text is None:
                    await self._socket.close()
                    return
                await asyncio.sleep(due_at - asyncio.get_running_loop().time())
                if not self._stalled:
                    self._log(json.loads(text)["type"] if text.startswith('{"type"') else "?", text, sent=True)
                    await self._socket.send_str(text)

    def _due_faults(self) -> list[Drop | Close | Stall | Say]:
        received = self._transcriber.received
        due = [
            fault
            for fault in self._owner.faults
            if isinstance(fault, Drop | Close | Stall | Say)
            and fault.attempt == self._attempt
            and received >= fault.after
        ]
        for fault in due:
            self._owner.faults.remove(fault)
        return due

    async def _fail(self, fault: Drop | Close | Stall | Say) -> None:
        match fault:
            case Drop():
                self._abort()
            case Close():
                await self._socket.close(code=fault.code, message=fault.reason.encode())
            case Stall():
                self._stalled = True
                await asyncio.Event().wait()  # until the simulator ends
            case Say():
                self._say(fault.text)

    def _abort(self) -> None:
        if self._request.transport:
            self._request.transport.abort()

    def _take_fault(self, kind: type[LoseFinalize | Duplicate], number: int) -> bool:
        wanted = kind(self._attempt, number)
        if wanted not in self._owner.faults:
            return False
        self._owner.faults.remove(wanted)
        return True

    def _log(self, kind: str, text: str = "", *, sent: bool = False) -> None:
        if not sent and kind == "audio" == self._kind:
            return
        if not sent:
            self._kind = kind
        self._owner.messages.append(Logged(asyncio.get_running_loop().time(), self._attempt, sent, kind, text))


class DeepgramSimulator:
    """`async with DeepgramSimulator(vocabulary=words) as simulator:`, then connect to `simulator.url`.

    It knows the words of `vocabulary`, marked in the audio in `band` (`tone_code.overlay`; SPOKEN for `spoken`).
    `faults` may be changed at any time; each but Choke happens once. Without audio or KeepAlive for `idle_timeout`
    seconds a connection is closed.
    """

    def __init__(
        self,
        *,
        vocabulary: Iterable[str] = (),
        profile: Profile = FIXED,
        seed: int = 0,
        api_key: str = "simulated-deepgram-key",
        prefix: str = "",
        band: Band = MARKED,
        idle_timeout: float = 10.0,
        faults: Iterable[Fault] = (),
    ) -> None:
        self.words = codebook(vocabulary)
        self.profile, self.random = profile, Random(seed)
        self.api_key, self.band, self.idle_timeout = api_key, band, idle_timeout
        self.faults: list[Fault] = list(faults)
        self.messages: list[Logged] = []
        self.queries: list[dict[str, list[str]]] = []
        """Of each attempt to connect."""
        self.opened = 0
        self.samples = 0
        """Of audio received, in all."""
        self._prefix = prefix
        self._port = OwnPort()
        self._transports: list[asyncio.Transport] = []

    @property
    def url(self) -> str:
        """The base URL, with the prefix."""
        return f"http://{HOST}:{self._port.number}{self._prefix}"

    @property
    def connections(self) -> int:
        """How many WebSockets were opened in all."""
        return self.opened

    def received(self, kind: str) -> list[Logged]:
        """What clients sent of one type."""
        return [message for message in self.messages if message.kind == kind and not message.sent]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get(f"{self._prefix}/v1/listen", self._listen)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._abort()
        await self._runner.cleanup()
        self._port.close()

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Cut all connections and refuse new ones, until left."""
        self._abort()
        await self._site.stop()
        try:
            yield
        finally:
            await self._open()

    async def _open(self) -> None:
        self._site = web.SockSite(self._runner, self._port.socket())
        await self._site.start()

    def _abort(self) -> None:
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        self.queries.append({name: request.query.getall(name) for name in request.query})
        attempt = len(self.queries)
        for fault in self.faults:
            if isinstance(fault, Status) and fault.attempt == attempt:
                self.faults.remove(fault)
                return web.json_response({"err_msg": "simulated"}, status=fault.status, headers=fault.headers)
        if request.headers.get("Authorization") != f"Token {self.api_key}":
            return web.json_response({"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}, status=401)
        wanted = {"encoding": "linear16", "sample_rate": str(RATE), "channels": "1"}
        if not request.query.get("model") or any(request.query.get(name) != wanted[name] for name in wanted):
            return web.json_response({"err_code": "Bad Request", "err_msg": "Check the query."}, status=400)
        if isinstance(request.transport, asyncio.Transport):
            self._transports.append(request.transport)
        return await _Session(self, attempt, request).serve()

"""OpenAI chat completions on loopback: streams scripted replies token by token, and fails as it is told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

from ..own_port import HOST, OwnPort
from .profile import FIXED, Profile

MALFORMED = b'data: {"choices": [{"delta": \n\n'


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call to reply with; `arguments` as a mapping goes out whole and as an object, as Ollama does."""

    name: str
    arguments: str | Mapping[str, object] = "{}"
    id: str | None = None


Reply = str | Sequence[ToolCall]
Body = dict[str, Any]

FaultKind = Literal[
    "status",
    "silent",
    "hang up",
    "stall",
    "mutter",
    "drop",
    "malformed",
    "no finish",
    "no end",
    "body",
    "finish",
    "refuse fields",
    "no usage",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do wrong at a request.

    status          answer with `status` and `body`
    silent          never answer
    hang up         close the connection instead of an answer
    stall           go silent after the first `after` tokens
    mutter          send nothing but comments and empty events after the first `after` tokens
    drop            close the connection after the first `after` tokens
    malformed       send `payload` after the first `after` tokens, then go on
    no finish       end without a finish_reason, as some servers do
    no end          the same, and without [DONE]
    body            answer with the events in `payload`, and nothing else
    finish          end with the finish_reason `reason`
    refuse fields   answer 400 and name the first of `fields` that the request has, as servers do that know them not
    no usage        end after the finish_reason: no usage, no [DONE], and the connection stays open
    """

    what: FaultKind
    request: int | None = None
    """The number of the request, from 1; None for every one."""
    after: int = 0
    status: int = 500
    body: object = None
    payload: bytes = MALFORMED
    reason: str = "stop"
    fields: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer to `status`."""


@dataclass(slots=True)
class ChatRequest:
    """A request as it came, and what became of it. All times are loop times."""

    number: int
    at: float
    path: str
    authorization: str | None
    body: Body
    connection: int
    """The number of its connection, from 1."""
    first_token_at: float | None = None
    tokens: int = 0
    """How many were sent."""
    ended_at: float | None = None
    """When the whole reply had been sent."""
    gone_at: float | None = None
    """When the client closed the connection before that."""


def default_reply(body: Body) -> Reply:
    """A few plain sentences that repeat the last thing said, so that every word can be predicted."""
    last = next((message for message in reversed(body["messages"]) if message["role"] != "system"), None)
    if last is None:
        return "Hello, this is your assistant. How can I help you today?"
    said = str(last["content"]).strip().rstrip(".?!")
    source = "The tool said" if last["role"] == "tool" else "You said"
    return f"{source} {said}. I have made a note of it. What else would you like to tell me?"


TALE = 24
"""Words of a tale, which takes some 9 seconds."""


CALLED_FOR = {"quickly": "look_now", "slowly": "look_slowly"}
"""Tools, if they are offered, by the last word of what is said."""


def brief_reply(body: Body) -> Reply:
    """The last two words that were said, or TALE words when the last one is "tale": quick to talk with.

    A tool is called for the words of CALLED_FOR.
    """
    last = next((message for message in reversed(body["messages"]) if message["role"] == "user"), None)
    said = str(last["content"]).strip().rstrip(".?!").split() if last else []
    wanted = CALLED_FOR.get(said[-1]) if said and last is body["messages"][-1] else None
    if wanted in [tool["function"]["name"] for tool in body.get("tools", ())]:
        return [ToolCall(str(wanted))]
    return long_reply(TALE) if said[-1:] == ["tale"] else f"You said {' '.join(said[-2:]) or 'nothing'}."


def long_reply(words: int) -> str:
    """A reply of so many words, in sentences of ten."""
    sentence = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten."]
    return " ".join(sentence[n % 10] for n in range(words))


def tokens_of(text: str) -> list[str]:
    """The text in pieces about as long as a model's tokens, a blank at the head of each word."""
    return re.findall(r"\s?\S{1,6}|\s", text)


class OpenAISimulator:
    """A server on a free port of 127.0.0.1; an async context manager.

    `reply` makes what a request is answered with; `api_key`, when set, is the only one that is let in. Connections that
    were idle for `idle_timeout` seconds are closed.
    """

    def __init__(
        self,
        profile: Profile = FIXED,
        seed: int = 0,
        *,
        reply: Callable[[Body], Reply] = default_reply,
        api_key: str | None = None,
        idle_timeout: float = 3600.0,
    ) -> None:
        self.reply = reply
        self.api_key = api_key
        self.faults: list[Fault] = []
        self.requests: list[ChatRequest] = []
        self.probes: list[float] = []
        """When somebody asked for the list of models."""
        self.connections = 0
        """How many were opened in all."""
        self._profile = profile
        self._random = Random(seed)
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/{prefix:.*}chat/completions", self._chat)
        app.router.add_get("/{prefix:.*}models", self._models)
        # Cancelling a handler when its client goes is how a server that computes tokens stops doing so.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, keepalive_timeout=idle_timeout, shutdown_timeout=0.1, access_log=None
        )
        self._listener: asyncio.Server | None = None
        self._port = OwnPort()
        self._numbers: dict[object, int] = {}

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self._port.number}/v1"

    @property
    def open_connections(self) -> int:
        """How many are open now."""
        return len(self._runner.server.connections) if self._runner.server else 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        await self._runner.cleanup()
        self._port.close()

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """For so long nobody listens on the port, and who was connected is no longer."""
        self._stop_listening()
        server = self._runner.server
        assert server is not None
        for connection in list(server.connections):
            assert connection.transport is not None
            connection.transport.abort()
        await asyncio.sleep(0)
        try:
            yield
        finally:
            await self._listen()

    async def _listen(self) -> None:
        server = self._runner.server
        assert server is not None

        def connection() -> asyncio.Protocol:
            self.connections += 1
            protocol = server()
            self._numbers[protocol] = self.connections
            return protocol

        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(connection, sock=self._port.socket())

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _models(self, request: web.Request) -> web.Response:
        self.probes.append(asyncio.get_running_loop().time())
        if refusal := self._refuse_key(request):
            return refusal
        return web.json_response({"object": "list", "data": [{"id": "simulated", "object": "model"}]})

    def _refuse_key(self, request: web.Request) -> web.Response | None:
        if self.api_key is None or request.headers.get("Authorization") == f"Bearer {self.api_key}":
            return None
        given = request.headers.get("Authorization", "")
        message = f"Incorrect API key provided: {given.removeprefix('Bearer ')}. You can find your API key elsewhere."
        return _error(401, {"error": {"message": message, "type": "invalid_request_error", "code": "invalid_api_key"}})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        record = ChatRequest(
            number=len(self.requests) + 1,
            at=loop.time(),
            path=request.path,
            authorization=request.headers.get("Authorization"),
            body=await request.json(),
            connection=self._numbers[request.protocol],
        )
        self.requests.append(record)
        faults: dict[str, Fault] = {
            fault.what: fault for fault in self.faults if fault.request in (None, record.number)
        }
        try:
            return self._refuse(request, record, faults) or await self._stream(request, record, faults)
        except asyncio.CancelledError:
            record.gone_at = loop.time()
            raise
        except ConnectionError:  # seen by a write first
            record.gone_at = loop.time()
        except _Dropped:
            pass
        return web.Response()  # to nobody

    def _refuse(self, request: web.Request, record: ChatRequest, faults: Mapping[str, Fault]) -> web.Response | None:
        if refusal := self._refuse_key(request):
            return refusal
        if fault := faults.get("status"):
            return _error(fault.status, fault.body, fault.headers)
        refused = faults["refuse fields"].fields if "refuse fields" in faults else ()
        if name := next((name for name in refused if name in record.body), None):
            message = f"Unrecognized request argument supplied: {name}"
            return _error(400, {"error": {"message": message, "type": "invalid_request_error", "param": None}})
        return None

    async def _stream(
        self, request: web.Request, record: ChatRequest, faults: Mapping[str, Fault]
    ) -> web.StreamResponse:
        assert request.transport is not None
        if "silent" in faults:
            await _for_ever()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        if "hang up" in faults:
            request.transport.abort()
            raise _Dropped
        loop = asyncio.get_running_loop()
        next_at = record.at + self._profile.llm_first_token_delay.draw(self._random)
        await _until(next_at)
        await response.prepare(request)
        stream = _Wire(response, record)
        if "body" in faults:
            await stream.raw(faults["body"].payload)
            return response
        await stream.choice({"role": "assistant", "content": ""})
        reply = self.reply(record.body)
        for delta in _deltas(reply):
            await self._go_wrong(request, stream, faults)
            await _until(next_at)
            record.first_token_at = record.first_token_at or loop.time()
            await stream.choice(delta)
            record.tokens += 1
            next_at += self._profile.llm_token_interval.draw(self._random)
        await self._go_wrong(request, stream, faults)
        await self._end(stream, "stop" if isinstance(reply, str) else "tool_calls", faults)
        record.ended_at = loop.time()
        return response

    async def _go_wrong(self, request: web.Request, stream: "_Wire", faults: Mapping[str, Fault]) -> None:
        due = {what for what, fault in faults.items() if fault.after == stream.record.tokens}
        if "stall" in due:
            await _for_ever()
        while "mutter" in due:
            await stream.raw(b': waiting\n\ndata: {"choices": []}\n\n')
            await asyncio.sleep(0.02)
        if "drop" in due and request.transport is not None:
            request.transport.abort()
            raise _Dropped
        if "malformed" in due:
            await stream.raw(faults["malformed"].payload)

    async def _end(self, stream: "_Wire", reason: str, faults: Mapping[str, Fault]) -> None:
        if "no end" in faults:
            return
        if "no finish" not in faults:
            await stream.choice({}, faults["finish"].reason if "finish" in faults else reason)
        if "no usage" in faults:
            await _for_ever()
        body = stream.record.body
        if (body.get("stream_options") or {}).get("include_usage"):
            read = len(tokens_of(" ".join(str(message.get("content")) for message in body["messages"])))
            sent = stream.record.tokens
            usage = {"prompt_tokens": read, "completion_tokens": sent, "total_tokens": read + sent}
            await stream.chunk({"choices": [], "usage": usage})
        await stream.raw(b"data: [DONE]\n\n")


class _Dropped(Exception):
    """The simulator itself has closed the connection."""


@dataclass(slots=True)
class _Wire:
    """One reply's stream of events."""

    response: web.StreamResponse
    record: ChatRequest
    head: Body = field(init=False)

    def __post_init__(self) -> None:
        number, model = self.record.number, self.record.body.get("model")
        self.head = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": model}

    async def choice(self, delta: Body, finish_reason: str | None = None) -> None:
        await self.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    async def chunk(self, fields: Body) -> None:
        await self.raw(b"data: " + json.dumps({**self.head, **fields}).encode() + b"\n\n")

    async def raw(self, data: bytes) -> None:
        await self.response.write(data)


def _deltas(reply: Reply) -> Iterator[Body]:
    if isinstance(reply, str):
        yield from ({"content": token} for token in tokens_of(reply))
        return
    for index, call in enumerate(reply):
        head = {"index": index, "id": call.id or f"call_{index}", "type": "function"}
        if not isinstance(call.arguments, str):
            yield {"tool_calls": [{**head, "function": {"name": call.name, "arguments": dict(call.arguments)}}]}
            continue
        yield {"content": None, "tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]}
        for piece in re.findall(r".{1,4}", call.arguments, re.DOTALL):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _error(status: int, body: object, headers: Mapping[str, str] | None = None) -> web.Response:
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    said = body or {"error": {"message": "simulated fault", "type": "server_error"}}
    return web.json_response(said, status=status, headers=headers)


async def _until(at: float) -> None:
    """Sleep until a loop time; always lets others run, so that a client's going is noticed."""
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()

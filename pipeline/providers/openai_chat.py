"""OpenAI's chat completions, and every server that speaks them: https://platform.openai.com/docs/api-reference/chat.

On top the wire, without any I/O: prompt to request, stream to parts of a reply, answers that are none to errors. Below
`OpenAIChat`, which holds two warm connections. Of the SDK it uses the client, with its keys and errors, and reads the
stream itself: the SDK's own builds objects that it does not validate, and when it is closed in mid-way it leaves a
chain of suspended generators to the garbage collector.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage, Tool, ToolRequest
from pipeline.ports import LanguageModelCapabilities, TextDelta, Usage

if TYPE_CHECKING:  # importing them takes more than a second: see _load
    import httpx2
    from openai import AsyncOpenAI

ReplyPart = TextDelta | ToolRequest | Usage

PROVIDER = "openai"

DEFAULT_MODEL = "gpt-6-luna"
"""OpenAI's small model of the current generation: about 0.7 s to the first token without reasoning, and what OpenAI
names to replace gpt-4.1-mini and gpt-4o-mini, which it shuts down on 14 January 2027."""

OPENAI_URL = "https://api.openai.com/v1"

NO_KEY = "no-key-needed"
"""Sent when there is no key: the SDK insists on one, and a server without keys ignores it."""

CONNECT_TIMEOUT = 4.0
"""Seconds to open a connection: enough for TCP's first two repetitions, after 1 and 3 s, and no more."""

FIRST_TOKEN_TIMEOUT = 10.0
"""Seconds from the request to the first token. Whoever waits longer on the telephone hangs up."""

FIRST_TOKEN_TIMEOUT_LOCAL = 60.0
"""The same without a key, which means a server at home: it may read its model from the disk at the first request."""

BETWEEN_TOKENS_TIMEOUT = 5.0
"""Seconds between two tokens. They come every 10 to 50 ms; what was spoken ahead is used up by then."""

AFTER_REPLY_TIMEOUT = 0.5
"""Seconds for what follows the last token: usage, the end mark and the end of the body, all sent in one go. Read, so
that the connection can be used again, but not waited for."""

IDLE_EXPIRY = 240.0
"""Seconds for which an idle connection is kept: just below the 300 s after which common routers forget it."""

WARM_CONNECTIONS = 2
"""One for the reply, one for the reply after it: closing a stream in mid-way closes its connection."""

WARM_TIMEOUT = 3.0
"""Seconds for an answer on a connection that may have died unnoticed, before it is dropped."""

WARM_FOR = 4.0
"""Seconds for which connections count as warm. Servers in Python (uvicorn) close idle ones after 5 s."""

_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
"""Where no proxy of the environment leads."""

MAX_EVENT_BYTES = 4 * 2**20
"""The longest event of a stream: a bound for what is kept of a line that never ends."""

# What servers call the ends of a reply beside `stop` and `tool_calls`; names that are in neither set are good ends.
_CUT_SHORT = {
    "length": "it reached the limit of tokens; ask for shorter replies or raise the server's limit",
    "model_length": "the conversation is longer than the model can read; shorten it or take another model",
    "content_filter": "the provider's content filter stopped it; change the instructions",
}
_BROKEN_OFF = {"error", "abort", "cancelled"}

_RETRYABLE = {408, 409, 425, 429}  # as the SDK itself retries, and 425 Too Early; 5xx beside them
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "tokens": 429,
    "requests": 429,
}
_ADVICE = {
    401: "the API key was refused: check OPENAI_API_KEY, and OPENAI_BASE_URL if it names another provider",
    402: "there is no credit left: check the billing of the account that OPENAI_API_KEY belongs to",
    403: "not allowed: check the rights and the project of OPENAI_API_KEY, and the country",
    404: "no such model or address: check LLM_MODEL and OPENAI_BASE_URL",
    429: "too many requests for now",
}


# --- The wire: requests -----------------------------------------------------------------------------------------------


def request_body(model: str, prompt: Prompt, extra: Mapping[str, object]) -> dict[str, object]:
    """The JSON of one request; `extra` adds fields, and wins."""
    body: dict[str, object] = {
        "model": model,
        "messages": [
            *([{"role": "system", "content": prompt.instructions}] if prompt.instructions else []),
            *(_message(message) for message in prompt.messages),
        ],
        "stream": True,
    }
    if prompt.tools:
        body["tools"] = [_tool(tool) for tool in prompt.tools]
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    return {**body, **extra}


def _message(message: PromptMessage) -> dict[str, object]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}
    if not message.tool_requests:
        return {"role": message.role, "content": message.text}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in message.tool_requests
    ]
    return {"role": message.role, "content": message.text or None, "tool_calls": calls}


def _tool(tool: Tool) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def normal_url(base_url: str | None) -> str:
    """Where requests go: OpenAI by default; an address without a path gets the usual /v1."""
    url = (base_url or OPENAI_URL).rstrip("/")
    return url if urlsplit(url).path else f"{url}/v1"


def own_fields(url: str) -> dict[str, object]:
    """Fields that nobody asked for, and that are therefore left out when a server refuses them by name.

    Usage, for the metrics; and no reasoning with OpenAI's models, most of which would think for seconds before they
    speak, and refuse tools in chat completions when they reason. Other servers know too many other ways to say so.
    """
    fields: dict[str, object] = {"stream_options": {"include_usage": True}}
    host = urlsplit(url).hostname or ""
    if host == "api.openai.com" or host.endswith(".api.openai.com"):
        fields["reasoning_effort"] = "none"
    return fields


# --- The wire: errors -------------------------------------------------------------------------------------------------


def answer_error(status: int, body: object, key: str | None = None) -> ProviderError:
    """What an HTTP answer that is no reply means; `body` is its JSON, or text. The key is kept out of the message."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    fields: Mapping[str, object] = error if isinstance(error, Mapping) else {"message": error}
    if _NO_CREDIT & {str(fields.get("code")), str(fields.get("type"))}:
        status = 402
    advice = _ADVICE.get(status, f"the server answered with status {status}")
    if status == 401 and key is None:
        advice = "the server wants an API key: set OPENAI_API_KEY"
    said = "" if status == 401 else _quote(fields.get("message"), key)  # with 401 OpenAI repeats parts of the key
    kind = Unavailable if status >= 500 or status in _RETRYABLE else Refused
    return kind(PROVIDER, f"{advice}{said}")


def stream_error(error: object, key: str | None = None) -> ProviderError:
    """What an error means that came in mid-stream, where its HTTP status can only be guessed."""
    fields = error if isinstance(error, Mapping) else {}
    code = fields.get("code")
    if isinstance(code, int) and 400 <= code < 600:
        return answer_error(code, {"error": error}, key)
    known = (_STATUS_OF_TYPE.get(str(name)) for name in (code, fields.get("type")))
    return answer_error(next((status for status in known if status), 500), {"error": error}, key)


def refused_field(status: int, body: object, fields: Iterable[str]) -> str | None:
    """The one of our fields that a server refuses by name: some answer 400 or 422 to what they do not know."""
    if status not in (400, 422):
        return None
    said = json.dumps(body, default=str)
    return next((field for field in fields if field in said), None)


def _quote(said: object, key: str | None) -> str:
    text = " ".join(said.split()) if isinstance(said, str) else ""
    if key and len(key) >= 8:  # a shorter one is a word like "test"
        text = text.replace(key, "[key]")
    text = re.sub(r"\bsk-[\w*-]{4,}|(?<=Bearer )\S+", "[key]", text)
    return f'; it says: "{text[:300]}"' if text else ""


# --- The wire: replies ------------------------------------------------------------------------------------------------

_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventStream:
    """Server-sent events out of bytes, in pieces of any size: https://html.spec.whatwg.org/#event-stream-interpretation."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._half_line_end = False

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of each event that `piece` completes; comments, names and ids are of no use here."""
        if self._half_line_end and piece.startswith(b"\n"):
            piece = piece[1:]
            self._half_line_end = False
        if piece:
            self._half_line_end = piece.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        if len(self._rest) > MAX_EVENT_BYTES:
            raise Malformed(PROVIDER, f"a line of the stream is longer than {MAX_EVENT_BYTES} bytes")
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(_utf8(value.removeprefix(b" ")))
            elif not line and self._data:
                yield "\n".join(self._data)
                self._data = []


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed(PROVIDER, "the stream is not UTF-8 text") from None


@dataclass(slots=True)
class _Call:
    """A tool request that is still coming in."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class ReplyDecoder:
    """One reply out of the data of its events."""

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        self._calls: dict[int, _Call] = {}  # by place in the reply, in order
        self._usage: Usage | None = None
        self.tokens = 0
        """Events that carried something of the reply, also what is not spoken: calls and reasoning."""
        self.finished = False
        """The model has ended its reply; only usage and the end mark may follow."""

    def feed(self, data: str) -> Iterator[ReplyPart]:
        """What one event adds to the reply."""
        if data.strip() == "[DONE]":
            return
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            raise Malformed(PROVIDER, "an event of the stream is not JSON") from None
        chunk = _mapping(chunk, "an event")
        if chunk.get("error"):
            raise stream_error(chunk["error"], self._key)
        if usage := chunk.get("usage"):
            self._usage = _usage(_mapping(usage, "usage"))
        choices = chunk.get("choices") or ()  # empty beside usage, and in what Azure says of its filters
        if not isinstance(choices, list | tuple):
            raise Malformed(PROVIDER, "choices is no list")
        for choice in choices:
            yield from self._choice(_mapping(choice, "a choice"), chunk.get("id"))

    def end(self) -> Iterator[ReplyPart]:
        """The stream has ended. Raises Unavailable when the reply has not."""
        if not self.finished:
            raise Unavailable(PROVIDER, "the reply broke off: the stream ended before it")
        if self._usage is not None:
            yield self._usage

    def _choice(self, choice: Mapping[str, Any], reply_id: object) -> Iterator[ReplyPart]:
        delta = _mapping(choice.get("delta") or {}, "delta")
        # A refusal is what the model says instead of an answer, so it is spoken like one.
        texts = [_text(delta, "content"), _text(delta, "refusal")]
        calls = delta.get("tool_calls") or ()
        if not isinstance(calls, list | tuple):
            raise Malformed(PROVIDER, "tool_calls is no list")
        for call in calls:
            self._call(_mapping(call, "a tool call"))
        # Reasoning (two names are in use) is not for the ear, but it shows that the model is at work.
        if any(texts) or calls or delta.get("reasoning_content") or delta.get("reasoning"):
            self.tokens += 1
        yield from (TextDelta(text) for text in texts if text)
        if (reason := choice.get("finish_reason")) and not self.finished:
            yield from self._finish(reason, reply_id)

    def _call(self, call: Mapping[str, Any]) -> None:
        """Add a piece of a tool call: pieces belong together by index; a new id is a new call even so.

        (Some servers give every call the index 0, or none, and each call whole.)
        """
        last = max(self._calls, default=-1)
        index = call.get("index")
        place = index if isinstance(index, int) else max(last, 0)
        given_id = call.get("id") or ""
        known = self._calls.get(place)
        if known is not None and given_id and known.id and known.id != given_id:
            same = (at for at, other in self._calls.items() if other.id == given_id)
            place = next(same, last + 1)
        known = self._calls.setdefault(place, _Call())
        function = _mapping(call.get("function") or {}, "function")
        known.id = known.id or str(given_id)
        known.name = known.name or _text(function, "name")
        arguments = function.get("arguments")
        known.arguments += json.dumps(arguments) if isinstance(arguments, Mapping) else _text(function, "arguments")

    def _finish(self, reason: object, reply_id: object) -> Iterator[ToolRequest]:
        if str(reason) in _BROKEN_OFF:
            raise Unavailable(PROVIDER, "the reply broke off: the server could not finish it")
        if why := _CUT_SHORT.get(str(reason)):
            raise Refused(PROVIDER, f"the reply is not complete: {why}")
        self.finished = True
        for place in sorted(self._calls):
            call = self._calls[place]
            if not call.name:
                raise Malformed(PROVIDER, "a tool call has no name")
            yield ToolRequest(call.id or f"{reply_id or 'call'}-{place}", call.name, call.arguments or "{}")


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed(PROVIDER, f"{what} in the stream is no JSON object")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if text is not None and not isinstance(text, str):
        raise Malformed(PROVIDER, f"{name} in the stream is no text")
    return text or ""


def _usage(fields: Mapping[str, Any]) -> Usage:
    prompt, completion = fields.get("prompt_tokens", 0), fields.get("completion_tokens", 0)
    if not isinstance(prompt, int) or not isinstance(completion, int):
        raise Malformed(PROVIDER, "usage in the stream has no numbers")
    return Usage(prompt, completion)


# --- The connection ---------------------------------------------------------------------------------------------------


class OpenAIChat:
    """A language model behind OpenAI's chat completions, or a server that is compatible.

    `base_url` is http(s), OpenAI by default; `api_key` may be missing where the server wants none. `extra` adds fields
    to each request, for example {"reasoning_effort": "low"}; one of its fields that the server refuses is an error.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        model: str = DEFAULT_MODEL,
        base_url: str | None = None,
        extra: Mapping[str, object] | None = None,
        first_token_timeout: float | None = None,
    ) -> None:
        self._key = api_key or None
        self._model = model
        self._url = normal_url(base_url)
        self._extra = dict(extra or {})
        self._own = {name: value for name, value in own_fields(self._url).items() if name not in self._extra}
        local_or_not = FIRST_TOKEN_TIMEOUT if self._key else FIRST_TOKEN_TIMEOUT_LOCAL
        self._first_token_timeout = local_or_not if first_token_timeout is None else first_token_timeout
        self._client: AsyncOpenAI | None = None
        self._loading = asyncio.Lock()
        self._warm_until = 0.0  # loop time

    @property
    def capabilities(self) -> LanguageModelCapabilities:
        """It streams text and asks for tools."""
        return LanguageModelCapabilities(tools=True)

    async def warm(self) -> None:
        """Have two idle connections: ask for the list of models on both, which costs nothing, whatever the answer.

        To be called before each turn; does nothing when it was called within the last WARM_FOR seconds and no request
        was made since. Raises Refused when the key is wrong, and nothing else: who cannot be reached now may be back
        when it matters.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._warm_until:
            return
        client = await self._loaded()
        all_there = asyncio.Barrier(WARM_CONNECTIONS)
        async with asyncio.TaskGroup() as group:
            touches = [group.create_task(self._touch(client, all_there)) for _ in range(WARM_CONNECTIONS)]
        statuses = {touch.result() for touch in touches}
        if 401 in statuses:  # not 403: a key may be good for replies and not for the list of models
            raise answer_error(401, None, self._key)
        if None not in statuses:
            self._warm_until = loop.time() + WARM_FOR

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream one reply. Closing the iterator closes its connection, which ends the work at the server."""
        client = await self._loaded()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._first_token_timeout
        self._warm_until = 0.0
        response = await self._open(client, prompt, deadline)
        events, reply = EventStream(), ReplyDecoder(self._key)
        async with aclosing(response), aclosing(response.aiter_bytes()) as pieces:
            _check_streams(response)
            while piece := await self._read(pieces, deadline, reply):
                seen, finished = reply.tokens, reply.finished
                for data in events.feed(piece):
                    for part in reply.feed(data):
                        yield part
                if reply.finished and not finished:
                    deadline = loop.time() + AFTER_REPLY_TIMEOUT
                elif reply.tokens > seen:
                    deadline = loop.time() + BETWEEN_TOKENS_TIMEOUT
        for part in reply.end():
            yield part

    async def aclose(self) -> None:
        """Close the connections; a reply that is still coming breaks off."""
        async with self._loading:
            if self._client is not None:
                await self._client.close()

    async def _loaded(self) -> "AsyncOpenAI":
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._load)
            return self._client

    def _load(self) -> "AsyncOpenAI":
        """Import the SDK and make its client: one to two seconds, so in a thread, and not before somebody asks."""
        import httpx2
        from openai import AsyncOpenAI

        http = httpx2.AsyncClient(
            limits=httpx2.Limits(
                max_connections=None, max_keepalive_connections=2 * WARM_CONNECTIONS, keepalive_expiry=IDLE_EXPIRY
            ),
            timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT),
            follow_redirects=True,
            mounts=dict.fromkeys(_LOOPBACK),
        )
        # The address is always given: the SDK would otherwise take it from the environment, past the settings.
        client = AsyncOpenAI(api_key=self._key or NO_KEY, base_url=self._url, max_retries=0, http_client=http)
        _ = client.chat.completions  # the SDK imports its resources when they are first touched
        return client

    async def _touch(self, client: "AsyncOpenAI", all_there: asyncio.Barrier) -> int | None:
        """Have an answer on a connection of its own; returns its status, None without an answer."""
        import anyio
        import httpx2
        import openai

        try:
            async with asyncio.timeout(WARM_TIMEOUT), client.models.with_streaming_response.list() as answer:
                with suppress(asyncio.BrokenBarrierError):
                    await all_there.wait()  # a connection that is free again would serve the next request, too
                await answer.read()
                return answer.status_code
        except openai.APIStatusError as error:
            return error.status_code
        except (openai.APIError, httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream, TimeoutError):
            return None
        finally:
            await all_there.abort()

    async def _open(self, client: "AsyncOpenAI", prompt: Prompt, deadline: float) -> "httpx2.Response":
        """Send the request, and return when the head of the answer is there."""
        import openai

        try:
            async with asyncio.timeout_at(deadline):
                return await self._post(client, prompt)
        except TimeoutError:
            raise Unavailable(PROVIDER, f"no answer within {self._first_token_timeout:g} s") from None
        except openai.APIStatusError as error:
            raise answer_error(error.status_code, error.body, self._key) from None
        except openai.APIConnectionError as error:
            # Not chained: what the libraries below say may hold the header with the key.
            reason = _quote(f"{type(error.__cause__).__name__} {error.__cause__}", self._key)
            place = urlsplit(self._url).hostname
            raise Unavailable(
                PROVIDER, f"no connection to {place}: check the network and OPENAI_BASE_URL{reason}"
            ) from None

    async def _post(self, client: "AsyncOpenAI", prompt: Prompt) -> "httpx2.Response":
        """Send the request: again without a field of ours that the server does not know, which is remembered; and once
        more when an idle connection turns out to be closed at the moment of its use.
        """
        import httpx2
        import openai

        stale = True
        while True:
            own = dict(self._own)
            try:
                response = await client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=request_body(self._model, prompt, {**own, **self._extra}),
                    stream=True,
                    stream_cls=openai.AsyncStream[Any],
                )
                return cast("httpx2.Response", response)  # asked for by cast_to, which wins over stream_cls
            except openai.APIStatusError as error:
                field = refused_field(error.status_code, error.body, own)
                if field is None:
                    raise
                self._own.pop(field, None)
            except openai.APIConnectionError as error:
                if not stale or isinstance(error.__cause__, httpx2.ConnectError | httpx2.TimeoutException):
                    raise
                stale = False

    async def _read(self, pieces: AsyncGenerator[bytes, None], deadline: float, reply: ReplyDecoder) -> bytes:
        """The next bytes, none at the end; what fails after a finished reply is only the connection."""
        import anyio
        import httpx2

        try:
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, b"")
        except TimeoutError:
            first = f"no first token within {self._first_token_timeout:g} s"
            problem = f"the reply broke off: silent for {BETWEEN_TOKENS_TIMEOUT:g} s" if reply.tokens else first
        except (httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream):
            problem = "the reply broke off: the connection was lost"
        if reply.finished:
            return b""
        raise Unavailable(PROVIDER, problem)


def _check_streams(response: "httpx2.Response") -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("application/json", "text/html"):
        raise Malformed(PROVIDER, f"the answer is {kind}, not a stream of events: check OPENAI_BASE_URL")

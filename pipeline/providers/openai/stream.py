"""The parts of a reply out of the bytes of its stream, without any I/O."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import Declined, Malformed, Unavailable
from pipeline.messages import ToolRequest
from pipeline.ports import TextDelta, Usage
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.openai.wire import PROVIDER, stream_error

ReplyPart = TextDelta | ToolRequest | Usage

MAX_EVENT_BYTES = 4 * 2**20
"""The longest event of a stream: a bound for what is kept of one that never ends."""

# What servers call the ends of a reply beside `stop` and `tool_calls`; names that are in no set are good ends.
_CUT_SHORT = {
    "length": "it reached the limit of tokens: ask for shorter replies, or raise the server's limit",
    "model_length": "the conversation is longer than the model can read: shorten it, or take another model",
}
_FILTERED = {"content_filter"}
_BROKEN_OFF = {"error", "abort", "cancelled"}

_LINE_END = re.compile(rb"\r\n|\n|\r")

_log = logging.getLogger(__name__)


class EventStream:
    """Server-sent events out of bytes, in pieces of any size: https://html.spec.whatwg.org/#event-stream-interpretation."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._data_bytes = 0
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
            raise _too_long()
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(_utf8(value.removeprefix(b" ")))
                self._data_bytes += len(line)
                if self._data_bytes > MAX_EVENT_BYTES:
                    raise _too_long()
            elif not line and self._data:
                yield "\n".join(self._data)
                self._data, self._data_bytes = [], 0


def _too_long() -> Malformed:
    return Malformed(PROVIDER, f"an event of the stream is longer than {MAX_EVENT_BYTES} bytes")


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

    def __init__(self, service: RemoteService) -> None:
        self._service = service
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
            raise stream_error(chunk["error"], self._service)
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

        (Some servers give every call the index 0, or none, and each call whole; some of them give no ids, either.)
        """
        last = max(self._calls, default=-1)
        index = call.get("index")
        place = index if isinstance(index, int) else max(last, 0)
        given_id = call.get("id") or ""
        known = self._calls.get(place)
        function = _mapping(call.get("function") or {}, "function")
        name = _text(function, "name")
        if known is not None and _is_another(known, given_id, name):
            same = (at for at, other in self._calls.items() if given_id and other.id == given_id)
            place = next(same, last + 1)
        known = self._calls.setdefault(place, _Call())
        known.id = known.id or str(given_id)
        known.name = known.name or name
        arguments = function.get("arguments")
        known.arguments += json.dumps(arguments) if isinstance(arguments, Mapping) else _text(function, "arguments")

    def _finish(self, reason: object, reply_id: object) -> Iterator[ToolRequest]:
        if str(reason) in _BROKEN_OFF:
            raise Unavailable(PROVIDER, "the reply broke off: the server could not finish it")
        if str(reason) in _FILTERED:
            raise Declined(PROVIDER, "the reply is not complete: the provider's content filter stopped it")
        if why := _CUT_SHORT.get(str(reason)):
            _log.warning("the reply of the language model is not complete: %s", why)
        self.finished = True
        for place in sorted(self._calls):
            call = self._calls[place]
            if not call.name:
                raise Malformed(PROVIDER, "a tool call has no name")
            yield ToolRequest(call.id or f"{reply_id or 'call'}-{place}", call.name, call.arguments or "{}")


def _is_another(known: _Call, given_id: object, name: str) -> bool:
    """Whether a piece at the place of a known call begins another one; a name may come with each piece of a call."""
    if given_id and known.id:
        return known.id != given_id
    return bool(name and known.name) and (name != known.name or _is_whole(known.arguments))


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


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

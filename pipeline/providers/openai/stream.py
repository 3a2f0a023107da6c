"""The parts of a reply out of the bytes of its stream, without any I/O."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline.errors import Declined, Malformed, ProviderError, Unavailable
from pipeline.messages import ToolRequest
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.providers._http_errors import RemoteService
from pipeline.providers.openai.events import Event, EventStream
from pipeline.providers.openai.wire import PROVIDER, stream_error

END_MARK = "[DONE]"
"""Follows a whole reply. A connection that was lost has none, so it is an end where a finish reason is missing."""

# What servers call the ends of a reply beside `stop` and `tool_calls`; names that are in no set are good ends.
_CUT_SHORT = {
    "length": "it reached the limit of tokens: ask for shorter replies, or raise the server's limit",
    "model_length": "the conversation is longer than the model can read: shorten it, or take another model",
}
_FILTERED = {"content_filter"}
_BROKEN_OFF = {"error", "abort", "cancelled"}

_SPOKEN = (None, "text", "output_text", "refusal")
"""Types of the parts of a content that are for the ear; "thinking" and "image_url" are not."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Call:
    """A tool request that is still coming in."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class ReplyDecoder:
    """One reply out of the bytes of its stream. Once it is whole, nothing that follows makes it fail."""

    def __init__(self, service: RemoteService) -> None:
        self._service = service
        self._events = EventStream()
        self._calls: dict[int, _Call] = {}  # by place in the reply, in order
        self._usage: Usage | None = None
        self._id: object = None
        self.tokens = 0
        """Events that carried something of the reply, also what is not spoken: calls and reasoning."""
        self.finished = False
        """The reply is whole; only usage and the end mark may follow."""

    def feed(self, piece: bytes) -> Iterator[ReplyPart]:
        """Yield what some bytes add to the reply. Raises ProviderError."""
        return self._parts(self._events.feed(piece))

    def end(self) -> Iterator[ReplyPart]:
        """The stream has ended. Raises Unavailable when the reply has not."""
        with suppress(Malformed):  # an event that was cut in two is none
            yield from self._parts(self._events.end())
        if not self.finished:
            raise Unavailable(PROVIDER, "the reply broke off: the stream ended before it")
        if self._usage is not None:
            yield self._usage

    def _parts(self, events: Iterator[Event]) -> Iterator[ReplyPart]:
        try:
            for event in events:
                yield from self._event(event)
        except ProviderError as error:
            if not self.finished:
                raise
            _log.debug("after the whole reply: %s", error)

    def _event(self, event: Event) -> Iterator[ReplyPart]:
        if event.data.strip() == END_MARK:
            if not self.finished:
                yield from self._finish()
            return
        try:
            chunk = json.loads(event.data)
        except (ValueError, RecursionError):
            if event.is_error:
                raise stream_error(event.data, self._service) from None
            raise Malformed(PROVIDER, "an event of the stream is not JSON") from None
        if chunk is None:
            return
        chunk = _mapping(chunk, "an event")
        if chunk.get("error"):
            raise stream_error(chunk["error"], self._service)
        if event.is_error or chunk.get("object") == "error":  # the error itself, as earlier vLLMs send it
            raise stream_error(chunk, self._service)
        self._id = chunk.get("id") or self._id
        self._count(chunk.get("usage"))
        choices = chunk.get("choices") or ()  # empty beside usage, and in what Azure says of its filters
        if not isinstance(choices, list | tuple):
            raise Malformed(PROVIDER, "choices is no list")
        for choice in choices:
            yield from self._choice(_mapping(choice, "a choice"))

    def _count(self, usage: object) -> None:
        """Keep the latest numbers of tokens that are known: usage may come with each event, and with nulls in it."""
        if usage and isinstance(usage, Mapping):
            before = self._usage or Usage(0, 0)
            self._usage = Usage(
                _number(usage.get("prompt_tokens")) or before.prompt_tokens,
                _number(usage.get("completion_tokens")) or before.completion_tokens,
                cached_tokens=_cached(usage) or before.cached_tokens,
            )

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[ReplyPart]:
        delta = _mapping(choice.get("delta") or {}, "delta")
        # A refusal is what the model says instead of an answer, so it is spoken like one.
        texts = [_spoken(delta.get("content")), _text(delta, "refusal")]
        calls = delta.get("tool_calls") or ()
        if not isinstance(calls, list | tuple):
            raise Malformed(PROVIDER, "tool_calls is no list")
        for call in calls:
            self._call(_mapping(call, "a tool call"))
        # Reasoning (two names are in use) is not for the ear, but it shows that the model is at work.
        if any(texts) or calls or any(delta.get(name) for name in ("content", "reasoning_content", "reasoning")):
            self.tokens += 1
        yield from (TextDelta(text) for text in texts if text)
        if (reason := choice.get("finish_reason")) and not self.finished:
            yield from self._finish(str(reason))

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

    def _finish(self, reason: str = "") -> Iterator[ReplyPart]:
        if reason in _BROKEN_OFF:
            raise Unavailable(PROVIDER, "the reply broke off: the server could not finish it")
        if reason in _FILTERED:
            raise Declined(PROVIDER, "the reply is not complete: the provider's content filter stopped it")
        if why := _CUT_SHORT.get(reason):
            _log.warning("the reply of the language model is not complete: %s", why)
        if not all(call.name for call in self._calls.values()):
            raise Malformed(PROVIDER, "a tool call has no name")
        self.finished = True
        for place in sorted(self._calls):
            call = self._calls[place]
            yield ToolRequest(call.id or f"{self._id or 'call'}-{place}", call.name, call.arguments or "{}")
        yield Finished()


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


def _spoken(content: object) -> str:
    """What is to be spoken of a content: a text, or a list of parts."""
    if not isinstance(content, list):
        return _text({"content": content}, "content")
    parts = [{"text": part} if isinstance(part, str) else _mapping(part, "a part of content") for part in content]
    return "".join(_text(part, "text") or _text(part, "refusal") for part in parts if part.get("type") in _SPOKEN)


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if text is not None and not isinstance(text, str):
        raise Malformed(PROVIDER, f"{name} in the stream is no text")
    return text or ""


def _cached(usage: Mapping[str, Any]) -> int:
    """Return how many tokens of the prompt the server had kept, as OpenAI says it; others leave it out."""
    details = usage.get("prompt_tokens_details")
    return _number(details.get("cached_tokens")) if isinstance(details, Mapping) else 0


def _number(count: object) -> int:
    """Return a number of tokens, which some servers write as text; 0 for what is none."""
    if isinstance(count, bool) or not isinstance(count, int | float | str):
        return 0
    try:
        return max(0, int(float(count)))
    except (ValueError, OverflowError):
        return 0

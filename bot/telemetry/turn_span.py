"""One turn as spans: what was said, and what was made and played for it."""

import json
from collections.abc import Callable

from bot.telemetry import span_names as names
from bot.telemetry.span_maker import OpenSpan, SpanMaker, Value
from bot.telemetry.span_names import AttributeRow
from bot.telemetry.usage_meter import ProviderRequest
from pipeline.messages import Message, ToolRequest

COMPLETED, INTERRUPTED, SESSION_CLOSED = "completed", "interrupted", "session_closed"


class TurnSpan:
    """A turn of the person with its reply, or a reply without one; with all replies that follow from its tools."""

    def __init__(self, spans: SpanMaker, parent: OpenSpan, began_at: float, agent: str) -> None:
        self._spans = spans
        self.span = spans.start(
            names.INVOKE_AGENT, began_at, parent, {names.AGENT_NAME: agent, names.TURN_NUMBER: 0}, of=agent
        )
        self.has_called = False
        """It has called tools: a reply may still follow from them."""
        self._making = set[str]()
        self._playing: dict[str, OpenSpan] = {}
        self._calling: dict[str, OpenSpan] = {}
        self._end_reason = COMPLETED
        self._error = ""

    @property
    def is_idle(self) -> bool:
        """Whether nothing of it is being made, played or called."""
        return not (self._making or self._playing or self._calling)

    def begins(self, reply_id: str) -> None:
        """Note that a reply is being made for it."""
        self._making.add(reply_id)

    def drops(self, reply_id: str, at: float) -> None:
        """Note that a reply that nobody has heard comes to nothing."""
        self._making.discard(reply_id)
        self.span.touch(at)

    def fails(self, reply_id: str, at: float) -> None:
        """Note that nothing became of a reply."""
        self._error = "reply_failed"
        self.drops(reply_id, at)

    def plays(self, reply_id: str, at: float) -> None:
        """Note that a reply is heard from now on."""
        self._error = ""
        self._playing[reply_id] = self._spans.start(names.PLAYOUT, at, self.span, {names.REPLY_ID: reply_id})

    def ends(self, reply_id: str, at: float, *, is_cut: bool, is_broken: bool) -> None:
        """Note that a reply is over."""
        self._making.discard(reply_id)
        self._end_reason = INTERRUPTED if is_cut else COMPLETED
        self._error = "reply_broken" if is_broken else self._error
        if (playing := self._playing.pop(reply_id, None)) is not None:
            self._end(playing, at)

    def calls(self, request: ToolRequest, at: float, arguments: str | None) -> None:
        """Note that a tool is called; `arguments` are for the span, if any are."""
        self.has_called = True
        about: dict[AttributeRow, Value | None] = {names.TOOL_NAME: request.name, names.TOOL_CALL_ID: request.id}
        about[names.TOOL_ARGUMENTS] = arguments
        self._calling[request.id] = self._spans.start(names.EXECUTE_TOOL, at, self.span, about, of=request.name)

    def returns(self, call_id: str, at: float, result: Message | None, content: Callable[[str], str | None]) -> None:
        """Note that a call is over; without a result it was cancelled or dropped."""
        if (calling := self._calling.pop(call_id, None)) is None:
            return
        calling.put(names.CALLED_OFF, True if result is None else None)
        if result is not None:
            calling.put(names.TOOL_RESULT, content(result.text))
        self._end(calling, at, error="tool_error" if result is not None and result.is_error else "")

    def requested(self, request: ProviderRequest) -> None:
        """Add a request to a provider that was made for it."""
        request_span(self._spans, self.span, request)

    def close(self, at: float | None = None, reason: str = "") -> None:
        """End it with what is still open at `at`; else when the last of it was over."""
        for still_open in (*self._playing.values(), *self._calling.values()):
            self._end(still_open, self.span.last_at if at is None else at)
        self.span.put(names.END_REASON, None if self._error else reason or self._end_reason)
        self._spans.end(self.span, self.span.last_at if at is None else at, error=self._error)

    def _end(self, span: OpenSpan, at: float, *, error: str = "") -> None:
        self._spans.end(span, at, error=error)
        self.span.touch(at)


def request_span(spans: SpanMaker, parent: OpenSpan, request: ProviderRequest) -> None:
    """Make the span of a request that is over."""
    row = {"stt": names.SPEECH_TO_TEXT, "llm": names.CHAT, "tts": names.TEXT_TO_SPEECH}[request.stage]
    about: dict[AttributeRow, Value | None] = {
        names.PROVIDER: request.provider,
        names.MODEL: request.model or None,
        names.OUTPUT_TYPE: "speech" if request.stage == "tts" else "text",
        names.FIRST_CHUNK: request.first_delay,
        names.REPLY_ID: request.reply_id or None,
        names.CALLED_OFF: True if request.is_called_off else None,
    }
    if request.stage == "llm":
        about |= {
            names.INPUT_TOKENS: request.prompt_tokens,
            names.CACHED_TOKENS: request.cached_tokens or None,
            names.OUTPUT_TOKENS: request.completion_tokens,
            names.ESTIMATED: True if request.is_estimated else None,
        }
    elif request.stage == "tts":
        about |= {names.CHARACTERS: request.characters, names.AUDIO: request.audio_duration}
    ended_at = request.began_at if request.ended_at is None else request.ended_at
    span = spans.start(row, request.began_at, parent, about, of=request.model or request.provider)
    spans.end(span, ended_at, error=request.error)
    parent.touch(ended_at)


def message_json(message: Message, content: Callable[[str], str | None]) -> str | None:
    """Return a message in the form of the conventions; None where its words are not to be shown."""
    if (text := content(message.text)) is None:
        return None
    return json.dumps([{"role": message.role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False)

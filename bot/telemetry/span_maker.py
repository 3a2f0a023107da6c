"""Makes spans of one session by the API of OpenTelemetry, whose SDK is the operator's."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider, set_span_in_context

from bot.telemetry import span_names as names
from bot.telemetry.span_names import AttributeRow, SpanRow
from pipeline.clock import loop_time
from pipeline.version import rawbot_version

Value = str | bool | int | float

NAME = "rawbot"
"""Of the instrumentation."""


def get_tracer(provider: TracerProvider | None) -> Tracer:
    """Return the tracer of a provider; without one, of the process's own."""
    if provider is None:
        from opentelemetry.trace import get_tracer_provider

        provider = get_tracer_provider()
    return provider.get_tracer(NAME, rawbot_version() or "")


@dataclass(slots=True, eq=False)
class OpenSpan:
    """A span that has begun."""

    row: SpanRow
    span: Span
    began_at: float
    last_at: float
    """Loop time up to which something is known to belong to it."""
    is_over: bool = field(default=False)

    def put(self, attribute: AttributeRow, value: Value | None) -> None:
        """Set an attribute; None is no value."""
        if value is not None:
            self.span.set_attribute(attribute.key, value)

    def touch(self, at: float) -> None:
        """Note that it goes on until then at least."""
        self.last_at = max(self.last_at, at)


class SpanMaker:
    """Takes times of the event loop, and gives them as those of the wall clock."""

    def __init__(self, tracer: Tracer, wall_time: Callable[[], float] = time.time) -> None:
        self._tracer = tracer
        self._offset = wall_time() - loop_time()
        self.conversation_id = ""

    def new_conversation(self) -> None:
        """Give the spans of another conversation an id of their own."""
        self.conversation_id = uuid4().hex

    def start(
        self,
        row: SpanRow,
        at: float,
        parent: OpenSpan | None,
        attributes: Mapping[AttributeRow, Value | None] | None = None,
        *,
        of: str = "",
    ) -> OpenSpan:
        """Begin a span; `of` is what stands behind its name."""
        given = {names.OPERATION: row.name, names.CONVERSATION_ID: self.conversation_id, **(attributes or {})}
        span = self._tracer.start_span(
            f"{row.name} {of}" if of else row.name,
            context=Context() if parent is None else set_span_in_context(parent.span, Context()),
            kind=SpanKind.CLIENT if row.is_client else SpanKind.INTERNAL,
            attributes={attribute.key: value for attribute, value in given.items() if value is not None},
            start_time=self._wall(at),
        )
        return OpenSpan(row, span, at, at)

    def end(self, span: OpenSpan, at: float, *, error: str = "") -> None:
        """End a span, once; `error` is the kind of failure."""
        if span.is_over:
            return
        span.is_over = True
        if error:
            span.put(names.ERROR, error)
            span.span.set_status(Status(StatusCode.ERROR))
        span.span.end(self._wall(max(at, span.began_at)))

    def _wall(self, at: float) -> int:
        """Return nanoseconds of the wall clock."""
        return round((at + self._offset) * 1e9)

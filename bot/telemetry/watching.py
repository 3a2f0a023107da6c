"""Watches one bot's session for whatever reports on it."""

from collections.abc import Callable

from bot.process.redaction import redact
from bot.settings.keywords import Parts
from bot.telemetry.tracing import NO_SDK
from bot.telemetry.usage_meter import UsageMeter
from pipeline.errors import SettingsError
from pipeline.metrics import Meter
from pipeline.session import Observer, Session


def watch(
    parts: Parts, session: Session, add_outward: Callable[[Observer], None], meter: Meter, usage: UsageMeter
) -> Callable[[], None]:
    """Count and trace the calls of a session; what is returned is to be called when it is over.

    `add_outward` adds an observer of what may leave the conversation: without what is to be hidden. `meter` observes
    the session already, and `usage` counts what it asks of its providers. Raises SettingsError where spans are wanted
    without OpenTelemetry.
    """
    ends = list[Callable[[], None]]()
    telemetry, settings = parts.telemetry, parts.settings
    if telemetry is not None:
        ends.append(telemetry.watch(session, meter, usage, settings.prices))
    if settings.otel or (telemetry is not None and telemetry.tracer_provider is not None):
        observe, finish = _spans(parts, meter, usage)
        add_outward(observe)
        ends.append(finish)

    def finish_all() -> None:
        while ends:
            ends.pop()()

    return finish_all


def _spans(parts: Parts, meter: Meter, usage: UsageMeter) -> tuple[Observer, Callable[[], None]]:
    try:
        from bot.telemetry.call_spans import CallSpans  # here: most bots need no OpenTelemetry
        from bot.telemetry.span_maker import SpanMaker, get_tracer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise SettingsError([NO_SDK]) from None

    def content(text: str) -> str:
        return redact(text, parts.settings.secrets)

    spans = CallSpans(
        SpanMaker(get_tracer(parts.telemetry.tracer_provider if parts.telemetry is not None else None)),
        meter,
        usage,
        has_agents=parts.agent is not None,
        content=content if parts.settings.otel_content else None,
    )
    return spans.observe, spans.finish

"""Watches one bot's session for whatever tells of it."""

from collections.abc import Callable

from bot.process.redaction import redact
from bot.settings.settings import Settings
from bot.telemetry.telemetry import Telemetry
from bot.telemetry.tracing import NO_SDK
from bot.telemetry.usage_meter import UsageMeter
from pipeline.errors import SettingsError
from pipeline.metrics import Meter
from pipeline.session import Observer, Session


def watch(
    session: Session,
    add_outward: Callable[[Observer], None],
    meter: Meter,
    usage: UsageMeter,
    settings: Settings,
    telemetry: Telemetry | None,
    *,
    has_agents: bool,
) -> Callable[[], None]:
    """Count and trace the calls of a session; what is returned is to be called when it is over.

    `add_outward` adds an observer of what may leave the conversation: without what is to be hidden. `meter` observes it already, and `usage` counts what it asks of its providers. Raises SettingsError where spans are
    wanted without OpenTelemetry.
    """
    ends = list[Callable[[], None]]()
    if telemetry is not None:
        ends.append(telemetry.watch(session, meter, usage, settings.prices))
    if settings.otel or (telemetry is not None and telemetry.tracer_provider is not None):
        observe, finish = _spans(meter, usage, settings, telemetry, has_agents=has_agents)
        add_outward(observe)
        ends.append(finish)

    def finish_all() -> None:
        while ends:
            ends.pop()()

    return finish_all


def _spans(
    meter: Meter, usage: UsageMeter, settings: Settings, telemetry: Telemetry | None, *, has_agents: bool
) -> tuple[Observer, Callable[[], None]]:
    try:
        from bot.telemetry.call_spans import CallSpans  # here: most bots need no OpenTelemetry
        from bot.telemetry.span_maker import SpanMaker, get_tracer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise SettingsError([NO_SDK]) from None

    def content(text: str) -> str:
        return redact(text, settings.secrets)

    tracer = get_tracer(telemetry.tracer_provider if telemetry is not None else None)
    spans = CallSpans(
        SpanMaker(tracer), meter, usage, has_agents=has_agents, content=content if settings.otel_content else None
    )
    return spans.observe, spans.finish

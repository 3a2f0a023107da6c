"""OpenTelemetry's SDK for the commands: the operator's variables say where spans go, and a program has its own."""

import logging
import os
import threading
from collections.abc import Callable
from importlib.util import find_spec

from pipeline.errors import SettingsError

FLUSH_DELAY = 1.0
"""Seconds for the last spans to be sent when a process ends: a collector near by takes 50 ms."""

NO_SDK = (
    "--otel needs OpenTelemetry's SDK and its exporter: install the extra otel, pip install 'rawbot[otel]'; a program "
    "with an SDK of its own needs the package opentelemetry-api."
)

log = logging.getLogger(__name__)


def can_trace() -> bool:
    """Whether the packages are there that `start_tracing` needs."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None and bool(find_spec("opentelemetry.sdk"))
    except ModuleNotFoundError:  # of a package above
        return False


def start_tracing() -> Callable[[], None]:
    """Send spans by OTLP over HTTP, as the variables OTEL_... say, unless the process has set up an SDK already.

    Returns what sends the last ones, in bounded time. Raises SettingsError without the extra.
    """
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise SettingsError([NO_SDK]) from None
    if isinstance(there := trace.get_tracer_provider(), TracerProvider):
        return lambda: _bounded(there.force_flush)
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = TracerProvider(resource=Resource.create({} if named else {"service.name": "rawbot"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return lambda: _bounded(provider.shutdown)


def _bounded(work: Callable[[], object]) -> None:
    """Do it in a thread that may be left behind: an exporter tries for a minute to reach one who does not answer."""
    thread = threading.Thread(target=work, name="last-spans", daemon=True)
    thread.start()
    thread.join(FLUSH_DELAY)
    if thread.is_alive():
        log.warning("the last spans could not be sent within %g s", FLUSH_DELAY)

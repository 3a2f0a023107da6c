"""What one process reports of its bots."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from bot.settings.loopback import LOOPBACK
from bot.telemetry.call_metrics import CallMetrics
from bot.telemetry.price_list import Prices
from bot.telemetry.totals import Totals
from bot.telemetry.usage_meter import UsageMeter
from pipeline.metrics import Meter
from pipeline.session import Session

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider


ACTIVE = "calls_active"


class Telemetry:
    """The metrics of all bots that it is given to: `VoiceBot(telemetry=...)`.

    A program makes one, and serves it: `async with telemetry.serve(9464): ...`; or shows `metrics()` on a server of
    its own. It may live as long as the process.
    """

    def __init__(self, *, tracer_provider: "TracerProvider | None" = None) -> None:
        """With a provider of OpenTelemetry's the bots make spans; with `VoiceBot(otel=True)` the process's own does."""
        self.tracer_provider = tracer_provider
        self._totals = Totals()
        self._watched = set[CallMetrics]()
        self._active = 0

    def watch(self, session: Session, meter: Meter, usage: UsageMeter, prices: Prices | None) -> Callable[[], None]:
        """Count the calls of a session; what is returned is to be called when it is over.

        `meter` observes it already, and `usage` counts what it asks of its providers.
        """
        one = CallMetrics(self._totals, meter, usage, prices, active_changed=self._count_active)
        self._watched.add(one)
        session.add_observer(one.observe)

        def finish() -> None:
            one.finish()
            self._watched.discard(one)

        return finish

    @property
    def totals(self) -> Totals:
        """All numbers, as they are now."""
        for one in self._watched:
            one.flush()
        return self._totals

    def metrics(self) -> bytes:
        """Return all of them in Prometheus's text form."""
        from bot.telemetry.exposition import TotalsCollector, exposed  # here: only who asks needs the library

        return exposed(TotalsCollector(lambda: self.totals))

    def take(self) -> dict[str, Any]:
        """Return what was counted since the last time, as JSON, for `Totals.merge` in another process."""
        return self.totals.take()

    def serve(self, port: int, host: str = LOOPBACK) -> AbstractAsyncContextManager[int]:
        """Serve them at /metrics while a block lasts, which is given the port; 0 is any free one.

        Raises SettingsError for a port that cannot be had.
        """
        from bot.telemetry.metrics_server import serve_metrics

        return serve_metrics(self.metrics, port, host)

    def _count_active(self, change: int) -> None:
        self._active += change
        self._totals.set(ACTIVE, self._active)

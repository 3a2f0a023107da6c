"""`GET /metrics`: counts for Prometheus, in its text form."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from bot.telemetry.exposition import TotalsCollector
from bot.telemetry.totals import Totals
from bot.telemetry.worker_collector import WorkerCollector
from bot.worker.worker_state import WorkerState

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second sample for each counter, with its age, which nobody reads

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds of an answer; those that ask the LiveKit server take 5 to 300 ms, and 4 s at most for each question."""


class ServiceMetrics:
    """The counts of one process."""

    def __init__(
        self, worker: Callable[[], WorkerState] | None = None, calls: Callable[[], Totals] | None = None
    ) -> None:
        """`worker` says how the worker beside it stands, `calls` what its bots have counted; None without one."""
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "rawbot_http_requests", "Requests answered.", ("method", "path", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "rawbot_http_request_seconds",
            "Time from a request's headers to its answer.",
            ("method", "path"),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self.tokens = Counter("rawbot_tokens", "Tokens that the token endpoint has given.", registry=self._registry)
        self.sessions = Counter("rawbot_sessions", "Sessions that were made.", registry=self._registry)
        if worker is not None:
            self._registry.register(WorkerCollector(worker))
        if calls is not None:
            self._registry.register(TotalsCollector(calls))

    async def serve(self, _: web.Request) -> web.Response:
        """Answer with all of them."""
        return web.Response(body=generate_latest(self._registry), headers={CONTENT_TYPE: CONTENT_TYPE_LATEST})

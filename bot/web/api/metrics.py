"""`GET /metrics`: counts for Prometheus, in its text form."""

from collections.abc import Callable, Iterator

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
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.worker.worker_state import WorkerState

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second sample for each counter, with its age, which nobody reads

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds of an answer; those that ask the LiveKit server take 5 to 300 ms, and 4 s at most for each question."""


class ServiceMetrics:
    """The counts of one process."""

    def __init__(self, worker: Callable[[], WorkerState] | None = None) -> None:
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
            self._registry.register(_WorkerCollector(worker))

    async def serve(self, _: web.Request) -> web.Response:
        """Answer with all of them."""
        return web.Response(body=generate_latest(self._registry), headers={CONTENT_TYPE: CONTENT_TYPE_LATEST})


class _WorkerCollector(Collector):
    """Reads the worker's state when it is asked."""

    def __init__(self, worker: Callable[[], WorkerState]) -> None:
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        state = self._worker()
        yield _gauge("registered", "Whether the server can give it jobs, 1 or 0.", state.is_registered)
        yield _gauge("available", "Whether it would take a job now, 1 or 0.", state.is_available)
        yield _gauge("draining", "Whether it takes no more jobs and ends, 1 or 0.", state.is_draining)
        yield _gauge("places", "Jobs that it takes at the same time.", state.places)
        yield _gauge("load", "The load that the server is told, 0 to 1; below 0.7 while it takes jobs.", state.load)
        yield _gauge("idle_processes", "Processes that wait for a job.", state.idle)
        phases = GaugeMetricFamily("rawbot_worker_jobs", "Jobs that it has, by phase.", labels=("phase",))
        for phase in ("offered", "assigned", "running"):
            phases.add_metric((phase,), getattr(state, phase))
        yield phases
        ends = CounterMetricFamily("rawbot_worker_jobs_ended", "Jobs that have ended.", labels=("result",))
        for result in ("succeeded", "failed"):
            ends.add_metric((result,), getattr(state, result))
        yield ends
        yield CounterMetricFamily(
            "rawbot_worker_jobs_refused", "Offers that it did not take, again where offered again.", value=state.refused
        )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rawbot_worker_{name}", meaning, value=float(value))

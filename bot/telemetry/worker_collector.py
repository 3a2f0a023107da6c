"""How a worker stands, for Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.worker.worker_state import WorkerState


class WorkerCollector(Collector):
    """Reads the worker's state when it is asked."""

    def __init__(self, worker: Callable[[], WorkerState]) -> None:
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        """Give each of its numbers."""
        state = self._worker()
        yield _gauge("registered", "Whether the server can give it jobs, 1 or 0.", state.is_registered)
        yield _gauge("available", "Whether it would take a job now, 1 or 0.", state.is_available)
        yield _gauge("draining", "Whether it takes no more jobs and ends, 1 or 0.", state.is_draining)
        yield _gauge("places", "Jobs that it takes at the same time.", state.places)
        yield _gauge("load", "The load that the server sees, 0 to 1; below 0.7 while it takes jobs.", state.load)
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

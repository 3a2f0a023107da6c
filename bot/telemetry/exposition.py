"""Shows totals to Prometheus, in its text form, from a registry of their own."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.telemetry.catalog import METRICS, PREFIX, MetricRow
from bot.telemetry.totals import Totals

CONTENT_TYPE = CONTENT_TYPE_LATEST


class TotalsCollector(Collector):
    """Reads totals when it is asked for them; `current` returns them."""

    def __init__(self, current: Callable[[], Totals]) -> None:
        self._current = current

    def describe(self) -> Iterable[Metric]:
        """Name nothing ahead: nothing is counted for that."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Give every metric that there is, also one that nothing was counted for yet and that has no labels."""
        totals = self._current()
        for row in METRICS:
            if row.kind == "histogram":
                yield _histogram(row, totals)
            elif row.kind == "counter":
                counter = CounterMetricFamily(PREFIX + row.name, row.meaning, labels=row.labels)
                _fill(counter, row, totals.counters)
                yield counter
            else:
                gauge = GaugeMetricFamily(row.shown_name, row.meaning, labels=row.labels)
                _fill(gauge, row, totals.gauges)
                yield gauge


def exposed(*collectors: Collector) -> bytes:
    """Return the text of all metrics."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)


def _fill(
    family: CounterMetricFamily | GaugeMetricFamily, row: MetricRow, values: dict[tuple[str, tuple[str, ...]], float]
) -> None:
    there = {labels: value for (name, labels), value in values.items() if name == row.name}
    if not row.labels:
        there.setdefault((), 0.0)
    for labels, value in there.items():
        family.add_metric(labels, value)


def _histogram(row: MetricRow, totals: Totals) -> HistogramMetricFamily:
    family = HistogramMetricFamily(row.shown_name, row.meaning, labels=row.labels)
    there = {labels: values for (name, labels), values in totals.histograms.items() if name == row.name}
    if not row.labels:
        there.setdefault((), [0.0] * (len(row.buckets) + 2))
    for labels, values in there.items():
        count, buckets = 0.0, list[tuple[str, float]]()
        for bound, inside in zip([*map(str, row.buckets), "+Inf"], values[:-1], strict=True):
            count += inside
            buckets.append((bound, count))
        family.add_metric(labels, buckets, values[-1])
    return family

"""What the bots of a worker have counted, each in a process of its own, added up."""

import logging
from collections.abc import Mapping
from typing import Any

from bot.telemetry.totals import Series, Totals, combined, gauges_in

log = logging.getLogger(__name__)


class WorkerTotals:
    """Counters and histograms of all jobs since the worker began; gauges of those that run."""

    def __init__(self) -> None:
        self._totals = Totals()
        self._gauges: dict[str, dict[Series, float]] = {}

    def count(self, job_id: str, taken: Mapping[str, Any]) -> None:
        """Add what a job's process has counted since its last report; nonsense is logged, and left out."""
        try:
            self._totals.merge(taken)
            self._gauges[job_id] = gauges_in(taken) or self._gauges.get(job_id, {})
        except (ValueError, TypeError, LookupError) as error:
            log.warning("job %s counts what cannot be added: %r", job_id, error)

    def ended(self, job_id: str) -> None:
        """Note that a job is over: what it is doing counts no more, what it has done does."""
        self._gauges.pop(job_id, None)

    @property
    def totals(self) -> Totals:
        """All numbers, as they are now."""
        self._totals.gauges = combined(self._gauges.values())
        return self._totals

"""How a conversation goes, in numbers: latencies of the answers, barge-ins, counts.

`meter` makes them of events and commands, live or from a journal, with `answers` and `barge_ins`; `figures` says what
they are, and summarises them.
"""

from pipeline.metrics.figures import BargeIn, Counts, Latencies, Metrics, Summary
from pipeline.metrics.meter import Meter

__all__ = ["BargeIn", "Counts", "Latencies", "Meter", "Metrics", "Summary"]

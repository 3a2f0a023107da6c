"""How a conversation goes, in numbers: latencies of the answers, barge-ins, counts.

`meter` makes them of events and commands, live or from a journal, with `answers`, `barge_ins` and `tool_steps`;
`figures` says what they are, and summarises them.
"""

from pipeline.metrics.figures import BargeIn, Counts, Latencies, Metrics, Summary, ToolStep
from pipeline.metrics.meter import Meter

__all__ = ["BargeIn", "Counts", "Latencies", "Meter", "Metrics", "Summary", "ToolStep"]

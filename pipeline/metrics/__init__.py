"""How a conversation goes, in numbers: latencies of the answers, barge-ins, counts.

`meter` makes them of events and commands, live or from a journal, with `answers`, `barge_ins`, `drafts` and
`tool_steps`. `figures` says what they are, `summary` sums them up, `waterfall` says why an answer took its time.
"""

from pipeline.metrics.figures import BargeIn, Counts, Latencies, ToolStep
from pipeline.metrics.meter import Meter
from pipeline.metrics.summary import Metrics, Summary
from pipeline.metrics.waterfall import Span, Waterfall

__all__ = ["BargeIn", "Counts", "Latencies", "Meter", "Metrics", "Span", "Summary", "ToolStep", "Waterfall"]

"""Drawings of many calls: how the latencies are spread, and what people waited for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil

from bot.report.fleet import Fleet
from bot.report.markup import Html, element
from bot.report.scale import Scale, duration
from bot.report.waterfall_chart import STAGES
from pipeline.metrics import Summary
from pipeline.metrics.waterfall import SLOW

_WIDTH, _LEFT, _RIGHT = 1200, 130, 1100
_BASE = 150
_BINS = 60
_ROW = 24


def draw_histogram(totals: Sequence[float]) -> Html:
    """How often an answer took how long; the last column has all that is beyond the drawing."""
    summary = Summary.of(totals)
    assert summary is not None
    top = max(2.0, ceil(summary.p95 * 1.25 * 2) / 2)
    width = top / _BINS
    counts = Counter(min(int(total / width), _BINS) for total in totals)
    scale = Scale(0.0, top + width, _LEFT, _RIGHT)
    heights = Scale(0.0, max(counts.values()), 0.0, _BASE - 20)
    words = f"median {duration(summary.median)}, 95th percentile {duration(summary.p95)}"
    return element(
        "svg",
        *_ticks(scale, _BASE),
        *(_column(number, count, width, scale, heights, top) for number, count in sorted(counts.items())),
        *_line(scale, "slow", SLOW, ""),
        *_line(scale, "zero", summary.median, f"median {duration(summary.median)}"),
        *_line(scale, "zero", summary.p95, f"95th percentile {duration(summary.p95)}"),
        element("text", "answers", class_="name", x=_LEFT - 10, y=_BASE, text_anchor="end"),
        viewBox=f"0 0 {_WIDTH} {_BASE + 20}",
        class_="overview",
        role="img",
        aria_label=f"{summary.count} answers: {words}.",
    )


def draw_stages(fleet: Fleet) -> Html:
    """For each stage the share of all waiting that went to it, with how long it took where it was waited for."""
    sums = {name: sum(seconds) for name, seconds in fleet.waited.items() if name in STAGES}
    whole = sum(sums.values()) or 1.0
    ordered = sorted(sums.items(), key=lambda it: -it[1])
    scale = Scale(0.0, max(sums.values(), default=0.0) / whole or 1.0, _LEFT, _RIGHT - 300)
    rows = []
    for place, (name, seconds) in enumerate(ordered):
        y, share = place * _ROW, seconds / whole
        summary = Summary.of(fleet.waited[name])
        assert summary is not None
        label = f"{share * 100:.0f} %: median {duration(summary.median)}, 95th percentile {duration(summary.p95)}"
        width = max(scale.x(share) - _LEFT, 1.0)
        rows += [
            element("text", STAGES[name], class_="name", x=_LEFT - 10, y=y + 16, text_anchor="end"),
            element("rect", class_=f"s-{name}", x=_LEFT, y=y + 4, width=width, height=_ROW - 8, rx=2),
            element("text", label, class_="value", x=_LEFT + width + 8, y=y + 16),
        ]
    words = ", ".join(f"{STAGES[name]} {seconds / whole * 100:.0f} %" for name, seconds in ordered)
    size = f"0 0 {_WIDTH} {max(len(ordered), 1) * _ROW + 4}"
    return element("svg", *rows, viewBox=size, class_="overview", role="img", aria_label=f"Of all waiting: {words}.")


def _column(number: int, count: int, width: float, scale: Scale, heights: Scale, top: float) -> Html:
    at, height = number * width, heights.x(count)
    x, beyond = scale.x(at), number * width >= top
    words = f"{count} over {duration(top)}" if beyond else f"{count} from {duration(at)} to {duration(at + width)}"
    kind = "b-failed" if beyond or at >= SLOW else "b-full"
    wide = scale.x(at + width) - x - 1.5
    bar = element("rect", class_=kind, x=x, y=_BASE - height, width=wide, height=height)
    return element("g", element("title", words), bar)


def _ticks(scale: Scale, base: float) -> Iterator[Html]:
    for at in scale.ticks(12):
        yield element("line", class_="grid", x1=scale.x(at), x2=scale.x(at), y1=10, y2=base)
        yield element("text", duration(at), class_="tick", x=scale.x(at), y=base + 15, text_anchor="middle")


def _line(scale: Scale, kind: str, at: float, label: str) -> Iterator[Html]:
    yield element("line", class_=kind, x1=scale.x(at), x2=scale.x(at), y1=10, y2=_BASE)
    if label:
        yield element("text", label, class_="value", x=scale.x(at) + 5, y=22)

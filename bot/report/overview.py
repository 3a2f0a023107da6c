"""The whole call in one drawing: the floors, the tools and the faults over time, and how long each answer took."""

from collections.abc import Iterator, Sequence
from statistics import median

from bot.report.call import ReportedCall
from bot.report.lanes import Bar
from bot.report.markup import Html, element
from bot.report.scale import Scale, clock, duration
from bot.report.turns import ReportedTurn
from bot.report.waterfall_chart import stacked
from pipeline.metrics.waterfall import SLOW

WIDTH, LEFT, RIGHT = 1200, 84, 1190
_COLUMNS, _BASE = 120, 250
_WIDEST = 16
_NAMED = 24
"""Answers beyond which only those that are broken off have their latencies beside them."""
_LEAST = 1.2
"""Width of the shortest bar."""


def draw_overview(call: ReportedCall) -> Html:
    """An SVG in which each answer leads to its turn."""
    scale = Scale(0.0, max(call.duration, 1.0), LEFT, RIGHT)
    answered = [turn for turn in call.turns if turn.total is not None]
    lanes = (("person", 18, call.lanes.person), ("bot", 42, call.lanes.bot))
    small = (("tools", 68, call.lanes.tools), ("faults", 84, call.lanes.faults))
    return element(
        "svg",
        *_axis(scale),
        *(part for name, y, bars in lanes for part in _lane(name, y, 18, bars, scale)),
        *(part for name, y, bars in small for part in _lane(name, y, 9, bars, scale)),
        *_columns(answered, scale),
        element("line", class_="cursor", x1=LEFT, x2=LEFT, y1=12, y2=_BASE),
        viewBox=f"0 0 {WIDTH} {_BASE + 20}",
        class_="overview",
        role="group",  # not an image: it has links
        aria_label=f"The call in {duration(call.duration)}: {len(answered)} answers; each is described below.",
        data_scale=f"0 {scale.end:.3f} {LEFT} {RIGHT} {WIDTH}",
    )


def lane_bar(bar: Bar, x: float, width: float, y: float, height: float) -> Html:
    """A bar of a lane; a moment is a mark."""
    name = bar.kind if bar.kind in _DRAWN else "fault"
    title = f"{bar.text or bar.kind}, {duration(bar.until - bar.at)}" if bar.until > bar.at else bar.text or bar.kind
    return element(
        "g",
        element("title", f"{clock(bar.at)} {title}"),
        element("rect", class_=f"b-{name}", x=x, y=y, width=max(width, _LEAST), height=height, rx=2),
    )


_DRAWN = frozenset({"speech", "typed", "full", "ducked", "held", "cut", "done", "failed", "canceled"})


def _axis(scale: Scale) -> Iterator[Html]:
    for at in scale.ticks(12):
        x = scale.x(at)
        yield element("line", class_="grid", x1=x, x2=x, y1=14, y2=_BASE)
        yield element("text", clock(at), class_="tick", x=x, y=_BASE + 15, text_anchor="middle")


def _lane(name: str, y: float, height: float, bars: Sequence[Bar], scale: Scale) -> Iterator[Html]:
    yield element("text", name, class_="name", x=LEFT - 10, y=y + height / 2 + 4, text_anchor="end")
    yield element("line", class_="lane", x1=LEFT, x2=RIGHT, y1=y + height / 2, y2=y + height / 2)
    for bar in bars:
        yield lane_bar(bar, scale.x(bar.at), scale.x(bar.until) - scale.x(bar.at), y, height)


def _columns(answered: Sequence[ReportedTurn], times: Scale) -> Iterator[Html]:
    """A column an answer, where it was asked for. What is far higher than the others is broken off and says so."""
    totals = [turn.total or 0.0 for turn in answered]
    top = max(2.0, min(max(totals, default=0.0), 4 * median(totals))) if totals else 2.0
    scale = Scale(0.0, top, 0.0, _BASE - _COLUMNS)
    yield element("text", "answers", class_="name", x=LEFT - 10, y=_COLUMNS - 12, text_anchor="end")
    for at in (*scale.ticks(3), SLOW):
        y = _BASE - scale.x(at)
        yield element("line", class_="slow" if at == SLOW else "grid", x1=LEFT, x2=RIGHT, y1=y, y2=y)
        if at and at != SLOW:
            yield element("text", duration(at), class_="tick", x=LEFT - 10, y=y + 4, text_anchor="end")
    width = min(_WIDEST, max(2.0, (RIGHT - LEFT) / max(len(answered), 1) * 0.7))
    for turn in answered:
        assert turn.waterfall is not None
        x = min(times.x(turn.waterfall.asked_at), RIGHT - width)
        total = turn.total or 0.0
        is_named = total > top or len(answered) <= _NAMED
        yield element(
            "a",
            element("title", str(turn.waterfall)),
            element("rect", class_="hit", x=x, y=_COLUMNS - 14, width=width, height=_BASE - _COLUMNS + 14),
            *stacked(turn.waterfall, scale, x, width, _BASE),
            _name(total, x + width / 2, _BASE - scale.x(total) - 4) if is_named else "",
            href=f"#turn-{turn.number}",
            tabindex=-1,
        )


def _name(total: float, x: float, y: float) -> Html:
    return element("text", duration(total), class_="over" if total >= SLOW else "value", x=x, y=y, text_anchor="middle")

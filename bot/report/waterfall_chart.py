"""The waterfall of an answer, drawn: what the person waited for in one bar, and below it each stage as it was."""

from collections.abc import Container, Iterator

from bot.report.markup import Html, element, join
from bot.report.scale import Scale, duration
from pipeline.metrics.waterfall import Span, SpanName, Waterfall

STAGES: dict[SpanName, str] = {
    "transport": "transport",
    "endpointing": "endpointing",
    "stt": "transcriber",
    "hook": "hook",
    "llm": "model",
    "chunk": "first chunk",
    "tts": "voice",
    "waiting": "waiting",
    "playout": "playout",
    "tools": "tools",
    "follow_up": "model, again",
}
"""The stages in words."""

WIDTH = 620
SHORTEST = 0.0005
"""Seconds of a stage that is shown."""
_LEFT, _RIGHT = 96, 556
_BAR, _ROW = 26, 17
_CHARACTER = 6.3
"""Width of a character of a label, about."""


def draw_waterfall(fall: Waterfall) -> Html:
    """An SVG; its words are those of the log line, for who cannot see it."""
    until = max([fall.total or 0.0, 0.2, *(span.end for span in (*fall.spans, *fall.waited))])
    since = min([0.0, *(span.start for span in fall.spans)])
    scale = Scale(max(since, -until), until, _LEFT, _RIGHT)
    spans = [span for span in fall.spans if span.duration >= SHORTEST]
    height = _BAR + 8 + _ROW * len(spans) + 18
    return element(
        "svg",
        *_grid(scale, height),
        *_waited(fall, scale),
        *(part for row, span in enumerate(spans) for part in _span(fall, span, scale, _BAR + 8 + row * _ROW)),
        viewBox=f"0 0 {WIDTH} {height}",
        class_="fall",
        role="img",
        aria_label=str(fall),
    )


def stacked(fall: Waterfall, scale: Scale, x: float, width: float, base: float) -> Iterator[Html]:
    """What the person waited for as a column on `base`, the first stage lowest; `scale` grows upwards from there."""
    for span in fall.waited:
        low, high = scale.x(span.start), scale.x(span.end)
        if high > low:
            yield element("rect", class_=f"s-{span.name}", x=x, y=base - high, width=width, height=high - low)


def _grid(scale: Scale, height: float) -> Iterator[Html]:
    for at in scale.ticks(7):
        x = scale.x(at)
        yield element("line", class_="zero" if at == 0 else "grid", x1=x, x2=x, y1=0, y2=height - 14)
        label = "last word" if at == 0 else duration(at) if at > 0 else f"-{duration(-at)}"
        yield element("text", label, class_="tick", x=x, y=height - 3, text_anchor="middle")


def _waited(fall: Waterfall, scale: Scale) -> Iterator[Html]:
    yield element("text", "waited", class_="name", x=_LEFT - 8, y=_BAR / 2 + 4, text_anchor="end")
    for span in fall.waited:
        x, width = scale.x(span.start), scale.x(span.end) - scale.x(span.start)
        label = STAGES[span.name]
        text = next(
            (it for it in (f"{label} {duration(span.duration)}", label) if len(it) * _CHARACTER < width - 6), ""
        )
        yield element(
            "g",
            element("title", f"{label}: {duration(span.duration)}"),
            element("rect", class_=f"s-{span.name}", x=x, y=0, width=max(width, 1.0), height=_BAR),
            element("text", text, class_="on", x=x + width / 2, y=_BAR / 2 + 4, text_anchor="middle") if text else "",
        )
    end = fall.total if fall.total is not None else fall.waited[-1].end if fall.waited else 0.0
    word = duration(fall.total) if fall.total is not None else "not heard"
    yield element("text", word, class_="sum", x=scale.x(end) + 6, y=_BAR / 2 + 5)


def _span(fall: Waterfall, span: Span, scale: Scale, y: float) -> Iterator[Html]:
    """A row: all of the stage pale, and what the person waited for of it in full color."""
    is_slowest = span.name == fall.slowest
    yield element("text", STAGES[span.name], class_="name", x=_LEFT - 8, y=y + 12, text_anchor="end")
    x, width = scale.x(span.start), scale.x(span.end) - scale.x(span.start)
    yield element("rect", class_=f"s-{span.name} pale", x=x, y=y + 3, width=max(width, 1.0), height=_ROW - 6, rx=2)
    for part in fall.waited:
        if part.name == span.name and part.end > span.start:
            at = scale.x(max(part.start, span.start))
            wide = scale.x(min(part.end, span.end)) - at
            yield element("rect", class_=f"s-{span.name}", x=at, y=y + 3, width=max(wide, 0.0), height=_ROW - 6, rx=2)
    label = duration(span.duration)
    yield element("text", label, class_="value most" if is_slowest else "value", x=x + width + 5, y=y + 12)


def legend(there: Container[SpanName]) -> Html:
    """What the colors mean that are there."""
    entries = (_entry(name, word) for name, word in STAGES.items() if name in there)
    return element("ul", *entries, class_="legend", aria_hidden="true")


def _entry(name: SpanName, word: str) -> Html:
    swatch = element("rect", class_=f"s-{name}", width=11, height=11, rx=2)
    return element("li", join((element("svg", swatch, viewBox="0 0 11 11", class_="swatch"), word)))

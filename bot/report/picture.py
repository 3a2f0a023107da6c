"""A PNG of a call: both floors over time, and below what the person waited for before each answer. Needs matplotlib."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.report.call import ReportedCall
from bot.report.lanes import Bar
from bot.report.scale import clock, duration
from bot.report.waterfall_chart import SHORTEST, STAGES
from pipeline.errors import SettingsError
from pipeline.metrics import Summary
from pipeline.metrics.waterfall import SLOW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = {
    "transport": "#8b93a3",
    "endpointing": "#d99500",
    "stt": "#2f74d8",
    "hook": "#b5651d",
    "llm": "#8a55c9",
    "chunk": "#c04a9b",
    "tts": "#0e8f8a",
    "waiting": "#a8a29a",
    "playout": "#5d9c2f",
    "tools": "#c2571a",
    "follow_up": "#5f34a0",
}
"""Those of the page, where it is light."""
_FLOORS = {"speech": "#2f74d8", "typed": "#3f4fd0", "full": "#138a72", "ducked": "#8fcabd", "held": "#c9cbd2"}
_INK, _FAINT, _SLOW = "#17181d", "#5b5e69", "#b3261e"
_NAMED = 40
"""Answers beyond which their columns have no names."""


def need_matplotlib() -> None:
    """Raise SettingsError where it is missing."""
    if find_spec("matplotlib") is None:
        raise SettingsError(["--png needs matplotlib: pip install 'rawbot[report]'"])


def new_figure(width: float, height: float) -> "Figure":
    """A figure that needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save_call(call: ReportedCall, path: Path) -> None:
    """Draw a call. Raises OSError where the file cannot be written."""
    figure = new_figure(12.0, 5.2)
    floors, answers = figure.subplots(2, 1, height_ratios=(1.1, 2.0))
    delay = call.metrics.latency("voice_to_voice_delay")
    where = f" in {_plain(call.room)}" if call.room else ""
    figure.suptitle(f"Call{where}, {duration(call.duration)}{_delay_words(delay)}", color=_INK, x=0.01, ha="left")
    _draw_floors(floors, call)
    _draw_answers(answers, call)
    figure.savefig(path, format="png")


def _delay_words(delay: Summary | None) -> str:
    if delay is None:
        return ""
    return f": voice to voice {duration(delay.median)} in the median, {duration(delay.p95)} at the 95th percentile"


def _draw_floors(axes: "Axes", call: ReportedCall) -> None:
    for y, bars in ((2, call.lanes.person), (1, call.lanes.bot)):
        for kind, color in _FLOORS.items():
            spans = [(bar.at, max(bar.until - bar.at, 0.03)) for bar in bars if bar.kind == kind]
            axes.broken_barh(spans, (y - 0.38, 0.76), facecolors=color)
        axes.vlines([bar.at for bar in bars if bar.kind == "cut"], y - 0.45, y + 0.45, colors=_SLOW, linewidth=2)
    axes.broken_barh(_spans(call.lanes.tools), (0.1, 0.35), facecolors=COLORS["tools"])
    axes.broken_barh(_spans(call.lanes.faults), (-0.4, 0.35), facecolors=_SLOW)
    axes.set_yticks([2, 1, 0.27, -0.22], ["person", "bot", "tools", "faults"])
    axes.set_ylim(-0.6, 2.6)
    axes.set_xlim(0, max(call.duration, 1.0))
    axes.xaxis.set_major_formatter(lambda at, _: clock(at))
    _quiet(axes)


def _draw_answers(axes: "Axes", call: ReportedCall) -> None:
    answered = [turn for turn in call.turns if turn.waterfall is not None and turn.total is not None]
    for name, word in STAGES.items():
        parts = [
            (place, span.start, span.duration)
            for place, turn in enumerate(answered)
            if turn.waterfall is not None
            for span in turn.waterfall.waited
            if span.name == name and span.duration >= SHORTEST
        ]
        if parts:
            places, starts, lengths = zip(*parts, strict=True)
            axes.bar(places, lengths, bottom=starts, width=0.72, color=COLORS[name], label=word)
    axes.axhline(SLOW, color=_SLOW, linestyle="--", linewidth=1)
    if len(answered) <= _NAMED:
        axes.set_xticks(range(len(answered)), [f"turn {turn.number}" for turn in answered])
        for place, turn in enumerate(answered):
            total = turn.total or 0.0
            color = _SLOW if total >= SLOW else _INK
            axes.text(place, total, f"\n{duration(total)}\n", ha="center", va="bottom", color=color, linespacing=0.4)
    axes.set_ylabel("seconds waited for")
    axes.margins(x=0.01, y=0.14)
    if answered:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, reverse=True)
    _quiet(axes)


def _spans(bars: Sequence[Bar]) -> list[tuple[float, float]]:
    return [(bar.at, max(bar.until - bar.at, 0.05)) for bar in bars]


def _quiet(axes: "Axes") -> None:
    """Take away what says nothing."""
    settings: dict[str, Any] = {"colors": _FAINT, "length": 0}
    axes.tick_params(**settings)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#e2e2dc")
    axes.grid(axis="y", color="#ececec")
    axes.set_axisbelow(True)


def _plain(text: str) -> str:
    """A text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")

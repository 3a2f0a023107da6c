"""A PNG of many calls: how the latencies are spread, and what people waited for. Needs matplotlib."""

from pathlib import Path

from bot.report.fleet import Fleet
from bot.report.picture import COLORS, new_figure
from bot.report.scale import duration
from bot.report.waterfall_chart import STAGES
from pipeline.metrics import Summary


def save_fleet(fleet: Fleet, path: Path) -> None:
    """Draw them. Raises OSError where the file cannot be written."""
    figure = new_figure(12.0, 4.2)
    spread, stages = figure.subplots(1, 2)
    totals = fleet.delays["voice_to_voice_delay"]
    title = f"{len(fleet.calls)} calls, {len(totals)} answers"
    if (summary := Summary.of(totals)) is not None:
        title += f": voice to voice {duration(summary.median)} in the median, {duration(summary.p95)} at the 95th"
        spread.hist(totals, bins=60, range=(0.0, max(2.0, summary.p95 * 1.25)), color="#138a72")
        for value in (summary.median, summary.p95):
            spread.axvline(value, color="#17181d", linestyle=":")
    spread.set_xlabel("seconds from the last word to the first sound")
    sums = sorted((sum(seconds), name) for name, seconds in fleet.waited.items())
    whole = sum(seconds for seconds, _ in sums) or 1.0
    for place, (seconds, name) in enumerate(sums):
        stages.barh(place, seconds / whole * 100, color=COLORS[name])
    stages.set_yticks(range(len(sums)), [STAGES[name] for _, name in sums])
    stages.set_xlabel("percent of all waiting")
    for axes in (spread, stages):
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left")
    figure.savefig(path, format="png")

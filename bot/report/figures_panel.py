"""The figures of a call, or of many, as tables: latencies, and how it went between the two."""

from collections.abc import Iterator, Sequence

from bot.report.markup import Html, element
from bot.report.scale import duration
from pipeline.metrics.clustered import Estimate, rate, ratio
from pipeline.metrics.interaction import (
    BACKCHANNEL_WINDOW,
    PAUSE,
    RESPONSE_WINDOW,
    YIELD_WINDOW,
    Interaction,
)

LATENCIES = {
    "voice_to_voice_delay": "voice to voice",
    "endpoint_delay": "turn over",
    "transcript_delay": "words final",
    "text_delay": "model's first text",
    "audio_delay": "first audio",
    "release_delay": "released",
}
"""Delays from the person's last word, by their fields in Latencies."""


def panel(calls: Sequence[Interaction]) -> dict[str, tuple[Estimate | None, str, str]]:
    """The panel of tau-voice over some calls: by its name, the estimate, its unit ("s", "%" or ""), and its meaning."""

    def share(hits: str, totals: str) -> Estimate | None:
        return rate([_count(one, hits) for one in calls], [_count(one, totals) for one in calls])

    def mean(values: str) -> Estimate | None:
        sums = [sum(getattr(one, values)) for one in calls]
        return ratio(sums, [_count(one, values) for one in calls])

    return {
        "response rate": (
            share("response_latencies", "turns"),
            "%",
            f"turns answered before the person spoke again after {PAUSE:g} s or more",
        ),
        "response latency": (mean("response_latencies"), "s", "mean, from the end of a turn to the bot's first sound"),
        "yield rate": (
            share("yield_latencies", "interruptions"),
            "%",
            f"interruptions for which the bot was silent within {YIELD_WINDOW:g} s",
        ),
        "yield latency": (mean("yield_latencies"), "s", "mean, from the interruption to silence"),
        "interruptions by the bot": (
            ratio([one.bot_interruptions for one in calls], [one.turns for one in calls]),
            "",
            "a turn: the bot began to speak while the person spoke",
        ),
        "backchannels talked through": (
            share("backchannels_talked_through", "backchannels"),
            "%",
            f"not a moment's silence within {BACKCHANNEL_WINDOW:g} s of an “mm-hm”",
        ),
        "replies kept at a backchannel": (
            share("backchannels_kept", "backchannels"),
            "%",
            "not cut: at most silent for a moment (not in tau-voice)",
        ),
        "noises ignored": (
            share("noises_ignored", "noises"),
            "%",
            f"speech without words: no silence within {BACKCHANNEL_WINDOW:g} s, no answer within {RESPONSE_WINDOW:g} s",
        ),
    }


def draw_panel(calls: Sequence[Interaction]) -> Html:
    """A table of it. Speech to others cannot be known from a journal."""
    rows = (
        element(
            "tr",
            element("th", name, scope="row"),
            element("td", written(estimate, unit), class_="number"),
            element("td", interval(estimate, unit), class_="number"),
            element("td", str(estimate.count) if estimate is not None else "0", class_="number"),
            element("td", meaning),
        )
        for name, (estimate, unit, meaning) in panel(calls).items()
    )
    names = ("between the two", "", "95 % interval#" if len(calls) > 1 else "", "of#", "")
    return table(names, rows)


def table(names: Sequence[str], rows: Iterator[Html]) -> Html:
    """A table with names of its columns: one that ends in "#" is of numbers, one that is empty has none to be read."""
    head = element("tr", *map(_column, names))
    return element("div", element("table", element("thead", head), element("tbody", *rows)), class_="scrolls")


def _column(name: str) -> Html:
    if not name:
        return element("td")
    return element("th", name.removesuffix("#"), scope="col", class_="number" if name.endswith("#") else None)


def written(estimate: Estimate | None, unit: str) -> str:
    """An estimate with its unit."""
    return "-" if estimate is None else _written(estimate.value, unit)


def interval(estimate: Estimate | None, unit: str) -> str:
    """Its interval, where it has one."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{_written(estimate.low, unit)} to {_written(estimate.high, unit)}"


def _written(value: float, unit: str) -> str:
    return duration(value) if unit == "s" else f"{value * 100:.0f} %" if unit == "%" else f"{value:.2f}"


def _count(one: Interaction, name: str) -> int:
    value = getattr(one, name)
    return value if isinstance(value, int) else len(value)

"""The page of one call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from bot.report.assets import SCRIPT, STYLE
from bot.report.call import ReportedCall
from bot.report.figures_panel import LATENCIES, draw_panel, table
from bot.report.markup import Html, document, element
from bot.report.overview import draw_overview
from bot.report.scale import clock, duration
from bot.report.strip import row_length
from bot.report.turn_section import draw_turn, why
from bot.report.waterfall_chart import SHORTEST, legend
from pipeline.metrics import Summary
from pipeline.metrics.waterfall import SpanName

WORST = 5
"""Turns that are named at the top."""


@dataclass(frozen=True, slots=True)
class PlayedSound:
    """A recording as the page plays it."""

    source: str
    """An address, or "data:..." with all of it."""
    offset: float
    """Seconds from the beginning of the session to that of the recording."""


def call_page(call: ReportedCall, sounds: Sequence[PlayedSound] = ()) -> Html:
    """All of the page; it needs nothing else, but recordings that are too large to be in it."""
    body = element(
        "main",
        _header(call),
        element("div", *_cards(call), class_="cards"),
        *_notes(call),
        _player(sounds) if sounds else "",
        element("div", draw_overview(call), class_="scrolls"),
        legend(_stages(call)),
        _slowest(call),
        element("details", element("summary", "Figures of the call"), *_figures(call), class_="figures"),
        element("h2", "Turn by turn"),
        *_turns(call),
    )
    media = "'self' data: file:" if sounds else ""
    return document(f"Call {call.name}", body, style=STYLE, script=SCRIPT, media=media)


def _stages(call: ReportedCall) -> set[SpanName]:
    falls = (turn.waterfall for turn in call.turns if turn.waterfall is not None)
    return {span.name for fall in falls for span in fall.waited if span.duration >= SHORTEST}


def _header(call: ReportedCall) -> Html:
    where = f" in {call.room}" if call.room else ""
    began = call.began.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    return element(
        "header",
        element("h1", f"Call{where}"),
        element("p", f"{began} · {duration(call.duration)} · {call.name} · rawbot {call.rawbot}"),
    )


def _cards(call: ReportedCall) -> Iterator[Html]:
    metrics, counts = call.metrics, call.metrics.counts
    delay = metrics.latency("voice_to_voice_delay")
    if delay is not None:
        yield card(duration(delay.median), "voice to voice, median", f"95th percentile {duration(delay.p95)}")
    yield card(str(counts.turns), "turns", f"{counts.backchannels} backchannels")
    false = sum(barge_in.is_false for barge_in in metrics.barge_ins)
    yield card(str(len(metrics.barge_ins)), "barge-ins", f"{false} false, {counts.replies_cut} replies cut")
    drafts = f"{counts.drafts_used} drafts used, {counts.drafts_discarded} wasted"
    yield card(str(counts.requests), "requests to the model", drafts)
    faults = len(call.lanes.faults)
    yield card(str(faults), "faults", f"{counts.failures} failed replies", is_bad=faults > 0)


def card(value: str, name: str, note: str, *, is_bad: bool = False) -> Html:
    """A number, what it is, and what else is to be known of it."""
    parts = element("b", value), element("span", name), element("small", note)
    return element("div", *parts, class_="card bad" if is_bad else "card")


def _notes(call: ReportedCall) -> Iterator[Html]:
    if call.redacted:
        yield element("p", f"Hidden in the journal: {', '.join(call.redacted)}. Marks stand for it.", class_="note")
    if call.different_at is not None:
        yield element(
            "p",
            f"From {clock(call.different_at)} on this version of Rawbot decides otherwise than the bot did, rawbot "
            f"{call.rawbot}{', which knew what is hidden here' * bool(call.redacted)}. Rules and grounds after that "
            "may not be those of the call.",
            class_="note",
        )


def _player(sounds: Sequence[PlayedSound]) -> Html:
    players = (
        element(
            "audio",
            src=sound.source,
            controls=True,
            preload="metadata",
            data_offset=sound.offset,
            aria_label=f"Recording from {clock(max(0.0, sound.offset))} on",
        )
        for sound in sounds
    )
    note = "The recording: the person left, the bot right. A click on a drawing, or on a time, plays from there."
    return element("div", *players, element("p", note), class_="player")


def _slowest(call: ReportedCall) -> Html:
    answered = [turn for turn in call.turns if turn.total is not None]
    worst = nlargest(WORST, answered, key=lambda turn: turn.total or 0.0)
    items = (
        element(
            "li",
            element("a", f"turn {turn.number}", href=f"#turn-{turn.number}"),
            f" {duration(turn.total)}",
            element("span", f" {why(turn.waterfall)}" if turn.waterfall is not None else ""),
        )
        for turn in worst
    )
    return element("nav", element("b", "Slowest"), element("ol", *items), aria_label="Slowest turns", class_="slowest")


def _figures(call: ReportedCall) -> Iterator[Html]:
    summaries = ((name, call.metrics.latency(field)) for field, name in LATENCIES.items())
    rows = (_latency(name, summary) for name, summary in summaries if summary is not None)
    yield table(("after the person's last word", "median#", "95th percentile#", "of#"), rows)
    yield draw_panel([call.interaction])
    if call.metrics.usage:
        used = (element("tr", element("td", str(usage))) for usage in call.metrics.usage)
        yield table(("used",), used)


def _latency(name: str, summary: Summary) -> Html:
    values = duration(summary.median), duration(summary.p95), str(summary.count)
    return element("tr", element("th", name, scope="row"), *(element("td", it, class_="number") for it in values))


def _turns(call: ReportedCall) -> Iterator[Html]:
    first_moment, row = 0, row_length(call)
    for turn in call.turns:
        if turn.number or turn.moments:
            yield draw_turn(call, turn, first_moment, row)
        first_moment += len(turn.moments)

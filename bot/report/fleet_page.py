"""The page of many calls."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from bot.report.assets import SCRIPT, STYLE
from bot.report.call_page import card
from bot.report.figures_panel import LATENCIES, draw_panel, table
from bot.report.fleet import CallSummary, Fleet
from bot.report.fleet_charts import draw_histogram, draw_stages
from bot.report.markup import Html, document, element
from bot.report.scale import duration
from bot.report.waterfall_chart import STAGES, legend
from pipeline.metrics import Summary

TOTAL = "voice_to_voice_delay"


def fleet_page(folder: Path, fleet: Fleet, pages: Mapping[int, Path], page: Path) -> Html:
    """All of the page. `pages` are those of some calls, by their numbers; `page` is where this one will stand."""
    body = element(
        "main",
        element("header", element("h1", f"Calls in {folder.name or folder}"), element("p", _dates(fleet))),
        element("div", *_cards(fleet), class_="cards"),
        *_charts(fleet),
        element("h2", "Slowest answers"),
        _worst(fleet, pages, page),
        element("h2", "Latencies"),
        *_latencies(fleet),
        element("h2", "Between the two"),
        draw_panel(fleet.interactions),
        element("h2", "Faults"),
        *_faults(fleet),
        element("h2", "Calls"),
        _calls(fleet, pages, page),
        *_broken(folder, fleet),
    )
    return document(f"Calls in {folder.name or folder}", body, style=STYLE, script=SCRIPT)


def _dates(fleet: Fleet) -> str:
    began = sorted(call.began for call in fleet.calls)
    days = dict.fromkeys(it.astimezone().strftime("%Y-%m-%d") for it in (began[:1] + began[-1:]))
    return f"{' to '.join(days)} · {duration(sum(call.duration for call in fleet.calls))} in all"


def _cards(fleet: Fleet) -> Iterator[Html]:
    yield card(str(len(fleet.calls)), "calls", f"{sum(call.turns for call in fleet.calls)} turns")
    if (delay := Summary.of(fleet.delays[TOTAL])) is not None:
        yield card(duration(delay.median), "voice to voice, median", f"95th percentile {duration(delay.p95)}")
    barge_ins, false = (sum(getattr(it, name) for it in fleet.calls) for name in ("barge_ins", "false_barge_ins"))
    yield card(str(barge_ins), "barge-ins", f"{false} of them false")
    yield card(str(fleet.requests), "requests to the model", f"{fleet.drafts_discarded} drafts wasted")
    faults, calls = fleet.faults.total(), sum(call.faults > 0 for call in fleet.calls)
    yield card(str(faults), "faults", f"in {calls} calls", is_bad=faults > 0)
    notes = f"{duration(fleet.underrun_seconds)} of silence; the loop late {fleet.loop_lags} times"
    yield card(str(fleet.underruns), "underruns", notes, is_bad=fleet.underruns > 0)


def _charts(fleet: Fleet) -> Iterator[Html]:
    if fleet.delays[TOTAL]:
        yield element("div", draw_histogram(fleet.delays[TOTAL]), class_="scrolls")
        yield element("h2", "What people waited for")
        yield element("div", draw_stages(fleet), class_="scrolls")
        yield legend(fleet.waited)


def _worst(fleet: Fleet, pages: Mapping[int, Path], page: Path) -> Html:
    rows = (
        element(
            "tr",
            element("td", duration(turn.total), class_="number"),
            element("td", _link(fleet.calls[turn.call], pages.get(turn.call), page, f"turn {turn.turn}", turn.turn)),
            element("td", turn.question),
            element("td", element("code", turn.sentence)),
        )
        for turn in fleet.worst
    )
    return table(("took#", "turn", "the person said", "waited for"), rows)


def _latencies(fleet: Fleet) -> Iterator[Html]:
    delays = ((name, Summary.of(fleet.delays[field])) for field, name in LATENCIES.items())
    yield table(("after the person's last word", "median#", "95th percentile#", "of#"), _summaries(delays))
    waited = ((word, Summary.of(fleet.waited[name])) for name, word in STAGES.items())
    yield table(("waited for, where it was", "median#", "95th percentile#", "answers#"), _summaries(waited))


def _summaries(summaries: Iterator[tuple[str, Summary | None]]) -> Iterator[Html]:
    for name, summary in summaries:
        if summary is not None:
            values = duration(summary.median), duration(summary.p95), str(summary.count)
            yield element("tr", element("th", name, scope="row"), *(_number(value) for value in values))


def _faults(fleet: Fleet) -> Iterator[Html]:
    if not fleet.faults and not fleet.repeats:
        yield element("p", "None.")
    if fleet.faults:
        rows = (
            element(
                "tr",
                element("td", stage),
                element("td", provider),
                _number(str(count)),
                element("td", fleet.fault_texts[stage, provider]),
            )
            for (stage, provider), count in fleet.faults.most_common()
        )
        yield table(("where", "provider", "times#", "the latest"), rows)
    if fleet.repeats:
        again = (
            element("tr", *(element("td", part) for part in what), _number(str(count)))
            for what, count in fleet.repeats.most_common()
        )
        yield table(("asked again", "how", "provider asked", "times#"), again)


def _calls(fleet: Fleet, pages: Mapping[int, Path], page: Path) -> Html:
    rows = (
        element(
            "tr",
            element("td", _link(call, pages.get(number), page, call.name)),
            element("td", call.began.astimezone().strftime("%Y-%m-%d %H:%M")),
            element("td", call.room),
            _number(duration(call.duration)),
            _number(str(call.turns)),
            _number(duration(call.delay.median if call.delay is not None else None)),
            _number(duration(call.delay.p95 if call.delay is not None else None)),
            _number(f"{call.barge_ins} ({call.false_barge_ins})"),
            _number(str(call.faults)),
        )
        for number, call in sorted(enumerate(fleet.calls), key=lambda it: it[1].began)
    )
    names = ("call", "began", "room", "length#", "turns#", "median#", "95th#", "barge-ins (false)#", "faults#")
    return table(names, rows)


def _link(call: CallSummary, target: Path | None, page: Path, word: str, turn: int = 0) -> Html:
    """A link to the page of a call, where one was made."""
    name = word if word == call.name else f"{call.name}, {word}"
    if target is None:
        return element("span", name, title=f"python -m bot report {call.journal}")
    address = Path(os.path.relpath(target, page.parent)).as_posix()
    return element("a", name, href=f"./{quote(address)}{f'#turn-{turn}' if turn else ''}")


def _broken(folder: Path, fleet: Fleet) -> Iterator[Html]:
    if fleet.broken:
        yield element("h2", "Journals that could not be read")
        rows = (
            element("tr", element("td", os.path.relpath(it.journal, folder)), element("td", it.why))
            for it in fleet.broken
        )
        yield table(("file", "why"), rows)


def _number(value: str) -> Html:
    return element("td", value, class_="number")

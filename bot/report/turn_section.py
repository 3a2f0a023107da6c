"""A turn on the page: its latency and why, what was said, its waterfall, its strip, and every decision in words."""

from collections.abc import Iterator

from bot.report.call import ReportedCall
from bot.report.markup import Html, element, join
from bot.report.scale import clock, duration
from bot.report.strip import draw_strip
from bot.report.turns import ReportedTurn
from bot.report.waterfall_chart import STAGES, draw_waterfall
from pipeline.journal.moments import Moment
from pipeline.messages import Message
from pipeline.metrics.waterfall import Waterfall

LONGEST = 2_000
"""Characters of a text, a result of a tool say, that are shown."""


def draw_turn(call: ReportedCall, turn: ReportedTurn, first_moment: int, row: float) -> Html:
    """A section; moments are numbered from `first_moment` on over the whole page, `row` is the length of strips."""
    fall = turn.waterfall
    name = f"turn-{turn.number}"
    talk = list(_talk(call, turn))
    chart = [draw_waterfall(fall), element("p", str(fall), class_="sentence")] if fall is not None else []
    columns = element(
        "div", element("div", *talk, class_="talk"), element("div", *chart, class_="chart"), class_="columns"
    )
    return element(
        "section",
        _heading(turn, name),
        columns if talk or chart else "",
        element("div", *draw_strip(call, turn, first_moment, row), class_="strips"),
        _decisions(turn, first_moment),
        id=name,
        class_="turn",
        aria_labelledby=f"{name}-title",
        data_at=turn.at,
        data_until=turn.until,
    )


def why(fall: Waterfall) -> str:
    """What most of an answer's time went to."""
    if fall.slowest is None:
        return ""
    waited = sum(span.duration for span in fall.waited if span.name == fall.slowest)
    return f"{STAGES[fall.slowest]} {duration(waited)} of it"


def _heading(turn: ReportedTurn, name: str) -> Html:
    title = f"Turn {turn.number}" if turn.number else "Before the first turn"
    parts = [element("a", title, href=f"#{name}"), _seek(turn.at)]
    if (fall := turn.waterfall) is not None:
        parts.append(element("strong", duration(fall.total) if fall.total is not None else "not heard"))
        parts.append(element("span", why(fall), class_="why"))
    parts += [element("span", text, class_=f"badge {kind}") for text, kind in _badges(turn)]
    classes = "slow" if turn.waterfall is not None and turn.waterfall.is_slow else None
    return element("h3", *parts, id=f"{name}-title", class_=classes)


def _badges(turn: ReportedTurn) -> Iterator[tuple[str, str]]:
    """What was unusual."""
    if (fall := turn.waterfall) is not None:
        if fall.requests > 1:
            yield f"{fall.requests} requests", "warn"
        for count, word in ((fall.retries, "retry"), (fall.failovers, "failover"), (fall.second_requests, "hedged")):
            if count:
                yield f"{count} x {word}" if count > 1 else word, "warn"
        if fall.is_draft and fall.hidden > 0:
            yield f"draft hid {duration(fall.hidden)}", "good"
    if turn.discarded:
        yield f"{turn.discarded} wasted draft{'s' * (turn.discarded > 1)}", "warn"
    if turn.failures:
        yield f"{turn.failures} failure{'s' * (turn.failures > 1)}", "bad"
    if any(message.role == "assistant" and message.cut for message in turn.messages):
        yield "cut off", "note"
    if turn.number and turn.waterfall is None:
        yield "no answer", "warn"


def _talk(call: ReportedCall, turn: ReportedTurn) -> Iterator[Html]:
    unheard = [bar.text for bar in call.lanes.said if bar.kind == "unheard" and turn.at <= bar.at < turn.until]
    for message in turn.messages:
        rest = unheard.pop(0) if message.role == "assistant" and message.cut and unheard else ""
        yield element("p", *_said(message, rest), class_=f"says {message.role}")


def _said(message: Message, unheard: str) -> Iterator[Html]:
    match message.role:
        case "user":
            yield element("b", "person" if not message.is_backchannel else "person, in passing")
        case "assistant":
            yield element("b", "bot")
        case "tool":
            call = message.call
            asked = f"{call.name} {_bounded(call.arguments)}" if call is not None else "a call"
            yield element("b", "tool failed" if message.is_error else "tool")
            yield join((element("code", asked), " "))
    yield element("span", _bounded(message.text))
    if message.cut:
        yield join((" ", element("span", "cut off here", class_="cut-off")))
    if unheard:
        yield join((" ", element("s", unheard)))


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _decisions(turn: ReportedTurn, first_moment: int) -> Html:
    count = sum(len(moment.decisions) for moment in turn.moments)
    head = element("tr", *(element("th", name, scope="col") for name in ("at", "what happened", "decided", "grounds")))
    rows = (row for number, moment in enumerate(turn.moments, first_moment) for row in _moment(number, moment))
    summary = f"{len(turn.moments)} events, {count} decisions and their grounds"
    return element("details", element("summary", summary), element("table", element("thead", head), *rows))


def _moment(number: int, moment: Moment) -> Iterator[Html]:
    """The rows of a moment: its event, and one for each decision."""
    decisions = moment.decisions or (None,)
    for place, decision in enumerate(decisions):
        yield element(
            "tr",
            element("td", _seek(moment.at) if not place else ""),
            element("td", moment.text or "" if not place else ""),
            element("td", decision.text) if decision is not None else element("td"),
            element("td", *_grounds(decision.rule, decision.grounds)) if decision is not None else element("td"),
            id=f"m{number}" if not place else None,
        )


def _grounds(rule: str | None, grounds: str) -> Iterator[str]:
    if rule is not None:
        yield element("code", rule)
        yield f" {grounds}"


def _seek(at: float) -> Html:
    """A time; with a recording and JavaScript a click plays from there."""
    return element("time", clock(at), data_seek=at)

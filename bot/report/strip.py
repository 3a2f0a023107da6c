"""A turn over time, drawn: both floors with the words on them, the decisions, the tools and the faults.

Where nothing happens for long it is left out; all strips have the same scale, so that lengths can be compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from bot.report.call import ReportedCall
from bot.report.lanes import Bar
from bot.report.markup import Html, element
from bot.report.overview import LEFT, RIGHT, WIDTH, lane_bar
from bot.report.scale import Scale, clock, duration
from bot.report.turns import ReportedTurn
from pipeline.journal.moments import Decision, Moment

LONGEST_ROW, SHORTEST_ROW = 12.0, 6.0
"""Seconds in the width of the page: those of the longest turn, within these bounds."""
QUIET = 4.0
"""Seconds without anything beyond which they are left out."""
MARGIN = 0.4
_CHARACTER = 6.1
_LINE = 13.0
_MARK = 15.0
_MARK_LINES = 6

KINDS = {
    "barge_in": "floor",
    "endpointing": "end",
    "preemption": "draft",
    "answering": "answer",
    "greeting": "answer",
    "tools": "tool",
    "filler": "tool",
}
"""Classes of the marks by the module of the rule."""


def row_length(call: ReportedCall) -> float:
    """The seconds in the width of the page, for all strips of a call."""
    longest = max((turn.until - turn.at for turn in call.turns if turn.number), default=0.0)
    return min(max(longest, SHORTEST_ROW), LONGEST_ROW)


def draw_strip(call: ReportedCall, turn: ReportedTurn, first_moment: int, row: float) -> Iterator[Html]:
    """SVGs of up to `row` seconds, one below the other. The turn's moments are numbered from `first_moment` on."""
    lanes = [[bar for bar in lane if bar.at < turn.until and bar.until >= turn.at] for lane in call.lanes.all]
    before = turn.at
    for since, until in _rows(lanes, turn, row):
        if since - before > QUIET:
            yield element("p", f"{duration(since - before)} in which nothing happens", class_="gap")
        moments = [(number, it) for number, it in enumerate(turn.moments, first_moment) if since <= it.at < until]
        scale = Scale(since, until, LEFT, LEFT + (until - since) / row * (RIGHT - LEFT))
        yield _row(lanes, moments, scale)
        before = until


def _rows(lanes: Iterable[Sequence[Bar]], turn: ReportedTurn, row: float) -> Iterator[tuple[float, float]]:
    """From when to when each row goes: what happens, with its margins, in parts that fit."""
    times = [(bar.at, bar.until) for lane in lanes for bar in lane]
    times += [(moment.at, moment.at) for moment in turn.moments if moment.decisions]
    spans: list[list[float]] = []
    for at, until in sorted(times):
        since, until = max(turn.at, at - MARGIN), min(turn.until, until + MARGIN)
        if spans and since - spans[-1][1] <= QUIET:
            spans[-1][1] = max(spans[-1][1], until)
        elif until > since:
            spans.append([since, until])
    for since, until in spans:
        parts = ceil((until - since) / row)
        width = (until - since) / parts if parts > 1 else until - since
        yield from ((since + part * width, since + (part + 1) * width) for part in range(parts))


def _row(lanes: Sequence[Sequence[Bar]], moments: Sequence[tuple[int, Moment]], scale: Scale) -> Html:
    since, until = scale.start, scale.end
    person, words, bot, said, tools, faults = (
        [bar for bar in lane if bar.at < until and (bar.until > since or bar.at >= since)] for lane in lanes
    )
    drawing = _Drawing(scale)
    drawing.lane("person", person)
    drawing.text(words)
    drawing.lane("bot", bot)
    drawing.text(said)
    drawing.marks(moments)
    for name, bars in (("tools", tools), ("faults", faults)):
        if bars:
            drawing.lane(name, bars, is_named=True)
    return drawing.finished(f"From {clock(since)} to {clock(until)}: in words below.")


class _Drawing:
    """Puts lanes below each other."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._parts: list[Html] = []
        self._y = 4.0

    def lane(self, name: str, bars: Sequence[Bar], *, is_named: bool = False) -> None:
        """Bars, with their texts beside them where they are named."""
        scale, y, height = self._scale, self._y, 16.0
        self._name(name, y + 12)
        self._add("line", class_="lane", x1=LEFT, x2=scale.right, y1=y + height / 2, y2=y + height / 2)
        for bar in bars:
            x = scale.x(bar.at)
            self._parts.append(lane_bar(bar, x, scale.x(bar.until) - x, y, height))
            if is_named or bar.kind == "typed":
                self._add("text", bar.text[:80], class_="word", x=x + 4, y=y + 12)
        self._y += height + 4

    def text(self, words: Sequence[Bar]) -> None:
        """Words at their times on two lines; where they are too close they follow each other."""
        ends = [0.0, 0.0]
        for word in words:
            if word.at < self._scale.start:
                continue  # it stands where it begins
            x = self._scale.x(word.at)
            line = 0 if ends[0] <= x else 1 if ends[1] <= x else ends.index(min(ends))
            x = max(x, ends[line])
            kind = "unheard" if word.kind == "unheard" else "word"
            self._add("text", word.text, class_=kind, x=x, y=self._y + 9 + line * _LINE)
            ends[line] = x + (len(word.text) + 1) * _CHARACTER
        self._y += 2 * _LINE + 2

    def marks(self, moments: Sequence[tuple[int, Moment]]) -> None:
        """A mark a moment in which a rule decided; it leads to its evidence."""
        self._name("decisions", self._y + 11)
        ends = [0.0] * 2
        for number, moment in moments:
            if not (ruled := [decision for decision in moment.decisions if decision.rule]):
                continue
            x = self._scale.x(moment.at)
            line = next((line for line, end in enumerate(ends) if end <= x), len(ends))
            if line == _MARK_LINES:
                line = ends.index(min(ends))
            elif line == len(ends):
                ends.append(0.0)
            label = ", ".join(dict.fromkeys(_short(decision) for decision in ruled))
            y = self._y + line * _MARK
            self._parts.append(
                element(
                    "g",
                    element("title", f"{clock(moment.at)} " + "; ".join(map(_evidence, ruled))),
                    element("line", class_="lead", x1=x, x2=x, y1=4, y2=y + 7),
                    element("circle", class_=f"m-{_kind(ruled)}", cx=x, cy=y + 7, r=4.5),
                    element("text", label, class_="mark-name", x=x + 7, y=y + 11),
                    class_="mark",
                    data_moment=f"m{number}",
                )
            )
            ends[line] = x + 16 + len(label) * _CHARACTER
        self._y += _MARK * len(ends) + 4

    def finished(self, label: str) -> Html:
        """The SVG."""
        scale = self._scale
        grid = [
            part
            for at in scale.ticks(12)
            for part in (
                element("line", class_="grid", x1=scale.x(at), x2=scale.x(at), y1=2, y2=self._y),
                element("text", clock(at), class_="tick", x=scale.x(at), y=self._y + 11, text_anchor="middle"),
            )
        ]
        return element(
            "svg",
            *grid,
            *self._parts,
            element("line", class_="cursor", x1=LEFT, x2=LEFT, y1=0, y2=self._y),
            viewBox=f"0 0 {WIDTH} {self._y + 16:.0f}",
            class_="strip",
            role="img",
            aria_label=label,
            data_scale=f"{scale.start:.3f} {scale.end:.3f} {scale.left} {scale.right:.1f} {WIDTH}",
        )

    def _name(self, name: str, y: float) -> None:
        self._add("text", name, class_="name", x=LEFT - 10, y=y, text_anchor="end")

    def _add(self, tag: str, *children: str, **attributes: str | float | None) -> None:
        self._parts.append(element(tag, *children, **attributes))


def _short(decision: Decision) -> str:
    return (decision.rule or "").partition(".")[2].replace("_", " ")


def _evidence(decision: Decision) -> str:
    return f"{decision.text} ({decision.rule}{decision.grounds and f': {decision.grounds}'})"


def _kind(ruled: Sequence[Decision]) -> str:
    return KINDS.get((ruled[-1].rule or "").partition(".")[0], "other")

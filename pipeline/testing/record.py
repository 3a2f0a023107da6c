"""The record of a scene: captions, and all events as a timeline."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.commands import Command
from pipeline.events import CharactersUsed, Event, ReplyChunked
from pipeline.messages import Message
from pipeline.testing.clock import Clock
from pipeline.testing.word_reader import PlayedWord

LAST_LINES = 200
"""Of a timeline, that a failure shows: what led to it is mostly there, and a longer one would hide the failure."""

_HEARD = "    the room hears: "

_UNTOLD = re.compile(
    r"(?<=\()at=[\d.]+, |, at=[\d.]+|instructions=(\"[^\"]*\"|'[^']*'), |, (tool_\w+|requests|call)=(\(\)|None)"
    r"|, tools=\((Tool\([^)]*\)(, )?)*,?\)|, temperature=None|, identity=''|, is_(silent|error)=False"
    r"|, words=\((HeardWord\([^)]*\)(, )?)*,?\)"
)


@dataclass(frozen=True, slots=True)
class ShownCaption:
    """One update of a caption in the room."""

    at: float
    speaker: str
    segment_id: str
    text: str
    final: bool
    unheard: str = ""


class CaptionRecord:
    """Implements the port, and checks its promises."""

    def __init__(self, clock: Clock) -> None:
        self.shown: list[ShownCaption] = []
        self._clock = clock
        self._latest: dict[str, ShownCaption] = {}

    def person(self, segment_id: str, text: str, *, final: bool) -> None:
        self._show("person", segment_id, text, final)

    def bot(self, segment_id: str, text: str, *, final: bool, unheard: str = "") -> None:
        assert final or not unheard, f"{segment_id} goes on, and {unheard!r} may still be heard"
        before = self._show("bot", segment_id, text, final, unheard)
        assert before is None or text.startswith(before.text), f"{text!r} does not continue {before.text!r}"

    def _show(self, speaker: str, segment_id: str, text: str, final: bool, unheard: str = "") -> ShownCaption | None:
        before = self._latest.get(segment_id)
        assert before is None or not before.final, f"{segment_id} was closed"
        if before is None or (text, final) != (before.text, before.final):
            self._latest[segment_id] = ShownCaption(self._clock.now, speaker, segment_id, text, final, unheard)
            self.shown.append(self._latest[segment_id])
        return before


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, and what was decided."""

    at: float
    event: Event
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        return "".join([_brief(self.event), *(f"\n{'':14}-> {_brief(command)}" for command in self.commands)])


def timeline(steps: Iterable[Step], heard: Sequence[PlayedWord], history: Sequence[Message]) -> str:
    """Return the events and the heard words in their order, for a reader; words that were not whole end with dots.

    What is no news to a reader, as it is only counted, is left out.
    """
    shown = (step for step in steps if not isinstance(step.event, ReplyChunked | CharactersUsed))
    words = [
        (word.at, f"{_HEARD}{word.text}{'...' if word.share < 0.95 else ''}{' (ducked)' if word.is_ducked else ''}")
        for word in heard
    ]
    lines = ["timeline:"]
    was_heard = False
    for at, note in sorted([*((step.at, str(step)) for step in shown), *words], key=lambda noted: noted[0]):
        if was_heard and note.startswith(_HEARD):
            lines[-1] += note.removeprefix(_HEARD.rstrip())
        else:
            lines.append(f"{at:9.3f} {note}")
        was_heard = note.startswith(_HEARD)
    return "\n".join([*lines, "history:", *(f"  {_brief(message)}" for message in history)])


def ending(text: str) -> str:
    """The last lines of a timeline, and how many were before them."""
    lines = text.splitlines()
    left_out = len(lines) - LAST_LINES
    if left_out <= 0:
        return text
    return "\n".join([f"timeline: {left_out} lines left out, see scene.timeline, then", *lines[left_out:]])


def _brief(item: object) -> str:
    """An event or a command on one line: without instructions and words, and with short numbers."""
    text = _UNTOLD.sub("", f"{item}")
    return re.sub(r"\d+\.\d{3}\d+", lambda number: f"{float(number[0]):.3f}", text)

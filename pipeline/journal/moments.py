"""A conversation for readers: what happened, what was decided, by which rule and on what grounds.

What comes many times a second and decides nothing (windows of audio, interims, captions) is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.journal.descriptions import describe_command, describe_event, describe_grounds
from pipeline.journal.reader import Header, Replayed
from pipeline.turn.apply import apply_event
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import decisions
from pipeline.turn.state import State


@dataclass(frozen=True, slots=True)
class Decision:
    """What one rule has decided, "barge_in.cut" say; without a rule it follows from the event by itself."""

    rule: str | None
    commands: tuple[Command, ...]
    """Those that matter; none when the rule has only noted something."""
    text: str
    grounds: str
    """What it was decided by, in words."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One step that mattered. `at` is seconds from the beginning of the session."""

    at: float
    event: Event
    text: str | None
    """What happened, in words; None when it mattered only for what was decided."""
    decisions: tuple[Decision, ...]


def timeline(replayed: Iterable[Replayed]) -> Iterator[Moment]:
    """The moments of sessions that were decided again by their own policies, in their order."""
    header: Header | None = None
    for step in replayed:
        event = step.entry.event
        if step.entry.header is not header:
            header = step.entry.header
            before = header.start
        decisions = tuple(_decisions(before, step)) if step.commands else ()
        before = step.state
        text = None if isinstance(event, _QUIET_EVENTS) else describe_event(event)
        if text is not None or decisions:
            yield Moment(event.at - header.at, event, text, decisions)


def rules_applied(before: State, event: Event, policy: Policy) -> list[tuple[str, tuple[Command, ...]]]:
    """The rules that decided something in a step, in their order, each with its commands."""
    after = apply_event(before, event, policy)
    return [(rule.name, ordered) for rule, (_, ordered) in decisions(after, policy)]


def _decisions(before: State, step: Replayed) -> Iterator[Decision]:
    entry = step.entry
    applied = rules_applied(before, entry.event, entry.header.policy)
    by_rules = [command for _, given in applied for command in given]
    facts_alone = tuple(command for command in step.commands if command not in by_rules)
    for rule, given in ((None, facts_alone), *applied):
        shown_commands = tuple(command for command in given if _matters(command))
        text = ", ".join(describe_command(command) for command in shown_commands)
        if rule is not None:
            words = text or rule.partition(".")[2].replace("_", " ")
            yield Decision(rule, shown_commands, words, describe_grounds(entry.why))
        elif shown_commands:
            yield Decision(None, shown_commands, text, "")


_QUIET_EVENTS = (
    events.AudioSeen
    | events.Tick
    | events.InterimTranscript
    | events.TokensUsed
    | events.SummaryTokensUsed
    | events.ReplyChunked
    | events.CharactersUsed
)
"""They matter only by what follows from them."""


def _matters(command: Command) -> bool:
    """Captions and states decide nothing, and connections are made ready all the time."""
    return not isinstance(command, commands.ShowPersonText | commands.ShowAgentState | commands.WarmUp)

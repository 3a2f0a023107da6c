"""The shape of a rule: what it decides in a state, and what it waits for."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.commands import Command
from pipeline.turn.due import ON_EVENTS, Due
from pipeline.turn.policy import Policy
from pipeline.turn.state import State

Decision = tuple[State, tuple[Command, ...]]
"""The next state, and the commands."""


def _on_events(state: State, policy: Policy) -> Due:
    return ON_EVENTS


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of decision.

    Rules are level-triggered: `decide` looks at the state alone, and changes it so that the rule does not apply again.
    No event is special to a rule.
    """

    decide: Callable[[State, Policy], Decision | None]
    """The decision; None when there is nothing to decide now."""
    due_at: Callable[[State, Policy], Due] = _on_events
    """What the rule waits for in a state in which it has nothing to decide. It must not name a later time than the one
    at which it may decide, and a Tick at that time must let it decide."""

    @property
    def name(self) -> str:
        """Module and function, such as `barge_in.cut`."""
        return f"{self.decide.__module__.rpartition('.')[2]}.{self.decide.__name__}"

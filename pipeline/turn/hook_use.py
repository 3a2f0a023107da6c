"""The hook that stands between a turn and its answer: whether it runs, and what it has made of the turn."""

from dataclasses import dataclass

from pipeline.messages import TurnEdit
from pipeline.turn.caller import Turn
from pipeline.turn.words import folded


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """One run, for the words that the turn had when it began."""

    run_id: str
    agent_id: str
    """The agent whose hook it is."""
    turn_number: int
    words: str
    """Folded."""
    deadline: float
    """Loop time at which it has overrun its budget."""
    edit: TurnEdit | None = None
    """What came of it; None while it runs."""
    has_overrun: bool = False
    """The turn is answered without it, whatever becomes of its words: a hook that hangs costs its budget once."""

    def is_for(self, turn: Turn, agent_id: str, language: str) -> bool:
        """Whether the turn, as it stands, is the one that it runs or has run for."""
        if self.turn_number != turn.number or self.agent_id != agent_id or not turn.text:
            return False
        return self.has_overrun or self.words == folded(turn.text, language)


@dataclass(frozen=True, slots=True)
class AddedContext:
    """What a hook has added for the answer to a message of the history, which is the last turn."""

    message_number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookUse:
    """The use of the hook in one session."""

    run: HookRun | None = None
    """The latest, as long as it is for the turn as it stands."""
    begun: int = 0
    """Runs so far: the number in the next one's id."""
    added: AddedContext | None = None
    """What was added for the answer to the last turn, which calls of tools may draw out."""

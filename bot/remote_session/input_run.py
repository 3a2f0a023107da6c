"""What came of a text that a frontend had the bot answer: it is answered when all that followed from it is over."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.commands import Command, ReplyCommitted, ToolCommitted, TurnCommitted
from pipeline.messages import Message
from pipeline.turn.state import State

COMMITTED = TurnCommitted | ReplyCommitted | ToolCommitted
"""Commands that record a message of the history."""


@dataclass
class InputRun:
    """One text, from when it was typed."""

    request_id: str
    messages: list[Message] = field(default_factory=list)
    """What the bot has said and called since then."""
    _is_taken: bool = False

    def take(self, state: State, commands: Iterable[Command]) -> bool:
        """Take one step of the session; returns whether the run is over."""
        for command in commands:
            if isinstance(command, TurnCommitted):
                self._is_taken = True
            elif isinstance(command, COMMITTED) and self._is_taken:
                self.messages.append(command.message)
        return self._is_taken and is_quiet(state)


def is_quiet(state: State) -> bool:
    """Whether the bot has nothing to say, to call or to finish."""
    says = state.on_air or state.ended_reply or state.pending_reply or state.speech_queue or state.owes_apology
    return not says and state.agent_state == "listening"

"""The hooks of the embedding program that the conversation waits for."""

from dataclasses import dataclass
from typing import Protocol

from pipeline.messages import Message, TurnEdit


@dataclass(frozen=True, slots=True)
class CompletedTurn:
    """A turn that is over, or, for a speculative hook, may be."""

    text: str
    """The words as they were heard."""
    history: tuple[Message, ...]
    """The conversation before it."""


class TurnHookRunner(Protocol):
    """Runs the hook of a completed turn. How long it may take is part of the agent: `pipeline.agent.TurnHook`."""

    async def turn_completed(self, turn: CompletedTurn) -> TurnEdit:
        """Return what is to become of the turn. Cancelled when the turn no longer waits for it.

        What it raises is logged, and the turn is answered as it was heard. Two runs never go on at the same time,
        unless one does not end when it is cancelled.
        """
        ...

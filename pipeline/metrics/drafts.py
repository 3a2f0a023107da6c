"""What drafts have cost that nobody heard, from events and commands."""

from dataclasses import dataclass

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event

REMEMBERED = 64
"""Drafts that were discarded and whose last costs are awaited: they come some turns of the loop later."""


@dataclass(slots=True)
class DraftCost:
    """Tokens of the language model, characters of the voice."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    characters: int = 0


class WastedDrafts:
    """A fold over the steps of a session."""

    def __init__(self) -> None:
        self.cost = DraftCost()
        """Of all drafts that were discarded."""
        self._of_pending: dict[str, DraftCost] = {}
        self._discarded: dict[str, None] = {}

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        """The next step."""
        match event:
            case events.TokensUsed():
                self._add(event.reply_id, DraftCost(event.prompt, event.completion))
            case events.CharactersUsed():
                self._add(event.reply_id, DraftCost(characters=event.characters))
            case events.ReplyFailed():
                self._of_pending.pop(event.reply_id, None)
        for command in ordered:
            match command:
                case commands.StartReply(reply_id, answers_turn=True):
                    self._of_pending[reply_id] = DraftCost()
                case commands.Release(reply_id):
                    self._of_pending.pop(reply_id, None)
                case commands.Discard(reply_id) if (cost := self._of_pending.pop(reply_id, None)) is not None:
                    self._discarded[reply_id] = None
                    if len(self._discarded) > REMEMBERED:
                        del self._discarded[next(iter(self._discarded))]
                    _sum(self.cost, cost)

    def _add(self, reply_id: str, cost: DraftCost) -> None:
        if reply_id in self._discarded:
            _sum(self.cost, cost)
        elif reply_id in self._of_pending:
            _sum(self._of_pending[reply_id], cost)


def _sum(total: DraftCost, cost: DraftCost) -> None:
    total.prompt_tokens += cost.prompt_tokens
    total.completion_tokens += cost.completion_tokens
    total.characters += cost.characters

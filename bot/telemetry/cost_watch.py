"""Tells a session what it costs while it goes on, for the limit of what a call may cost."""

from collections.abc import Callable

from bot.telemetry.cost import cost
from bot.telemetry.price_list import Prices
from bot.telemetry.usage_meter import UsageMeter
from pipeline.commands import Command
from pipeline.events import CharactersUsed, CostGrew, Event, SpeechStopped, SummaryTokensUsed, TokensUsed
from pipeline.turn.state import State

COSTS = TokensUsed | SummaryTokensUsed | CharactersUsed | SpeechStopped
"""The events behind which something has been paid for: a request, speech of the bot, what was transcribed."""


class CostWatch:
    """An observer of a session that has such a limit. Of several currencies the one counts of which it is most."""

    def __init__(self, meter: UsageMeter, prices: Prices, dispatch: Callable[[CostGrew], None]) -> None:
        self._meter, self._prices, self._dispatch = meter, prices, dispatch
        self._told = 0.0

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if not isinstance(event, COSTS):
            return
        total = max(cost(self._meter.usage, self._prices).amounts.values(), default=0.0)
        if total > self._told:
            more, self._told = total - self._told, total
            self._dispatch(CostGrew(event.at, more))

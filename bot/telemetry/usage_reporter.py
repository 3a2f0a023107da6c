"""Reports what a session has used: into its record and the log, at the end of each conversation."""

import logging

from bot.telemetry.cost import Cost, cost
from bot.telemetry.price_list import Prices
from bot.telemetry.usage_meter import UsageMeter
from pipeline.clock import loop_time
from pipeline.commands import Command, ConversationEnded
from pipeline.events import CharactersUsed, CostGrew, Event, SummaryTokensUsed, TokensUsed, UsageCounted
from pipeline.session import Session
from pipeline.turn.state import State
from pipeline.usage import ServiceUsage, difference

log = logging.getLogger(__name__)

NO_PRICES = (
    "the call has a limit of what it may cost, and no prices: give a price file (--prices), or nothing costs anything"
)

OTHER_CURRENCIES = "the limit of what a call may cost counts prices in the price file's currency alone, not in others"

_USED = TokensUsed | SummaryTokensUsed | CharactersUsed


class UsageReporter:
    """Of one session."""

    def __init__(self, meter: UsageMeter, prices: Prices | None, session: Session) -> None:
        self.meter = meter
        self._prices, self._dispatch = prices, session.dispatch
        session.add_observer(self._observe)
        self._reported: tuple[ServiceUsage, ...] = ()
        self._priced: tuple[ServiceUsage, ...] = ()
        self._has_limit = session.policy.max_call_cost > 0.0
        if self._has_limit and (
            prices is None or any(it.currency != prices.currency for it in prices.services.values())
        ):
            log.warning("%s", NO_PRICES if prices is None else OTHER_CURRENCIES)

    @property
    def cost(self) -> Cost | None:
        """What the session has cost until now; None without prices."""
        return None if self._prices is None else cost(self.meter.usage, self._prices)

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if self._has_limit and (commands or isinstance(event, _USED)):
            self._price()
        if any(isinstance(command, ConversationEnded) for command in commands):
            self.report()

    def _price(self) -> None:
        """Have the conversation know what it has cost more, for its limit."""
        if self._prices is None:
            return
        now = self.meter.usage
        used, self._priced = difference(now, self._priced), now
        if amount := cost(used, self._prices).amounts.get(self._prices.currency):
            self._dispatch(CostGrew(loop_time(), amount))

    def report(self) -> None:
        """Report what was used since the last report, if anything was."""
        now = self.meter.usage
        if not (used := difference(now, self._reported)):
            return
        self._reported = now
        self._dispatch(UsageCounted(loop_time(), used))
        priced = "" if self._prices is None else f"; {cost(used, self._prices)}"
        log.info("used %s%s", ", ".join(map(str, used)), priced)

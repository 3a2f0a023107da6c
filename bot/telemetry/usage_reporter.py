"""Reports what a session has used: into its record and the log, at the end of each conversation."""

import logging

from bot.telemetry.cost import Cost, cost
from bot.telemetry.cost_watch import CostWatch
from bot.telemetry.price_list import Prices
from bot.telemetry.usage_meter import UsageMeter
from pipeline.clock import loop_time
from pipeline.commands import Command, ConversationEnded
from pipeline.events import Event, UsageCounted
from pipeline.session import Session
from pipeline.turn.state import State
from pipeline.usage import ServiceUsage, difference

log = logging.getLogger(__name__)


class UsageReporter:
    """Of one session."""

    def __init__(self, meter: UsageMeter, prices: Prices | None, session: Session) -> None:
        self.meter = meter
        self._prices, self._dispatch = prices, session.dispatch
        session.add_observer(self._observe)
        self._reported: tuple[ServiceUsage, ...] = ()
        if prices is not None and session.policy.max_call_cost:
            session.add_observer(CostWatch(meter, prices, session.dispatch).observe)

    @property
    def cost(self) -> Cost | None:
        """What the session has cost until now; None without prices."""
        return None if self._prices is None else cost(self.meter.usage, self._prices)

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if any(isinstance(command, ConversationEnded) for command in commands):
            self.report()

    def report(self) -> None:
        """Report what was used since the last report, if anything was."""
        now = self.meter.usage
        if not (used := difference(now, self._reported)):
            return
        self._reported = now
        self._dispatch(UsageCounted(loop_time(), used))
        priced = "" if self._prices is None else f"; {cost(used, self._prices)}"
        log.info("used %s%s", ", ".join(map(str, used)), priced)

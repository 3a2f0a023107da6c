"""Reports a transcriber that is behind the person's speech: in the log, and to frontends by an attribute."""

import logging
from collections.abc import Callable

from pipeline.commands import Command
from pipeline.events import Event
from pipeline.turn.state import State

LAG_ATTRIBUTE = "rawbot.transcriber"
"""The bot's attribute that is `behind` while its transcriber is, else empty."""

log = logging.getLogger(__name__)


class LagReporter:
    """An observer of a session: one warning when the transcriber falls behind, one line when it has caught up."""

    def __init__(self, show: Callable[[dict[str, str]], None]) -> None:
        self._show = show
        self._behind_since: float | None = None

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        before, self._behind_since = self._behind_since, state.hearing.behind_since
        if before is None and self._behind_since is not None:
            lag = state.hearing.lag(state.at)
            log.warning("the transcriber is %.1f s behind the speech: no turn ends before it has caught up", lag)
        elif before is not None and self._behind_since is None:
            log.warning("the transcriber has caught up; it was behind for %.1f s", state.at - before)
        self._show({LAG_ATTRIBUTE: "" if self._behind_since is None else "behind"})

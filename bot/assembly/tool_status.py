"""Reports the tool that runs: in the log, and to frontends by an attribute."""

import logging
from collections.abc import Callable

from pipeline.commands import CallTool, Command, ToolCommitted
from pipeline.events import Event
from pipeline.turn.state import State

TOOL_ATTRIBUTE = "rawbot.tool"
"""The bot's attribute with the name of the tool that runs; of several the one that was called first; else empty."""

log = logging.getLogger(__name__)


class ToolReporter:
    """An observer of a session: one line in the log for each call and for each result."""

    def __init__(self, show: Callable[[dict[str, str]], None]) -> None:
        self._show = show

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        for command in commands:
            match command:
                case CallTool(_, request):
                    log.info("calls the tool %s", request.name)
                case ToolCommitted(_, message) if message.call is not None:
                    log.info("the tool %s has %s", message.call.name, "failed" if message.is_error else "returned")
        running = state.tools.running
        self._show({TOOL_ATTRIBUTE: running[0].request.name if running else ""})

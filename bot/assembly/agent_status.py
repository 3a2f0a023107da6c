"""Reports the agent that leads the conversation: in the log, and to frontends by an attribute."""

import logging
from collections.abc import Callable

from pipeline.commands import Command, HandedOver
from pipeline.events import Event
from pipeline.turn.state import State

AGENT_ATTRIBUTE = "rawbot.agent"
"""The bot's attribute with the name of the agent that leads the conversation."""

log = logging.getLogger(__name__)


class AgentReporter:
    """An observer of a session: one line in the log for each hand-over."""

    def __init__(self, set_attributes: Callable[[dict[str, str]], None]) -> None:
        self._set_attributes = set_attributes
        self._shown = ""

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        for command in commands:
            if isinstance(command, HandedOver):
                log.info("%s hands over to %s", command.before, command.agent)
        if state.agent.name != self._shown:
            self._shown = state.agent.name
            self._set_attributes({AGENT_ATTRIBUTE: self._shown})

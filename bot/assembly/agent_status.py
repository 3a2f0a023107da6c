"""Reports the agent that leads the conversation, and what serves it: in the log, and to frontends by attributes."""

import json
import logging
from collections.abc import Callable, Mapping

from bot.assembly.provider_description import ProviderDescription
from bot.providers.registry import ProviderKind
from pipeline.commands import Command, HandedOver
from pipeline.events import Event
from pipeline.turn.state import State

AGENT_ATTRIBUTE = "rawbot.agent"
"""The bot's attribute with the name of the agent that leads the conversation."""

PROVIDERS_ATTRIBUTE = "rawbot.providers"
"""The bot's attribute with what serves that agent, as JSON: a `ProviderDescription` for each of stt, llm and tts."""

log = logging.getLogger(__name__)


class AgentReporter:
    """An observer of a session: one line in the log for each hand-over."""

    def __init__(
        self,
        show: Callable[[dict[str, str]], None],
        describe: Callable[[str], Mapping[ProviderKind, ProviderDescription]],
    ) -> None:
        """`describe` returns what serves the agent of a name."""
        self._show, self._describe = show, describe
        self._agent = ""

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        for command in commands:
            if isinstance(command, HandedOver):
                log.info("%s hands over to %s", command.before, command.agent)
        if state.agent.name != self._agent:
            self._agent = state.agent.name
            providers = json.dumps(self._describe(self._agent), ensure_ascii=False)
            self._show({AGENT_ATTRIBUTE: self._agent, PROVIDERS_ATTRIBUTE: providers})

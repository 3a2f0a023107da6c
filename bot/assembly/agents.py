"""The agents of one bot: what each of them is, and what serves it."""

from collections.abc import Iterable
from dataclasses import replace
from weakref import WeakKeyDictionary

from bot.agent import Agent
from bot.assembly.agent_providers import AgentProviders
from bot.assembly.provider_description import ProviderDescription
from bot.assembly.resampled_voice import ResampledVoice
from bot.hooks.bot_hooks import BotHooks
from bot.providers.registry import ProviderKind
from bot.settings.keywords import Parts
from bot.settings.settings import Settings
from bot.tools.toolbox import Toolbox
from pipeline.agent import INSTRUCTIONS, AgentProfile
from pipeline.commands import Command, ConversationEnded
from pipeline.events import Event
from pipeline.messages import Tool
from pipeline.ports import AgentParts
from pipeline.session import Session
from pipeline.turn.state import State


class BotAgents:
    """Lives as long as its bot. The agent that leads is offered the tools that there are now."""

    def __init__(self, parts: Parts, providers: AgentProviders, hooks: BotHooks) -> None:
        self._settings, self._providers, self._first = parts.settings, providers, parts.agent
        self._hooks = hooks
        self._toolbox = parts.tools.toolbox
        self._toolbox.serve = self.serve
        self._toolbox.on_change = self._offer_tools
        self._toolboxes = WeakKeyDictionary[Agent, Toolbox]()
        if parts.agent is not None:
            self._toolboxes[parts.agent] = self._toolbox
        self._resampled: dict[int, ResampledVoice] = {}
        self._descriptions: dict[str, dict[ProviderKind, ProviderDescription]] = {}
        self._rate: int | None = None
        self._session: Session | None = None
        self._revision = 0

    def first(self) -> tuple[AgentProfile, AgentParts]:
        """Return the agent that begins each conversation. Raises SettingsError."""
        return self._served(self._first, self._toolbox)

    def serve(self, agent: Agent) -> tuple[AgentProfile, AgentParts]:
        """Return what an agent is, and what serves it. Raises SettingsError with every fault."""
        if not isinstance(agent, Agent):
            raise TypeError(f"{agent!r} is no agent: give an Agent(...) (from bot import Agent)")
        if (toolbox := self._toolboxes.get(agent)) is None:
            toolbox = self._toolboxes[agent] = self._toolbox.beside(agent.functions)
        return self._served(agent, toolbox)

    def description(self, name: str) -> dict[ProviderKind, ProviderDescription]:
        """Return what frontends can read of the providers that serve the agent of this name."""
        return self._descriptions.get(name, {})

    def attach(self, session: Session, rate: int) -> None:
        """Offer the tools in this session, in a room that plays at `rate` Hz."""
        self._session, self._rate = session, rate
        session.add_observer(self.observe)

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        is_over = any(isinstance(command, ConversationEnded) for command in commands)
        if is_over:
            for toolbox in (self._toolbox, *self._toolboxes.values()):
                toolbox.end_conversation()
        if is_over or state.lead.revision != self._revision:
            self._revision = state.lead.revision
            self._offer_tools()

    def update_tools(self, tools: Iterable[object]) -> None:
        """Replace the functions of the agent that leads. Raises SettingsError with every fault."""
        assert self._session is not None, "a bot without a session"
        toolbox = self._session.parts.tools
        assert isinstance(toolbox, Toolbox), "tools of another kind"
        toolbox.update_functions(tools)

    def _served(self, agent: Agent | None, toolbox: Toolbox) -> tuple[AgentProfile, AgentParts]:
        transcriber, language_model, synthesizer = self._providers.of(agent)
        if synthesizer is not None and self._rate is not None and synthesizer.rate != self._rate:
            new = ResampledVoice(synthesizer, self._rate)
            synthesizer = self._resampled.setdefault(id(synthesizer), new)
        hooks = self._hooks.of_agent(agent.hooks if agent is not None else None)
        parts = AgentParts(
            transcriber=transcriber,
            language_model=language_model,
            synthesizer=synthesizer,
            tools=toolbox,
            turn_hook=hooks,
        )
        profile = profile_of(agent, self._settings, toolbox.definitions)
        self._descriptions[profile.name] = self._providers.describe(agent)
        return replace(profile, turn_hook=hooks.hooks.turn_hook), parts

    def _offer_tools(self) -> None:
        """Let the agent that leads have the tools that its toolbox has."""
        if self._session is None:
            return
        toolbox = self._session.parts.tools
        if isinstance(toolbox, Toolbox) and toolbox.definitions != self._session.state.agent.tools:
            self._session.requests.update_tools(toolbox.definitions)


def profile_of(agent: Agent | None, settings: Settings, tools: tuple[Tool, ...] = ()) -> AgentProfile:
    """Return what an agent is; without one, what the settings describe."""
    described = settings if agent is None else agent
    return AgentProfile(
        name=settings.identity if agent is None else agent.name,
        instructions=described.instructions or INSTRUCTIONS,
        greeting=described.greeting,
        greeting_instructions=described.greeting_instructions,
        apology=agent.apology if agent is not None else None,
        language=described.language or settings.language,
        pronunciations=settings.pronounce or {},
        temperature=settings.temperature,
        tools=tools,
        transfer=settings.transfer_text,
        idle_text=described.idle_text or settings.idle_text,
        idle_instructions=described.idle_instructions or settings.idle_instructions,
        idle_farewell=described.idle_farewell or settings.idle_farewell,
        farewell=described.farewell or settings.farewell,
        takes_dtmf=settings.dtmf,
        announcement=settings.record_consent if settings.record is not None else None,
    )

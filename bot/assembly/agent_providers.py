"""The providers of a bot's agents: the bot's own, and those that an agent asks for instead."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, cast

from bot.agent import Agent
from bot.assembly.closing import Closable, close_all
from bot.assembly.provider_chain import make_chain
from bot.assembly.provider_description import ProviderDescription, describe_choice, describe_object
from bot.assembly.room_port import SceneHost
from bot.providers.allowed_choice import is_allowed
from bot.providers.factory import make_language_model, make_summary_model, make_synthesizer, make_transcriber
from bot.providers.registry import KIND_NOUNS, KINDS, ProviderKind, find, follows_instructions, offering
from bot.settings.keywords import Parts
from bot.settings.provider_list import links_of, read_choices
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from bot.telemetry.metered import metered
from bot.telemetry.usage_meter import UsageMeter
from pipeline.errors import SettingsError
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

MAKE: dict[ProviderKind, Callable[[Settings], Any]] = {
    "stt": make_transcriber,
    "llm": make_language_model,
    "tts": make_synthesizer,
}

MADE_FROM = {"stt": ("stt", "language"), "llm": ("llm",), "tts": ("tts", "language", "voice")}
"""The settings that an agent may change, and that make it another provider."""


class AgentProviders:
    """Gives each agent its transcriber, language model and synthesizer; what it has made, it closes.

    What several agents ask for by the same name is made once. In a scene whatever is asked for by name is the scene's.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.usage = UsageMeter()
        """What they were asked for."""
        self._made: dict[tuple[object, ...], Closable | None] = {}
        self._metered: dict[int, tuple[object, Any]] = {}
        """What counts an object of the program's or of a scene's, by its id, with the object itself."""
        self._bound: dict[int, tuple[object, object]] = {}
        """What a scene has made of an object, by its id; with the object, so that no other one gets the id."""

    def of(self, agent: Agent | None) -> tuple[Transcriber | None, LanguageModel | None, Synthesizer | None]:
        """Return what serves an agent; without one what the bot has itself. Raises SettingsError with every fault."""
        settings, faults = self._settings_of(agent), list[str]()
        if agent is not None:
            faults += self._faults(agent, settings)
        if faults:
            assert agent is not None
            raise SettingsError([f"the agent {agent.name!r}: {fault}" for fault in faults])
        stt, llm, tts = (self._one(kind, agent, settings) for kind in KINDS)
        return stt, llm, tts

    def describe(self, agent: Agent | None) -> dict[ProviderKind, ProviderDescription]:
        """Return what frontends can read of the providers that serve an agent."""
        settings = self._settings_of(agent)
        described = {kind: self._describe_one(kind, agent, settings) for kind in KINDS}
        return {kind: one for kind, one in described.items() if one is not None}

    def summary_model(self, of_replies: LanguageModel | None) -> LanguageModel | None:
        """Return the language model that makes summaries: one that was chosen for it, else that of the replies.

        None when none is to be made, and when that of the replies follows no instructions: what it wrote would be
        taken for what a person has said.
        """
        if self._parts.summary_llm is not None:
            return cast(LanguageModel, self._counted("llm", self._parts.summary_llm))
        chosen = self._parts.settings.summary_llm
        if chosen is not None and chosen.is_none:
            return None
        model = make_summary_model(self._parts.settings)
        if model is not None and chosen is not None:
            model = self._counted_choice("llm", model, chosen)
        self._made["summaries",] = model
        choice = self._parts.settings.llm
        follows_none = self._parts.llm is None and choice is not None and not follows_instructions(choice.name)
        return model or (None if follows_none else of_replies)

    async def aclose(self) -> None:
        """Close what was made."""
        await close_all(made for made in self._made.values() if made is not None)

    def _one(self, kind: ProviderKind, agent: Agent | None, settings: Settings) -> Any:
        asked, own = getattr(agent, kind, None), getattr(self._parts, kind)
        is_object = asked is not None and not isinstance(asked, str)
        if self._parts.scene is not None:
            return self._counted(kind, self._in_scene(self._parts.scene, kind, asked) if is_object else own)
        if is_object:
            return self._counted(kind, asked)
        if own is not None and asked is None:
            return self._counted(kind, own)
        key = kind, *(getattr(settings, name) for name in MADE_FROM[kind])
        if key not in self._made:
            self._made[key] = make_chain(kind, settings, lambda one: self._make(kind, one))
        return self._made[key]

    def _make(self, kind: ProviderKind, settings: Settings) -> Any:
        provider, choice = MAKE[kind](settings), getattr(settings, kind)
        return provider if provider is None else self._counted_choice(kind, provider, choice)

    def _counted_choice(self, kind: ProviderKind, provider: Any, choice: ProviderChoice) -> Any:
        described = describe_choice(kind, choice, None)
        return metered(provider, self.usage.service(kind, described["name"], described.get("model", "")))

    def _counted(self, kind: ProviderKind, provider: Any) -> Any:
        """Return what counts an object that was not made here, the same each time."""
        if provider is None:
            return None
        if id(provider) not in self._metered:
            service = self.usage.service(kind, describe_object(provider)["name"], "")
            self._metered[id(provider)] = provider, metered(provider, service)
        return self._metered[id(provider)][1]

    def _describe_one(self, kind: ProviderKind, agent: Agent | None, settings: Settings) -> ProviderDescription | None:
        asked = getattr(agent, kind, None)
        given = getattr(self._parts, kind) if asked is None else asked
        if given is not None and not isinstance(given, str):
            return describe_object(given)
        choice: ProviderChoice | None = getattr(settings, kind)
        if choice is None or choice.is_none:
            return None
        return describe_choice(kind, choice, settings.base_urls.get(choice.name))

    def _in_scene(self, scene: SceneHost, kind: ProviderKind, asked: Any) -> Any:
        if id(asked) not in self._bound:
            asked_for: dict[str, Any] = {each: asked if each == kind else None for each in KINDS}
            self._bound[id(asked)] = asked, scene.bind_providers(**asked_for)[KINDS.index(kind)]
        return self._bound[id(asked)][1]

    def _settings_of(self, agent: Agent | None) -> Settings:
        """The bot's settings, with what the agent says instead."""
        settings = self._parts.settings
        if agent is None:
            return settings
        chosen: dict[str, Any] = {
            kind: read_choices(given, kind, offering(kind), may_load=False)
            for kind in KINDS
            if isinstance(given := getattr(agent, kind), str)
        }
        if "tts" in chosen and chosen["tts"] != settings.tts:
            chosen["voice"] = None  # the bot's is another synthesizer's
        said = {"language": agent.language, "voice": agent.voice}
        return replace(settings, **chosen | {name: value for name, value in said.items() if value is not None})

    def _faults(self, agent: Agent, settings: Settings) -> Iterable[str]:
        if self._parts.scene is not None:
            return
        for kind in KINDS:
            if not isinstance(getattr(agent, kind), str):
                continue
            choice: ProviderChoice = getattr(settings, kind)
            allowed = settings.limits.allowed_providers.get(kind)
            if allowed is not None and not is_allowed(choice, allowed):
                yield f"{kind} is {getattr(agent, kind)}, and the session allows {', '.join(allowed)} only."
                continue
            for provider in (find(link.name) for link in links_of(choice)):
                if provider is not None and provider.key and not _has_access(provider.name, settings):
                    yield f"{kind} is {provider.name}, the {KIND_NOUNS[kind]} that needs {provider.key}; set it."
        tts = self._parts.tts if agent.tts is None else agent.tts
        if agent.voice is not None and not isinstance(tts, str | None):
            yield f"voice is {agent.voice!r}, and the synthesizer is an object: give one with this voice (tts)."


def _has_access(name: str, settings: Settings) -> bool:
    return name in settings.keys or name in settings.base_urls

"""What the configuration of a session makes of the operator's settings and agents. Pure: nothing is read or loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.providers.allowed_choice import choose_allowed, is_allowed
from bot.providers.registry import KINDS
from bot.settings.care_settings import CAPS
from bot.settings.session_limits import SessionLimits
from bot.settings.settings import Settings
from bot.worker.session_config import SessionConfig, SessionRefused

if TYPE_CHECKING:
    from bot.agent import Agent


def session_settings(settings: Settings, config: SessionConfig) -> Settings:
    """Return the settings of a session: what its configuration says takes the place of what the operator has said.

    Raises SessionRefused where the providers that it allows cannot serve it, and where nobody takes people over.
    """
    language = config.intent.language or settings.language
    allowed: dict[str, tuple[str, ...]] = {
        kind: names for kind in KINDS if (names := getattr(config.constraints.allowed_providers, kind)) is not None
    }
    changes = _providers(settings, language, allowed)
    said = {
        "instructions": config.system_prompt,
        "temperature": config.temperature,
        "keyterms": config.keyterms,
        "voice": config.voice,
        "on_failure": config.on_failure,
    }
    if config.on_failure == "transfer" and settings.transfer_to is None and settings.transfer_webhook is None:
        raise SessionRefused("onFailure cannot be transfer: the operator has set nobody to hand people over to")
    changes |= {name: value for name, value in said.items() if value is not None}
    if config.greeting is not None:
        changes |= {"greeting": config.greeting, "greeting_instructions": None}
    given = {name: getattr(config.constraints, name) for name in CAPS}
    caps = {name: cap for name, cap in given.items() if cap is not None}
    limits = SessionLimits(
        offered_tools=config.tools, allowed_providers=allowed, caps=caps, memory_key=config.memory_key
    )
    return replace(settings, language=language, limits=limits, **changes)


def _providers(settings: Settings, language: str, allowed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the settings of providers that change. Raises SessionRefused with every kind that has none."""
    chosen: dict[str, Any] = {}
    faults = []
    for kind in KINDS:
        try:
            choice = choose_allowed(settings, kind, language, allowed.get(kind))
        except ValueError as error:
            faults.append(f"it would {error}")
            continue
        if choice != getattr(settings, kind):
            chosen[kind] = choice
    if faults:
        raise SessionRefused(f"the session cannot be served: {'; '.join(faults)}")
    if "tts" in chosen:
        chosen["voice"] = None  # the operator's is another synthesizer's
    summaries = settings.summary_llm
    if summaries is not None and "llm" in allowed and not is_allowed(summaries, allowed["llm"]):
        chosen["summary_llm"] = None  # then the model of the replies makes them
    return chosen


def session_agent(agents: Sequence["Agent"], config: SessionConfig) -> "Agent | None":
    """Return the agent that the configuration names; None where it names none. Raises SessionRefused."""
    if config.agent is None:
        return None
    if (named := next((agent for agent in agents if agent.name == config.agent), None)) is None:
        there = ", ".join(agent.name for agent in agents)
        raise SessionRefused(
            f"there is no agent {config.agent!r} here; there are: {there}"
            if there
            else f"there is no agent {config.agent!r} here: the operator gives none (--agents)"
        )
    return named


def with_texts(agent: "Agent", config: SessionConfig) -> "Agent":
    """Return an agent with the texts, the language and the voice of the session in the place of its own."""
    said: dict[str, Any] = {
        "instructions": config.system_prompt,
        "language": config.intent.language,
        "voice": config.voice,
        "greeting": config.greeting,
    }
    changes = {name: value for name, value in said.items() if value is not None}
    if config.greeting is not None:
        changes["greeting_instructions"] = None
    return replace(agent, **changes) if changes else agent


def session_warnings(config: SessionConfig, settings: Settings) -> list[str]:
    """Return a sentence for each thing that the configuration says in vain to a bot with these settings."""
    warnings = []
    if config.memory_key is not None and settings.memory is None:
        warnings.append("memoryKey has no effect: the operator has set no memory (--memory)")
    if config.intent.optimize_for != "balanced":
        warnings.append("intent.optimizeFor has no effect yet: the first allowed provider that can be used is taken")
    return warnings

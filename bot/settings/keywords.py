"""The keywords of `VoiceBot` resolved: settings, and the objects that were given instead of names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from bot.agent import Agent
from bot.assembly.room_port import SceneHost
from bot.assembly.tools import BotTools
from bot.hooks.hooks import Hooks
from bot.memory.one_memory import OneMemory
from bot.memory.opening import open_memory
from bot.memory.store import MemoryStore
from bot.process.redactor import make_redactor
from bot.providers.registry import KIND_NOUNS, NO_PROVIDER, ProviderKind
from bot.room import Room
from bot.settings.program_keywords import (
    ProgramKeywords,
    take_agent,
    take_hooks,
    take_memory,
    take_redaction_hooks,
    take_summary_model,
    take_telemetry,
    take_tools,
    warn_of_unused,
)
from bot.settings.reading import missing_providers, read_settings
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from bot.telemetry.telemetry import Telemetry
from pipeline.errors import SettingsError
from pipeline.port_check import PORTS, violation
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

if TYPE_CHECKING:
    from pipeline.redaction import Redactor

AUTO: Final = "auto"
"""The provider for which there is a key, as on the command line."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Settings, and what is given as an object instead of a name; None where the settings choose."""

    settings: Settings
    room: Room | SceneHost | None
    stt: Transcriber | None
    llm: LanguageModel | None
    tts: Synthesizer | None
    tools: BotTools
    agent: Agent | None
    """Who begins the conversation; None for the one whom the settings describe."""
    hooks: Hooks
    metadata: Mapping[str, Any]
    """For tools and hooks."""
    memory: MemoryStore | None
    summary_llm: LanguageModel | None
    redactor: "Redactor | None"
    """Hides words in what leaves the conversation; None where nothing is hidden."""
    telemetry: Telemetry | None = None

    @property
    def scene(self) -> SceneHost | None:
        """The scene that is the room, if it is one."""
        return self.room if isinstance(self.room, SceneHost) else None


def resolve_arguments(
    settings: Settings | None,
    room: str | Room | SceneHost | None,
    stt: str | Sequence[str] | Transcriber | None,
    llm: str | Sequence[str] | LanguageModel | None,
    tts: str | Sequence[str] | Synthesizer | None,
    options: ProgramKeywords,
) -> Parts:
    """Read and check the keywords; what they leave open comes from the environment, .env.local and .env.

    The texts of keywords are taken literally: a program may pass on what others wrote, so @FILE reads no file and the
    name of a class loads nothing. Raises SettingsError with every fault.
    """
    stt, llm, tts = _joined(stt), _joined(llm), _joined(tts)
    unfit = _unfit({"stt": stt, "llm": llm, "tts": tts})
    agent = take_agent(options, unfit)
    given_tools, hooks = take_tools(options, agent, unfit), take_hooks(options, unfit)
    memory, summary_llm = take_memory(options, unfit), take_summary_model(options, unfit)
    redaction_hooks = take_redaction_hooks(options, unfit)
    telemetry = take_telemetry(options, unfit)
    if isinstance(room, SceneHost):
        stt, llm, tts = room.bind_providers(stt, llm, tts)
    given = cast(dict[ProviderKind, object], {"stt": stt, "llm": llm, "tts": tts})
    own_room = room if not isinstance(room, str) else None
    if settings is None:
        settings = _read(room, given, unfit, given_tools.instead_of(options))
    elif options or isinstance(room, str) or any(isinstance(it, str) and it != AUTO for it in given.values()):
        raise TypeError("VoiceBot takes either settings or keywords: put what the keywords say into the settings")
    elif unfit:
        raise SettingsError(unfit)
    else:
        without: dict[str, Any] = {kind: ProviderChoice(NO_PROVIDER) for kind, it in given.items() if it is None}
        settings = replace(settings, **without)
    warn_of_unused(agent, settings)
    if memory is None and settings.memory is not None:
        memory = open_memory(settings.memory)
    if memory is not None and settings.limits.memory_key is not None:
        memory = OneMemory(memory, settings.limits.memory_key)
    return Parts(
        settings=settings,
        room=own_room,
        stt=_object(stt),
        llm=_object(llm),
        tts=_object(tts),
        tools=given_tools.resolved(settings),
        agent=agent,
        hooks=hooks,
        metadata=given_tools.metadata,
        memory=memory,
        summary_llm=summary_llm,
        redactor=make_redactor(settings, redaction_hooks),
        telemetry=telemetry,
    )


def _read(
    room: str | Room | SceneHost | None, given: dict[ProviderKind, object], unfit: list[str], asked: dict[str, object]
) -> Settings:
    joins = room is None or isinstance(room, str)
    if isinstance(room, str):
        asked["room"] = room
    elif isinstance(room, Room):
        asked["room"] = room.name
    for kind, it in given.items():
        if not isinstance(it, str):
            asked[kind] = NO_PROVIDER
        elif it != AUTO:
            asked[kind] = it
    reading = read_settings(asked, environ=os.environ, directory=Path.cwd(), joins=joins)
    faults = (*reading.faults, *unfit, *missing_providers(reading))
    if reading.settings is None or faults:
        raise SettingsError((*faults, *reading.warnings))
    return reading.settings


def _unfit(given: dict[ProviderKind, object]) -> list[str]:
    return [
        f"{kind}={it!r} is no {KIND_NOUNS[kind]}: it {fault}."
        for kind, it in given.items()
        if it is not None and not isinstance(it, str) and (fault := violation(it, PORTS[kind]))
    ]


def _joined(given: str | Sequence[str] | T | None) -> str | T | None:
    """Write a list of names as one text, in the order in which they take over."""
    if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
        return ",".join(given)
    return cast("str | T | None", given)


def _object(given: str | T | None) -> T | None:
    return None if isinstance(given, str) else given

"""What a bot is made of, out of the keywords of somebody's own program."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from bot.assembly.room_port import SceneHost
from bot.room import Room
from bot.settings.options import NO_PROVIDER, STAGE_NOUNS, Keywords, ProviderKind
from bot.settings.settings import Settings, missing_providers, read_settings
from bot.settings.values import ProviderChoice
from pipeline.errors import SettingsError
from pipeline.port_check import PORTS, violation
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

AUTO: Final = "auto"
"""The provider of a stage for which there is a key, as on the command line."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """Settings, and what is given as an object instead of a name; None where the settings choose."""

    settings: Settings
    room: Room | SceneHost | None
    stt: Transcriber | None
    llm: LanguageModel | None
    tts: Synthesizer | None


def resolve_arguments(
    settings: Settings | None,
    room: str | Room | SceneHost | None,
    stt: str | Transcriber | None,
    llm: str | LanguageModel | None,
    tts: str | Synthesizer | None,
    options: Keywords,
) -> Parts:
    """Read and check the keywords; what they leave open comes from the environment, .env.local and .env.

    Raises SettingsError with every fault.
    """
    unfit = _unfit({"stt": stt, "llm": llm, "tts": tts})
    if isinstance(room, SceneHost):
        stt, llm, tts = room.bind_providers(stt, llm, tts)
    given = cast(dict[ProviderKind, object], {"stt": stt, "llm": llm, "tts": tts})
    own_room = room if not isinstance(room, str) else None
    if settings is None:
        settings = _read(room, given, unfit, options)
    elif options or isinstance(room, str) or any(isinstance(it, str) and it != AUTO for it in given.values()):
        raise TypeError("VoiceBot takes either settings or keywords: put what the keywords say into the settings")
    elif unfit:
        raise SettingsError(unfit)
    else:
        without: dict[str, Any] = {stage: ProviderChoice(NO_PROVIDER) for stage, it in given.items() if it is None}
        settings = replace(settings, **without)
    return Parts(settings, own_room, _object(stt), _object(llm), _object(tts))


def _read(
    room: str | Room | SceneHost | None, given: dict[ProviderKind, object], unfit: list[str], options: Keywords
) -> Settings:
    asked: dict[str, object] = {**options}
    joins = room is None or isinstance(room, str)
    if isinstance(room, str):
        asked["room"] = room
    elif isinstance(room, Room):
        asked["room"] = room.name
    for stage, it in given.items():
        if not isinstance(it, str):
            asked[stage] = NO_PROVIDER
        elif it != AUTO:
            asked[stage] = it
    reading = read_settings(asked, environ=os.environ, directory=Path.cwd(), joins=joins)
    faults = (*reading.faults, *unfit, *missing_providers(reading))
    if reading.settings is None or faults:
        raise SettingsError((*faults, *reading.warnings))
    return reading.settings


def _unfit(given: dict[ProviderKind, object]) -> list[str]:
    return [
        f"{stage}={it!r} is no {STAGE_NOUNS[stage]}: it {fault}."
        for stage, it in given.items()
        if it is not None and not isinstance(it, str) and (fault := violation(it, PORTS[stage]))
    ]


def _object(given: str | T | None) -> T | None:
    return None if isinstance(given, str) else given

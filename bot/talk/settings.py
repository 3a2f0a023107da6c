"""The settings of a talk: the bot's own, with defaults for what is missing, before a LiveKit server runs."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.settings.reading import Reading, missing_providers, read_settings
from bot.settings.settings import Settings
from bot.settings.sources import gather
from bot.settings.values import Secret
from bot.talk.arguments import TalkArguments
from bot.talk.providers import Choice, choose
from bot.talk.server import GivenServer
from pipeline.errors import SettingsError
from pipeline.providers.local.probe import LocalModel

GREETING = "Hello! I can hear you. What can I do for you?"
"""The default greeting for visitors of the page: it shows that the bot is there."""

STAND_INS = {
    "url": ("LIVEKIT_URL", "ws://127.0.0.1:7880"),
    "livekit_api_key": ("LIVEKIT_API_KEY", "unknown"),
    "livekit_api_secret": ("LIVEKIT_API_SECRET", "unknown"),
}
"""Values in place of an unknown server's, so that all other settings can be checked before one is started."""


@dataclass(frozen=True)
class Talk:
    """The checked settings, and the bot's flags and environment without the server's."""

    server: GivenServer
    room: str
    person: str | None
    """The identity of the person to talk to, if one was chosen."""
    journal: Path | None
    choice: Choice
    flags: tuple[str, ...]


def prepare(arguments: TalkArguments, find_model: Callable[[], LocalModel | None]) -> Talk:
    """Check all of the bot's settings and add defaults. `find_model` looks for a language model on this machine.

    Raises SettingsError.
    """
    given = gather(arguments.bot_options, os.environ, Path.cwd(), "flag").found
    if "livekit_token" in given:
        fault = "opens one room only, as one person: unset it; the tokens for a talk are made from key and secret."
        raise SettingsError([f"{given['livekit_token'].source} {fault}"])
    stand_ins = {variable: value for name, (variable, value) in STAND_INS.items() if name not in given}
    options = dict(arguments.bot_options)
    if "room" not in given:
        options["room"] = f"talk-{secrets.token_hex(3)}"
    if "demo" not in given:
        options["demo"] = True
    environ = {**os.environ, **stand_ins}
    reading = read_settings(options, environ=environ, directory=Path.cwd(), origin="flag")
    settings = reading.require()
    if missing := missing_providers(reading):
        raise SettingsError(missing)
    server = GivenServer(*(_plain(reading.checked[name]) if name in given else None for name in STAND_INS))
    choice = choose(reading, find_model)
    flags = (*arguments.bot_flags, *_defaults(arguments, reading, settings, choice))
    return Talk(server, settings.room, settings.participant, settings.journal, choice, flags)


def _plain(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _defaults(arguments: TalkArguments, reading: Reading, settings: Settings, choice: Choice) -> list[str]:
    """Return flags for defaults that differ in a talk."""
    flags = ["--room", settings.room]
    if settings.demo:
        flags.append("--demo")
    if "log_level" not in reading.raw:
        flags += ["--log-level", "warning"]
    if arguments.play is not None:
        return flags
    if "stay" not in reading.raw:
        flags.append("--stay")  # a visitor may leave the page and come back
    if settings.greeting is None and settings.greeting_instructions is None:
        flags += ["--greeting", choice.greeting or GREETING]
    return flags

"""Reads the server's settings, anew at each use: a missing key can be added while the server runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.mcp_server.bot_factory import MakeBot, make_bot
from bot.settings.demo import chosen_by_demo
from bot.settings.describe import files_in
from bot.settings.options import NO_PROVIDER
from bot.settings.reading import Reading, load_server_access, missing_providers, read_settings
from bot.settings.settings import ServerAccess, Settings
from bot.settings.sources import Origin
from pipeline.errors import SettingsError

FLAG: Origin = "flag"


@dataclass(frozen=True, slots=True)
class Setup:
    """Flags, environment, the folder with the .env files, and what makes the bots."""

    options: Mapping[str, object]
    environ: Mapping[str, str]
    directory: Path
    make_bot: MakeBot = field(default=make_bot)

    def reading(self, room: str | None = None) -> Reading:
        """Return the settings and what is missing. A language model is optional: only converse needs it.

        That of the demo is too small to pursue a goal, so it is not loaded.
        """
        options = {**self.options, **({"room": room} if room else {})}
        reading = self._read(options)
        is_missing = "llm" not in reading.checked and "llm" not in reading.raw
        if is_missing or chosen_by_demo(reading, "llm") is not None:
            reading = self._read({**options, "llm": NO_PROVIDER})
        return reading

    def settings(self, room: str) -> Settings:
        """Return the settings of a bot for this room, without a greeting. Raises SettingsError with every fault."""
        reading = self.reading(room)
        faults = (*reading.faults, *missing_providers(reading))
        if reading.settings is None or faults:
            raise SettingsError((*faults, *reading.warnings, files_in(self.directory)))
        return replace(reading.settings, greeting=None, greeting_instructions=None, stay=False)

    def access(self) -> ServerAccess:
        """Return address and keys of the LiveKit server. Raises SettingsError."""
        return load_server_access(self.options, environ=self.environ, directory=self.directory, origin=FLAG)

    def configured(self, name: str) -> str | None:
        """Return a text setting by its name; None when it is not set or invalid."""
        reading = self._read(self.options)
        value = reading.checked.get(name) if name in reading.raw else None
        return value if isinstance(value, str) else None

    def _read(self, options: Mapping[str, object]) -> Reading:
        return read_settings(options, environ=self.environ, directory=self.directory, origin=FLAG)

"""Where the server's settings come from: read anew at each use, so that a key that was missing can be put in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.settings.options import NO_PROVIDER
from bot.settings.settings import Reading, ServerAccess, Settings, load_server_access, missing_providers, read_settings
from bot.settings.sources import Origin
from pipeline.errors import SettingsError

FLAG: Origin = "flag"


@dataclass(frozen=True, slots=True)
class Setup:
    """Flags, environment and the folder with the .env files."""

    options: Mapping[str, object]
    environ: Mapping[str, str]
    directory: Path

    def reading(self, room: str | None = None) -> Reading:
        """What there is, and what is missing. Without a language model there is no converse, and all else."""
        options = {**self.options, **({"room": room} if room else {})}
        reading = self._read(options)
        if "llm" not in reading.checked and "llm" not in reading.raw:
            reading = self._read({**options, "llm": NO_PROVIDER})
        return reading

    def settings(self, room: str) -> Settings:
        """Of a bot for this room, which says nothing by itself. Raises SettingsError with every fault."""
        reading = self.reading(room)
        faults = (*reading.faults, *missing_providers(reading))
        if reading.settings is None or faults:
            raise SettingsError((*faults, *reading.warnings))
        return replace(reading.settings, greeting=None, greeting_instructions=None, stay=False)

    def access(self) -> ServerAccess:
        """To the server's list of rooms. Raises SettingsError."""
        return load_server_access(self.options, environ=self.environ, directory=self.directory, origin=FLAG)

    def configured(self, name: str) -> str | None:
        """A setting of text that needs no other one, None when it is not set or faulty."""
        reading = self._read(self.options)
        value = reading.checked.get(name) if name in reading.raw else None
        return value if isinstance(value, str) else None

    def _read(self, options: Mapping[str, object]) -> Reading:
        return read_settings(options, environ=self.environ, directory=self.directory, origin=FLAG)

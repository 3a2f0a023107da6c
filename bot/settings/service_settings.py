"""The settings of `python -m bot serve`: those of the server, and the keys of programs that use the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings.reading import read_server, server_access
from bot.settings.settings import ServerAccess
from bot.settings.sources import Origin
from bot.settings.values import Secret, secrets_in


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Everything resolved and checked."""

    access: ServerAccess
    api_keys: tuple[Secret, ...]
    log_level: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key in plain text: what nothing may show."""
        return secrets_in((*self.api_keys, self.access.api_key, self.access.api_secret))


def load_service_settings(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "keyword"
) -> ServiceSettings:
    """Read them; what else is set concerns the bots. Raises SettingsError."""
    further = ("api_keys", "log_level")
    check = read_server(options, environ=environ, directory=directory, origin=origin, further=further)
    keys, level = check.checked.get("api_keys", ()), check.checked.get("log_level", "info")
    assert isinstance(keys, tuple)
    assert isinstance(level, str)
    return ServiceSettings(server_access(check), keys, level)

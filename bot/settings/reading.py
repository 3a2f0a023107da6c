"""Settings are read from all sources and checked in one pass; every fault is reported at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.providers.registry import KIND_NOUNS, KINDS, NO_PROVIDER, PROVIDERS, ProviderKind, key_variables, offering
from bot.settings.checks import Check, check_each, choose_provider, settle_identity
from bot.settings.options import OPTIONS
from bot.settings.redaction_settings import redaction_faults
from bot.settings.settings import ServerAccess, Settings
from bot.settings.sources import Origin, Precedence, Source, gather
from bot.settings.tool_checks import choose_tools
from bot.settings.transfer_checks import check_cost, check_recording, check_transfer
from bot.settings.values import BaseUrl, Secret, secrets_in
from pipeline.errors import SettingsError

SERVER = ("url", "livekit_api_key", "livekit_api_secret")

NO_SERVER = "no LiveKit server: set LIVEKIT_URL or give --url, such as ws://127.0.0.1:7880."


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the settings gave: the settings when there is no fault, and the evidence in either case.

    `checked` and `sources` go by option name; `checked` lacks what is faulty, `raw` has it as it was written.
    """

    settings: Settings | None
    checked: Mapping[str, object]
    raw: Mapping[str, object] = field(repr=False)  # with secrets in plain text
    sources: Mapping[str, Source]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    files: tuple[Path, ...]
    """The .env files that were read, the stronger first."""
    directory: Path
    """Where .env files are looked for."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key, token and password in plain text: what nothing may show."""
        return secrets_in(self.checked.values())

    def require(self) -> Settings:
        """The settings. Raises SettingsError with every fault, and with the warnings, which often say why."""
        if self.settings is None:
            raise SettingsError(self.faults + self.warnings)
        return self.settings


def load_settings(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "keyword"
) -> Settings:
    """Read and check all settings; `directory` has the .env files and the relative paths. Raises SettingsError."""
    return read_settings(options, environ=environ, directory=directory, origin=origin).require()


def read_settings(
    options: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    directory: Path,
    origin: Origin = "keyword",
    joins: bool = True,
    unused: Collection[str] = (),
) -> Reading:
    """Like `load_settings`, but keeps faults, sources and warnings beside the settings, and never raises.

    Without `joins` the bot is to be in a room already: no server and no key to it are needed. Options that are `unused`
    are read from `options` alone: what else is set for them concerns another program.
    """
    findings = gather(options, environ, directory, origin)
    for name in unused:
        if name in findings.found and findings.found[name].source.rank is not Precedence.OPTION:
            del findings.found[name]
    check = Check(findings, directory)
    if joins:
        check.missing("room", "no room: name one with --room NAME.")
        check.missing("url", NO_SERVER)
    is_token_of_use = "livekit_token" not in unused
    if joins and not is_token_of_use:
        _require_key_pair(check)
    check_each(check)
    settle_identity(check, joins=joins and is_token_of_use)
    for kind in KINDS:
        choose_provider(check, kind)
    choose_provider(check, "llm", "summary_llm")
    choose_tools(check)
    check_transfer(check, joins=joins)
    check_recording(check)
    check_cost(check)
    check.faults += redaction_faults(check.checked)
    warnings, files = tuple(findings.warnings), tuple(findings.files)
    return Reading(
        settings=None if check.faults else _settings(check.checked, warnings, files),
        checked=check.checked,
        raw={name: found.raw for name, found in findings.found.items()},
        sources=check.sources,
        faults=tuple(check.faults),
        warnings=warnings,
        files=files,
        directory=directory,
    )


def _settings(checked: Mapping[str, object], warnings: tuple[str, ...], files: tuple[Path, ...]) -> Settings:
    own: dict[str, Any] = {each.name: checked[each.name] for each in fields(Settings) if each.name in checked}
    keys, base_urls = dict[str, Secret](), dict[str, BaseUrl]()
    for provider in PROVIDERS:
        if isinstance(key := checked.get((provider.key or "").lower()), Secret):
            keys[provider.name] = key
        if isinstance(url := checked.get((provider.base_url or "").lower()), BaseUrl):
            base_urls[provider.name] = url
    return Settings(**own, keys=keys, base_urls=base_urls, warnings=warnings, files=files)


def load_server_access(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "keyword"
) -> ServerAccess:
    """The settings of the server alone, from the same sources; others may be missing or wrong. Raises SettingsError."""
    return server_access(read_server(options, environ=environ, directory=directory, origin=origin))


def read_server(
    options: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    directory: Path,
    origin: Origin = "keyword",
    further: Iterable[str] = (),
) -> Check:
    """Read the settings of the server, and `further` ones where they are set. Raises SettingsError."""
    findings = gather(options, environ, directory, origin)
    check = Check(findings, directory)
    check.missing("url", NO_SERVER)
    _require_key_pair(check)
    wanted = (*SERVER, *further)
    for option in OPTIONS:
        if option.name in wanted and option.name in check.found:
            check.take(option)
    if check.faults:
        raise SettingsError((*check.faults, *findings.warnings))
    return check


def _require_key_pair(check: Check) -> None:
    for name in SERVER[1:]:
        check.missing(
            name, f"no {name.upper()}: set it; the server's key pair is needed, a token is for one room only."
        )


def server_access(check: Check) -> ServerAccess:
    """Return the access to the server that `read_server` has read."""
    url, key, secret = (check.checked[name] for name in SERVER)
    assert isinstance(url, str)
    assert isinstance(key, Secret)
    assert isinstance(secret, Secret)
    return ServerAccess(url, key, secret)


def load_memory_path(
    options: Mapping[str, object], *, environ: Mapping[str, str], directory: Path, origin: Origin = "keyword"
) -> Path:
    """The path of the memory alone, from the same sources. Raises SettingsError."""
    findings = gather(options, environ, directory, origin)
    check = Check(findings, directory)
    check.missing("memory", "no memory: name its folder or SQLite file with --memory, or set BOT_MEMORY.")
    for option in OPTIONS:
        if option.name == "memory" and option.name in check.found:
            check.take(option)
    path = check.checked.get("memory")
    if not isinstance(path, Path):
        raise SettingsError((*check.faults, *findings.warnings))
    return path


def missing_providers(reading: Reading) -> tuple[str, ...]:
    """A sentence for each kind for which nothing was chosen and no key is there; "none" is a choice."""
    return tuple(no_provider(kind) for kind in KINDS if kind not in reading.checked and kind not in reading.raw)


def no_provider(kind: ProviderKind) -> str:
    """What to do when there is no provider of a kind."""
    names = ", ".join(provider.name for provider in offering(kind))
    return (
        f"no {KIND_NOUNS[kind]}: set {key_variables(kind)}, choose one with --{kind} "
        f"({names}, or {NO_PROVIDER} to do without), or use what needs no key with --demo."
    )

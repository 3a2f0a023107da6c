"""The whole examination, in bounded time: this machine, then server and providers side by side."""

import asyncio
import importlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.doctor.finding import Finding, Subject
from bot.doctor.server import TokenAccess, examine_server
from bot.doctor.tools import examine_mcp_server, examine_webhook
from bot.process.redaction import redact
from bot.providers.factory import chosen_sdks, each_by_itself
from bot.providers.registry import KINDS
from bot.settings.describe import files_read
from bot.settings.reading import NO_SERVER, Reading, load_server_access, missing_providers, read_settings
from bot.settings.settings import ServerAccess, Settings
from bot.settings.values import Secret
from pipeline.errors import SettingsError

TIME_LIMIT = 7.0
"""Seconds for all of it: with what Python needs to start and to end, 10."""

NOT_TRIED = "not tried: correct the settings first"

BUSY = "too slow, or too busy, for a call: end other programs, and try again"
"""Said when this machine itself takes up the time: whatever was to be asked is not to blame then."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The parts of the settings that are usable, and findings about the others."""

    reading: Reading
    settings: Settings | None
    access: ServerAccess | TokenAccess | None
    findings: tuple[Finding, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return self.reading.secrets


def collect(options: Mapping[str, object], environ: Mapping[str, str], directory: Path) -> Situation:
    """Read the settings of a bot. Server and providers may be usable independently."""
    reading = read_settings(options, environ=environ, directory=directory, origin="flag", joins=False)
    faults = [*reading.faults, *missing_providers(reading)]
    access: ServerAccess | TokenAccess | None = None
    if "livekit_token" in reading.raw:  # it is used instead of the key pair
        token, url = reading.checked.get("livekit_token"), reading.checked.get("url")
        if isinstance(token, Secret) and isinstance(url, str):
            access = TokenAccess(url, token)
        elif "url" not in reading.raw:
            faults.append(NO_SERVER)
    else:
        try:
            access = load_server_access(options, environ=environ, directory=directory, origin="flag")
        except SettingsError as error:
            faults += error.faults
    faults = [fault for fault in dict.fromkeys(faults) if fault not in reading.warnings]
    findings = [Finding("settings", "fail", fault) for fault in faults]
    findings += [Finding("settings", "warn", warning) for warning in reading.warnings]
    if not findings:
        findings.append(Finding("settings", "ok", "nothing is missing; python -m bot --print-config shows them"))
    findings.insert(0, Finding("files", "ok", files_read(reading.files, directory)))
    return Situation(reading, reading.settings, access, tuple(findings))


async def examine(situation: Situation) -> list[Finding]:
    """Examine everything; the findings are in an order for people, and without secrets."""
    limit_at = asyncio.get_running_loop().time() + TIME_LIMIT
    late = f"the packages were not loaded within {TIME_LIMIT:.0f} s: this machine is {BUSY}"
    own = await _bounded("python", asyncio.to_thread(_examine_machine, situation), limit_at, late)
    checks: list[tuple[Subject, Coroutine[Any, Any, list[Finding]]]] = []
    if situation.access is not None:
        checks.append(("server", examine_server(situation.access)))
    checks += _provider_checks(situation)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_bounded(subject, check, limit_at)) for subject, check in checks]
    findings = [*own, *situation.findings]
    if situation.access is None:
        findings.append(Finding("server", "warn", NOT_TRIED))
    findings += [finding for task in asked for finding in task.result()]
    if situation.settings is None:
        findings += [Finding(kind, "warn", NOT_TRIED) for kind in KINDS]
    return [replace(finding, text=redact(finding.text, situation.secrets)) for finding in findings]


def _provider_checks(situation: Situation) -> list[tuple[Subject, Coroutine[Any, Any, list[Finding]]]]:
    from bot.doctor.local import examine_local, try_engines
    from bot.doctor.providers import examine_provider, examine_summary_model

    reading = situation.reading
    missed = frozenset(kind for kind in KINDS if kind not in reading.checked and kind not in reading.raw)
    local = examine_local(str(reading.checked.get("language", "en")), missed)
    checks: list[tuple[Subject, Coroutine[Any, Any, list[Finding]]]] = [("local", local)]
    if situation.settings is not None:
        checks += [("local", try_engines(missed, situation.settings))] if missed else []
        asked = [(kind, one) for kind in KINDS for one in each_by_itself(kind, situation.settings)]
        checks += [(kind, examine_provider(kind, one, situation.reading)) for kind, one in asked]
        checks.append(("summary", examine_summary_model(situation.settings, situation.reading)))
        checks += [("mcp", examine_mcp_server(server)) for server in situation.settings.mcp_servers]
        checks += [("webhook", examine_webhook(webhook)) for webhook in situation.settings.webhook_tools]
    return checks


def _examine_machine(situation: Situation) -> list[Finding]:
    """Examine this machine, in a thread. Load here what the other checks need: an import would spoil their times."""
    from bot.doctor import machine

    settings = situation.settings
    parts: list[tuple[Subject, Callable[[], Finding]]] = [
        ("python", machine.examine_python),
        ("packages", machine.examine_packages),
        ("detector", machine.examine_detector),
        ("journal", lambda: machine.examine_journal(settings.journal if settings else None)),
    ]
    findings = []
    for subject, examine_part in parts:
        try:
            findings.append(examine_part())
        except Exception as error:  # noqa: BLE001 - a package that does not load may raise anything
            findings.append(Finding(subject, "fail", f"{type(error).__name__}: {error}; install Rawbot anew"))
    client = ["bot.tools.mcp.connection"] if settings and settings.mcp_servers else []
    for package in ("bot.doctor.local", *(chosen_sdks(settings) if settings else ()), *client):
        with suppress(Exception):  # the provider that needs it will say so
            importlib.import_module(package)
    return findings


async def _bounded(
    subject: Subject, check: Coroutine[Any, Any, list[Finding]], limit_at: float, late: str | None = None
) -> list[Finding]:
    """Run a check; that it fails, or takes too long, is a finding, too: `late`, or that there was no answer."""
    if asyncio.get_running_loop().time() >= limit_at:
        check.close()
        return [Finding(subject, "warn", f"not tried, as no time was left: this machine is {BUSY}")]
    try:
        async with asyncio.timeout_at(limit_at):
            return await check
    except TimeoutError:
        if subject == "local":  # without which a call may work
            return [Finding(subject, "warn", f"no answer within {TIME_LIMIT:.0f} s: this machine is {BUSY}")]
        no_answer = f"no answer within {TIME_LIMIT:.0f} s: check the network, and try again"
        return [Finding(subject, "warn" if subject == "summary" else "fail", late or no_answer)]
    except Exception as error:  # noqa: BLE001 - a custom provider may raise anything
        return [Finding(subject, "fail", f"{type(error).__name__}: {error}")]

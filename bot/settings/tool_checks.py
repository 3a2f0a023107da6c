"""The tools that the settings name: read and loaded once, so that every fault is reported at the start."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from bot.process.loading import is_file
from bot.settings import values
from bot.settings.checks import Check
from bot.tools.mcp.server_config import read_servers
from bot.tools.tool_file import read_json
from bot.tools.webhooks.webhook_config import read_webhooks

T = TypeVar("T")

ReadEntries = Callable[[object, Mapping[str, str]], tuple[tuple[T, ...], list[str]]]
"""Reads a file's entries; returns them and a sentence for each fault. Raises ValueError for what has none."""

NO_SDK = "the package mcp is not installed, which the MCP servers need: pip install 'rawbot[mcp]'."


def choose_tools(check: Check) -> None:
    """Take the settings `tools`, `mcp` and `webhooks`; note what is wrong with them."""
    names = _take_functions(check) + _take_webhooks(check)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        check.faults.append(f"there are two tools of the name {name}: rename one of them.")
    if (given := _read_file(check, "mcp")) is not None:
        check.checked["mcp_servers"] = _entries(check, "mcp", read_servers, given)
        if find_spec("mcp") is None:
            check.faults.append(NO_SDK)


def _take_functions(check: Check) -> list[str]:
    """Load FILE.py, package.module and the names of built-in tools; return the tools' names."""
    if (found := check.found.get("tools")) is None:
        return []
    from bot.tools.references import bind_tools, load_tools, tool_of  # here: --help has to stay quick

    named, loaded = [], []
    try:
        for name in values.read_keyterms(found.raw):
            name = str(check.path(name)) if is_file(name) else name
            loaded += load_tools(name) if found.source.is_trusted else [tool_of(name)]
            named.append(name)
    except ValueError as error:
        check.fault("tools", f"{error}.")
        return []
    check.checked["tools"] = tuple(named)
    bound, faults = bind_tools(loaded)
    check.faults += faults
    return [tool.definition.name for tool in bound]


def _take_webhooks(check: Check) -> list[str]:
    if (given := _read_file(check, "webhooks")) is None:
        return []
    before = len(check.faults)
    webhooks = _entries(check, "webhooks", read_webhooks, given)
    if len(check.faults) == before:
        from bot.tools.webhooks.webhook_tool import make_webhooks

        check.faults += make_webhooks(webhooks)[1]
    check.checked["webhook_tools"] = webhooks
    return [webhook.name for webhook in webhooks]


def _entries(check: Check, name: str, read: ReadEntries[T], given: object) -> tuple[T, ...]:
    """Read the entries of the file that a setting names; note their faults."""
    try:
        entries, faults = read(given, check.variables)
    except ValueError as error:
        check.fault(name, f"names {check.checked[name]}, which {error}.")
        return ()
    check.faults += faults
    return entries


def _read_file(check: Check, name: str) -> Any:
    """Read the JSON file that a setting names; None without one, or with a fault, which is noted."""
    if (found := check.found.get(name)) is None:
        return None
    if not found.source.is_trusted or not isinstance(found.raw, str | Path):
        check.fault(name, "names a file: set it as a flag, in the environment or in .env.")
        return None
    path = check.path(found.raw)
    check.checked[name] = path
    try:
        given = read_json(path)
        return {} if given is None else given
    except ValueError as error:
        check.fault(name, f"{error}.")
        return None

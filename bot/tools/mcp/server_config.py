"""The MCP servers of a file, in the form that hosts of MCP share: `{"mcpServers": {"NAME": {...}}}`.

A server is a program, {"command": ..., "args": [...], "env": {...}, "cwd": ...}, which is talked to over its stdin and
stdout, or an address, {"url": ..., "headers": {...}}, which is talked to by streamable HTTP. Both may have "allow" or
"deny", lists of its tools, "timeout", the seconds after which a call is given up (15 if left out), and "disabled".
`${NAME}` in a value is a variable of the environment or of .env.

Only the standard library is imported: a file is checked before the bot joins.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.tools.tool_file import FileEntry, is_http, keys_in
from bot.tools.variables import Variables

KEYS = frozenset({"command", "args", "env", "cwd", "url", "headers", "type", "allow", "deny", "timeout", "disabled"})

TYPES = {"stdio": "command", "http": "url", "streamable-http": "url", "streamableHttp": "url"}
"""Names that hosts have for the two transports, and the key that each needs."""

INSTALLED_BY = {"uvx": "pip install uv", "npx": "install Node.js", "docker": "install Docker"}
"""How to get programs that the instructions of servers name."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """One server: `command` for a program, else `url`. `secrets` are values that nothing may show."""

    name: str
    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow: tuple[str, ...] = ()
    """The tools that are offered; empty for all."""
    deny: tuple[str, ...] = ()
    """Tools that are not offered."""
    timeout: float = 15.0
    """Seconds after which a call is given up."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    """By which the bot proves itself to it: no answer may repeat them."""

    def offers(self, tool: str) -> bool:
        """Whether one of its tools is offered to the language model."""
        return tool not in self.deny and (not self.allow or tool in self.allow)

    def program(self) -> str:
        """Return the path of its program. Raises ValueError with half a sentence that says what to do."""
        if self.cwd is not None and not Path(self.cwd).is_dir():
            raise ValueError(f"has cwd={self.cwd!r}, which is no folder: correct it")
        is_path = bool(os.path.dirname(self.command))  # then it is one within cwd
        wanted = os.path.join(self.cwd or "", self.command) if is_path else self.command
        if found := shutil.which(wanted, path=self.env.get("PATH")):
            return os.path.abspath(found)
        if is_path and os.path.isfile(wanted):
            what = "a file that may not be run: chmod +x it, or give the program that runs it"
        else:
            what = f"no program here: {INSTALLED_BY.get(self.command, 'install it')}, or correct it"
        raise ValueError(f"has command={self.command!r}, which is {what}")


def read_servers(given: object, variables: Mapping[str, str] | None) -> tuple[tuple[McpServer, ...], list[str]]:
    """Read the servers that are not disabled; return them, and a sentence for each fault.

    `variables` are those that `${NAME}` stands for; None to take it literally. Raises ValueError with half a sentence
    for what has no servers.
    """
    faults: list[str] = []
    servers = given.get("mcpServers") if isinstance(given, dict) else None
    if not isinstance(servers, dict):
        raise ValueError('has no servers: write {"mcpServers": {"NAME": {"command": ...}}}')
    read = [_server(name, each, variables, faults) for name, each in servers.items()]
    return tuple(server for server in read if server is not None), faults


def _server(name: str, given: object, variables: Mapping[str, str] | None, faults: list[str]) -> McpServer | None:
    entry = FileEntry(f"the MCP server {name}", given, faults)
    if not isinstance(given, dict):
        return None
    entry.know(KEYS)
    if not name.strip():
        entry.fault("has an empty name: give it one")
    variables_of = Variables(variables, entry.fault)
    value = variables_of.expand
    command, url = value(entry.text("command")), value(entry.text("url"))
    _check_kind(entry, command, url)
    server = McpServer(
        name,
        command=command,
        args=tuple(map(value, entry.texts("args"))),
        env={key: value(text) for key, text in entry.mapping("env").items()},
        cwd=entry.text("cwd") or None,
        url=url,
        headers=entry.headers(value),
        allow=entry.texts("allow"),
        deny=entry.texts("deny"),
        timeout=entry.number("timeout", 15.0),
        secrets=tuple(variables_of.used),
    )
    server = replace(server, keys=(*keys_in(server.headers, url), *keys_in(server.env)))
    is_disabled = entry.switch("disabled", False)
    _check_program(entry, server)
    if command and not is_disabled and not entry.is_faulty:
        try:
            server.program()
        except ValueError as error:
            entry.fault(str(error))
    return None if is_disabled else server


def _check_program(entry: FileEntry, server: McpServer) -> None:
    """Note what no program can be given."""
    if any("\0" in text for text in (server.command, *server.args, *server.env.values(), server.cwd or "")):
        entry.fault("has a NUL character in command, args, env or cwd: take it out")
    if wrong := [name for name in server.env if not name or "=" in name or "\0" in name]:
        entry.fault(f"has {wrong[0]!r} in env, which is no name of a variable: correct it")


def _check_kind(entry: FileEntry, command: str, url: str) -> None:
    kind = entry.text("type")
    if bool(command) == bool(url):
        entry.fault('has to have one of "command", for a program, and "url", for an address')
    elif kind and kind not in TYPES:
        entry.fault(f'has type={kind!r}: this bot talks with "stdio" and "http" servers')
    elif kind and bool(url) != (TYPES[kind] == "url"):
        entry.fault(f'has type={kind!r}, which needs "{TYPES[kind]}"')
    elif url and not is_http(url):
        entry.fault("has a url that is no address: write http://host/path or https://host/path")

"""The files of MCP servers and webhooks: what they say, and what is wrong with them, told at the start."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings.reading import Reading, read_settings
from bot.settings.settings import Settings
from bot.tools.mcp.server_config import McpServer
from bot.tools.webhooks.webhook_config import Webhook

ROOT = Path(__file__).resolve().parents[3]
SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret"}
SQLITE = {"command": sys.executable, "args": ["--db", "x.db"]}
BOOK = {"name": "book", "description": "Book a slot.", "url": "https://example.com/book"}


def read(folder: Path, kind: str, given: object, environ: dict[str, str] | None = None, **options: Any) -> Reading:
    text = given if isinstance(given, str) else json.dumps(given)
    (folder / "given.json").write_text(text)
    options = {"room": "kitchen", kind: "given.json", **options}
    return read_settings(options, environ=SERVER | (environ or {}), directory=folder, origin="flag")


def servers(folder: Path, given: object, environ: dict[str, str] | None = None) -> Reading:
    return read(folder, "mcp", {"mcpServers": given}, environ)


def webhooks(folder: Path, *given: object, environ: dict[str, str] | None = None, **options: Any) -> Reading:
    return read(folder, "webhooks", {"webhooks": given}, environ, **options)


def settings_of(reading: Reading) -> Settings:
    assert reading.faults == ()
    assert reading.settings is not None
    return reading.settings


def test_servers_are_read_with_their_variables(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REMOTE_TOKEN=of-dot-env\nDB=of-dot-env\n")
    given = {
        "sqlite": SQLITE | {"args": ["--db", "${DB}"], "env": {"A": "b"}, "cwd": "/", "allow": ["read_query"]},
        "remote": {
            "type": "http",
            "url": "https://example.com/mcp",
            "headers": {"Authorization": "Bearer ${REMOTE_TOKEN}"},
            "deny": ["drop"],
        },
        "off": {"command": "rawbot-no-such-program", "disabled": True},
    }
    settings = settings_of(servers(tmp_path, given, {"DB": "environment.db"}))
    sqlite, remote = settings.mcp_servers
    assert sqlite == McpServer(
        "sqlite",
        command=sys.executable,
        args=("--db", "environment.db"),
        env={"A": "b"},
        cwd="/",
        allow=("read_query",),
        secrets=("environment.db",),
    )
    assert (remote.url, remote.headers) == ("https://example.com/mcp", {"Authorization": "Bearer of-dot-env"})
    assert [remote.offers("drop"), remote.offers("add"), sqlite.offers("add"), sqlite.offers("read_query")] == [
        False,
        True,
        False,
        True,
    ]
    assert "of-dot-env" in settings.secrets
    assert "of-dot-env" not in repr(settings.mcp_servers)
    assert "environment.db" not in repr(settings.mcp_servers)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"it": SQLITE | {"comand": "x"}}, "the MCP server it has an unknown key 'comand'; did you mean command."),
        ({"it": SQLITE | {"verbose": 1}}, "the MCP server it has an unknown key 'verbose'; there are allow, args, "),
        ({"it": {"args": []}}, 'the MCP server it has to have one of "command", for a program, and "url"'),
        ({"it": SQLITE | {"url": "http://x"}}, 'the MCP server it has to have one of "command"'),
        ({"it": {"url": "ftp://x"}}, "the MCP server it has a url that is no address: write http://host/path"),
        (
            {"it": {"type": "sse", "url": "http://x"}},
            'has type=\'sse\': this bot talks with "stdio" and "http" servers',
        ),
        ({"it": {"type": "http", "command": "x"}}, "has type='http', which needs \"url\""),
        ({"it": SQLITE | {"args": "--db"}}, "the MCP server it has args='--db': write a list of texts"),
        ({"it": SQLITE | {"args": [1]}}, "the MCP server it has args=[1]: write a list of texts"),
        ({"it": SQLITE | {"env": {"A": 1}}}, "the MCP server it has a value in env that is no text"),
        ({"it": SQLITE | {"disabled": "yes"}}, "the MCP server it has disabled='yes': write true or false"),
        ({"it": {"command": "${NOT_SET}"}}, "the MCP server it needs NOT_SET: set it in the environment or in .env."),
        ({"it": SQLITE | {"args": ["a\0b"]}}, "the MCP server it has a NUL character in command, args, env or cwd"),
        ({"it": SQLITE | {"env": {"A=B": "c"}}}, "has 'A=B' in env, which is no name of a variable: correct it"),
        ({"it": {"url": "http://a b/"}}, "the MCP server it has a url that is no address"),
        (
            {"it": {"url": "http://x", "headers": {"a b": "c"}}},
            "the MCP server it has a header 'a b', which is no name",
        ),
        ({"it": {"url": "http://x", "headers": {"a": "c\nd"}}}, "the header a that HTTP does not take: write ASCII"),
        ({"it": {"url": "http://x", "headers": {"a": "ü"}}}, "the header a that HTTP does not take: write ASCII"),
        ({"it": "x"}, "the MCP server it is no object: write {...}."),
        (
            {"it": {"command": "rawbot-no-such-program"}},
            "the MCP server it has command='rawbot-no-such-program', which is no program here: install it, or correct",
        ),
        ({"it": SQLITE | {"env": {"PATH": "/"}, "command": "uvx"}}, "which is no program here: pip install uv, or"),
        ({"it": SQLITE | {"cwd": "/rawbot/none"}}, "the MCP server it has cwd='/rawbot/none', which is no folder:"),
        ({"it": {"command": "./given.json"}}, "has command='./given.json', which is a file that may not be run: chmod"),
        ({"": SQLITE}, "the MCP server  has an empty name: give it one."),
        ([], 'given.json, which has no servers: write {"mcpServers": {"NAME": {"command": ...}}}.'),
    ],
)
def test_a_faulty_server_is_reported(tmp_path: Path, given: Any, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = servers(tmp_path, given).faults
    assert any(fault in each for each in found), found


@pytest.mark.parametrize("name", ["mcp.json", "supabase.md"])
def test_an_example_has_no_fault(tmp_path: Path, name: str) -> None:
    text = (ROOT / "examples" / name).read_text("utf-8")
    given = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0] if name.endswith(".md") else text)
    for server in given["mcpServers"].values():
        server["command"] = sys.executable  # uvx and npx are not everywhere
    (server,) = settings_of(servers(tmp_path, given["mcpServers"], {"SUPABASE_ACCESS_TOKEN": "token"})).mcp_servers
    assert server.allow


def test_a_path_to_a_program_is_one_within_its_folder(tmp_path: Path) -> None:
    (tmp_path / "serve.sh").write_text("#!/bin/sh\n")
    (tmp_path / "serve.sh").chmod(0o755)
    (server,) = settings_of(servers(tmp_path, {"it": {"command": "./serve.sh", "cwd": str(tmp_path)}})).mcp_servers
    assert server.program() == str(tmp_path / "serve.sh")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "which is no JSON (Expecting property name"),
        ("[" * 100_000, "which is nested too deeply"),
        ('{"a": {"b": 1, "b": 2}}', "which has the key 'b' twice in one object: rename one."),
        ("null", "which has no "),
        ("[]", "which has no "),
        ("{}", "which has no "),
        (None, "which cannot be read (No such file or directory): correct the path."),
    ],
)
@pytest.mark.parametrize("kind", ["mcp", "webhooks"])
def test_a_file_that_is_no_json_is_reported(tmp_path: Path, text: str | None, fault: str, kind: str) -> None:
    options: dict[str, Any] = {kind: "missing.json"} if text is None else {}
    (found,) = read(tmp_path, kind, text or {}, **options).faults
    assert found.startswith(f"flag --{kind} names {tmp_path}/")
    assert fault in found


@pytest.mark.parametrize("kind", ["mcp", "webhooks"])
def test_a_keyword_names_no_file(tmp_path: Path, kind: str) -> None:
    (tmp_path / "given.json").write_text("{}")
    options = {"room": "kitchen", kind: "given.json"}
    (found,) = read_settings(options, environ=SERVER, directory=tmp_path, origin="keyword").faults
    assert found == f"keyword {kind} names a file: set it as a flag, in the environment or in .env."


def test_webhooks_are_read_with_their_variables(tmp_path: Path) -> None:
    given = BOOK | {
        "url": "https://${HOST}/book",
        "method": "put",
        "headers": {"X-Key": "${KEY}"},
        "secret": "${KEY}",
        "timeout": 3,
        "on_interrupt": "cancel",
        "filler": "One moment.",
        "parameters": {"type": "object", "properties": {"slot": {"type": "string"}}},
    }
    reading = webhooks(
        tmp_path, given, BOOK | {"name": "other"}, environ={"HOST": "h.example", "KEY": "the-key-itself"}
    )
    settings = settings_of(reading)
    first, second = settings.webhook_tools
    assert (first.url, first.method, first.headers) == ("https://h.example/book", "PUT", {"X-Key": "the-key-itself"})
    assert (first.secret, first.timeout, first.on_interrupt, first.filler) == (
        "the-key-itself",
        3.0,
        "cancel",
        "One moment.",
    )
    assert second == Webhook("other", "Book a slot.", {"type": "object", "properties": {}}, "https://example.com/book")
    assert "the-key-itself" in settings.secrets
    assert "the-key-itself" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (BOOK | {"ulr": ""}, "the webhook book has an unknown key 'ulr'; did you mean url."),
        (
            BOOK | {"headers": {"X-Key": "a\r\nb"}},
            "the webhook book has a value of the header X-Key that HTTP does not",
        ),
        (BOOK | {"url": "https://exa mple.com/"}, "the webhook book has no address: write a url"),
        (BOOK | {"url": "file:///etc/passwd"}, "the webhook book has no address: write a url"),
        (BOOK | {"url": "${NOT_SET}"}, "the webhook book needs NOT_SET: set it in the environment or in .env."),
        (BOOK | {"method": "HEAD"}, "the webhook book has method='HEAD': write one of POST, GET,"),
        (BOOK | {"timeout": 0}, "the webhook book has timeout=0: write a number of seconds above 0."),
        (BOOK | {"timeout": True}, "the webhook book has timeout=True: write a number of seconds above 0."),
        (BOOK | {"description": ""}, "the webhook book has no description"),
        (BOOK | {"name": "book a slot"}, "the webhook book a slot has a name that no model takes"),
        (BOOK | {"parameters": {"type": "string"}}, "has parameters that are no JSON Schema of an object"),
        (
            BOOK | {"parameters": {"type": "object", "required": 1}},
            "has parameters that are no JSON Schema: required: 1 ",
        ),
        (
            BOOK | {"parameters": {"type": "object", "properties": {"slot": {"type": "strin"}}}},
            "has parameters that are no JSON Schema: properties.slot.type: 'strin' is not",
        ),
        (BOOK | {"secret": "whsec_%"}, "the webhook book has a secret that is no base64 after whsec_: copy it again."),
        (BOOK | {"on_interrupt": "stop"}, "has on_interrupt='stop'"),
        (3, "the webhook 1 is no object: write {...}."),
    ],
)
def test_a_faulty_webhook_is_reported(tmp_path: Path, given: Any, fault: str) -> None:
    found = webhooks(tmp_path, given).faults
    assert any(fault in each for each in found), found


def test_a_name_that_is_given_twice_is_reported(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text("from bot import tool\n@tool\ndef book():\n    'Book.'\n")
    assert webhooks(tmp_path, BOOK, tools="twice.py").faults == (
        "there are two tools of the name book: rename one of them.",
    )
    assert webhooks(tmp_path, BOOK, BOOK).faults == ("there are two tools of the name book: rename one of them.",)

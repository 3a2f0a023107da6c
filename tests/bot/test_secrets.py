"""Planted keys reach nothing that anybody reads: every output, with a key in each place that takes one."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.process.redaction import redact
from bot.room.token import agent_token
from bot.settings.describe import describe
from bot.settings.keywords import resolve_arguments
from bot.settings.options import OPTIONS
from bot.settings.reading import Reading, read_settings
from bot.tools.mcp.mcp_results import hide_in_answer
from bot.tools.mcp.program import environment
from pipeline.module_process import without_secrets
from pipeline.providers._address import Address
from pipeline.providers._http_errors import RemoteService
from pipeline.testing import Scene
from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parents[2]

SECRET_ROWS = [row for row in OPTIONS if row.is_secret]
ADDRESS_ROWS = [row for row in OPTIONS if row.group == "Base URLs"]


def planted(tmp_path: Path) -> tuple[dict[str, str], list[str]]:
    """Variables with a key in every place that takes one, and all of these keys."""
    environ = {"LIVEKIT_URL": "ws://127.0.0.1:9", "BOT_ROOM": "demo", "OWN": "planted-own-variable"}
    for number, row in enumerate(SECRET_ROWS):
        environ[row.variable] = f"planted/key+{number}=of.{row.name}"
    for number, row in enumerate(ADDRESS_ROWS):
        environ[row.variable] = f"http://somebody:planted-password-{number}@127.0.0.1:9/{row.name}"
    environ["LIVEKIT_TOKEN"] = agent_token(api_key="k", api_secret="s" * 40, room="demo", identity="bot")
    environ["BOT_TRANSFER_WEBHOOK"] = "https://example.com/handover"
    webhook = {
        "name": "hook", "description": "d", "url": "http://127.0.0.1:9/",
        "secret": "whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldA==",
        "headers": {"Authorization": "Bearer planted-literal-header", "X-Own": "${OWN}"},
    }  # fmt: skip
    server = {
        "url": "http://user:planted-mcp-password@127.0.0.1:9/mcp",
        "headers": {"x-api-key": "planted-mcp-header"},
    }
    program = {"command": sys.executable, "args": ["-c", ""], "env": {"A_TOKEN": "planted-mcp-variable"}}
    (tmp_path / "webhooks.json").write_text(json.dumps({"webhooks": [webhook]}))
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"far": server, "near": program}}))
    environ |= {"BOT_WEBHOOKS": str(tmp_path / "webhooks.json"), "BOT_MCP": str(tmp_path / "mcp.json")}
    secrets = [environ[row.variable] for row in SECRET_ROWS]
    secrets += [f"planted-password-{number}" for number in range(len(ADDRESS_ROWS))]
    secrets += ["planted-own-variable", "planted-literal-header", webhook["secret"], "planted-mcp-password"]  # type: ignore[list-item]
    return environ, [*secrets, "planted-mcp-header", "planted-mcp-variable"]


def read(tmp_path: Path) -> tuple[Reading, list[str]]:
    environ, secrets = planted(tmp_path)
    reading = read_settings({}, environ=environ, directory=tmp_path, origin="flag")
    assert reading.faults == ()
    return reading, secrets


def shown(secrets: list[str], text: str) -> list[str]:
    """The secrets that a text shows, in any form."""
    forms = {secret: (secret, quote(secret, safe=""), b64encode(secret.encode()).decode()) for secret in secrets}
    return [secret for secret, written in forms.items() if any(form in text for form in written)]


def test_every_key_is_known_to_whatever_hides_them(tmp_path: Path) -> None:
    """So a new setting with a key, or a new place in a file, is hidden from the first day on."""
    reading, secrets = read(tmp_path)
    own = reading.require().secrets
    of_service = {row.variable for row in SECRET_ROWS if row.name == "api_keys"}  # no bot has it
    assert [it for it in secrets if it not in own] == [planted(tmp_path)[0][name] for name in of_service]


def test_no_value_shows_a_key_by_itself(tmp_path: Path) -> None:
    reading, secrets = read(tmp_path)
    bot = reading.require()
    parts = resolve_arguments(bot, Scene(), "auto", "auto", "auto", {})
    shown_of_each = [repr(bot), repr(reading), repr(parts), *(str(getattr(bot, it.name)) for it in fields(bot))]
    assert shown(secrets, "\n".join(shown_of_each)) == []
    assert shown(secrets, describe(reading)) == []


COMMANDS = [
    ["--print-config"], ["--help"], ["worker", "--help"], ["serve", "--help"], ["doctor", "--json"], ["rooms"],
    ["memory", "show", "ann"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda it: "_".join(it).replace("-", ""))
def test_no_command_prints_one(arguments: list[str], tmp_path: Path) -> None:
    """With a server that is not there, so that their errors are printed, too."""
    environ, secrets = planted(tmp_path)
    environ.pop("LIVEKIT_TOKEN")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=tmp_path, env={**kept, "PYTHONPATH": str(ROOT), **environ}, capture_output=True, text=True,
        timeout=WAIT_LIMIT, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    assert printed
    assert shown(secrets, printed) == []


KEY = "planted/key+of=provider"


@settings(max_examples=100)
@given(
    before=st.text(max_size=400),
    after=st.text(max_size=40),
    form=st.sampled_from([KEY, quote(KEY, safe=""), json.dumps(KEY), f"Bearer {KEY}", KEY[:-3]]),
    status=st.sampled_from([400, 401, 403, 404, 429, 500]),
)
def test_a_provider_that_repeats_its_key_in_an_error_is_not_quoted_with_it(
    before: str, after: str, form: str, status: int
) -> None:
    address = Address(is_secure=True, place="somebody:planted-password@127.0.0.1:9/path", is_given=True)
    service = RemoteService(name="toy", address=address, key_variable="TOY_KEY", url_variable="TOY_URL", key=KEY)
    text = str(service.status_error(status, f"{before} {form} {after}"))
    assert KEY[:12] not in text
    assert quote(KEY, safe="")[:14] not in text
    assert "planted-password" not in text


@settings(max_examples=100)
@given(
    before=st.text(max_size=20),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=20, max_size=60),
    cut=st.integers(12, 60),
)
def test_no_form_or_beginning_of_a_secret_stays(before: str, secret: str, cut: int) -> None:
    for form in (secret, quote(secret, safe=""), json.dumps(secret), b64encode(secret.encode()).decode()):
        clean = redact(f"{before} {form[: max(cut, 13)]}", [secret])
        assert form[:13] not in clean.removeprefix(before)


def test_a_program_that_serves_tools_gets_no_key_but_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ, secrets = planted(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (near,) = [it for it in read(tmp_path)[0].require().mcp_servers if it.name == "near"]
    assert shown(secrets, repr(environment(near))) == ["planted-mcp-variable"]


def test_an_engine_s_process_gets_none(tmp_path: Path) -> None:
    environ, secrets = planted(tmp_path)
    of_rows = [environ[row.variable] for row in SECRET_ROWS]
    assert shown(of_rows, repr(without_secrets(environ))) == []
    assert {"BOT_ROOM", "LIVEKIT_URL"} <= without_secrets(environ).keys()
    assert secrets


def test_a_tool_server_that_repeats_its_keys_does_not_tell_them_to_the_model() -> None:
    answer = {"sent": ["Bearer planted-mcp-header", 7], "ok": True}
    assert hide_in_answer(answer, ["planted-mcp-header"]) == {"sent": ["Bearer [secret]", 7], "ok": True}

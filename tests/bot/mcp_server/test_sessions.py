"""Clients that come, vanish, and must not come: over HTTP any number of them, over stdio one."""

import asyncio
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import httpx2
import pytest
from livekit import rtc
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS

from bot.commands import mcp as mcp_command
from bot.mcp_server.setup import Setup
from bot.process.exit_codes import ExitCode
from bot.process.signals import LeaveRequests
from tests.bot.conftest import NewCaller
from tests.bot.mcp_server.conftest import World, server_of
from tests.bot.mcp_server.mcp_client import TOKEN, ToolClient, http_client, http_server
from tests.support.access import Server
from tests.support.bot_process import ROOT, BotProcess, environment
from tests.support.caller import Caller
from tests.support.waiting import GHOST_LIMIT, WAIT_LIMIT

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": HANDSHAKE_PROTOCOL_VERSIONS[-1],
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}


def bots(caller: Caller) -> list[str]:
    people = caller.room.remote_participants.values()
    return [who.identity for who in people if who.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "rebound.example:80"}, 421),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"}, 403),
    ],
)
async def test_who_may_come_in(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    async with http_server({}, tmp_path) as address, httpx2.AsyncClient(trust_env=False) as http:
        accepted = {"Accept": "application/json, text/event-stream", **headers}
        assert (await http.post(address, json=INITIALIZE, headers=accepted)).status_code == status


async def test_a_client_with_a_wrong_token_is_told(tmp_path: Path) -> None:
    async with http_server({}, tmp_path) as address:
        with pytest.raises(ExceptionGroup) as told:
            async with http_client(address, token="wrong"):
                pass
    assert told.group_contains(MCPError)


async def test_an_end_that_was_asked_for_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with http_server({}, tmp_path) as address, http_client(address, says_goodbye=False):
        pass
    assert [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.sfu
async def test_clients_are_in_rooms_of_their_own_until_they_are_gone(
    world: World, room_name: str, new_caller: NewCaller
) -> None:
    """A client that says goodbye leaves the room at once, one that vanishes when it has been idle for too long."""
    async with (
        new_caller(publish=False) as caller,
        http_server(world.settings, world.folder, idle_delay=1.0) as address,
    ):
        async with http_client(address, says_goodbye=False) as one:
            await one("join_room", room=room_name)
            async with http_client(address) as other:
                assert "you are in no room" in await other.refuses("listen")
                await other("join_room", room=room_name)
                await caller.until(lambda: len(bots(caller)) == 2)
            await caller.until(lambda: len(bots(caller)) == 1, GHOST_LIMIT)
            await asyncio.sleep(1.5)  # a client is not idle as long as its stream is open
            assert (await one("room_status"))["room"] == room_name
        await caller.until(lambda: not bots(caller), GHOST_LIMIT)


@pytest.mark.sfu
async def test_over_stdio_nothing_but_the_protocol_is_on_stdout(
    world: World, room_name: str, new_caller: NewCaller
) -> None:
    """Whatever is logged; and when the client closes stdin, the room is left and the process ends."""
    async with new_caller(publish=False) as caller:
        with (world.folder / "stderr.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "mcp", "--log-level", "debug"),
                env=environment(world.settings),
                cwd=world.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        try:
            assert process.stdin is not None
            call = {"name": "join_room", "arguments": {"room": room_name}}
            for message in (
                INITIALIZE,
                {"jsonrpc": "2.0", "method": "notifications/initialized"},
                {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
            ):
                process.stdin.write(json.dumps(message).encode() + b"\n")
            assert process.stdout is not None
            async with asyncio.timeout(WAIT_LIMIT):
                answers = [json.loads(await process.stdout.readline()) for _ in range(2)]
            await caller.until(lambda: bots(caller))
            process.stdin.close()
            await caller.until(lambda: not bots(caller), GHOST_LIMIT)
            async with asyncio.timeout(WAIT_LIMIT):
                rest, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == ExitCode.OK
    assert ([answer["id"] for answer in answers], rest) == ([1, 2], b"")
    logged = (world.folder / "stderr.log").read_text("utf-8")
    assert "joined the room " in logged
    assert world.settings["LIVEKIT_API_SECRET"] not in logged


@pytest.mark.sfu
async def test_the_command_over_http_leaves_the_room_when_it_is_told_to_end(
    world: World, room_name: str, new_caller: NewCaller
) -> None:
    settings = {**world.settings, "RAWBOT_MCP_TOKEN": TOKEN}
    async with new_caller(publish=False) as caller:
        with BotProcess("mcp", "--http", "--port", "0", settings=settings, folder=world.folder) as server:
            await server.says("serving on .*/mcp\n")
            (address,) = re.findall("serving on (.*)", server.output)
            async with http_client(address, says_goodbye=False) as call:
                await call("join_room", room=room_name)
                server.send(signal.SIGTERM)
                await caller.until(lambda: not bots(caller), GHOST_LIMIT)
                assert await server.ends() == ExitCode.OK
            assert TOKEN not in server.output


async def test_whoever_has_read_the_address_may_end_the_server_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as it does later, too: what it has opened is closed, and no process is broken off."""
    leave: list[Callable[[], object]] = []

    class Requests:
        def call(self, leaving: Callable[[], object]) -> None:
            leave.append(leaving)

    class Impatient(io.StringIO):
        def write(self, text: str) -> int:
            leave[0]()
            return super().write(text)

    monkeypatch.setattr(mcp_command, "_log", lambda *_: None)
    stderr = Impatient()
    monkeypatch.setattr(sys, "stderr", stderr)
    await mcp_command._http(Setup({}, {}, tmp_path), 0, cast(LeaveRequests, Requests()))
    assert "serving on http://127.0.0.1:" in stderr.getvalue()


@pytest.mark.parametrize(
    ("settings", "flags", "said"),
    [
        ({"RAWBOT_MCP_TOKEN": "short"}, ("--http", "--port", "0"), "RAWBOT_MCP_TOKEN has less than 16 characters"),
        ({}, ("--http", "--port", "99999"), "--port: invalid port value: '99999'"),
        ({}, ("--htttp",), "unrecognized arguments: --htttp"),
    ],
)
@pytest.mark.slow
def test_a_start_that_is_not_possible(
    tmp_path: Path, settings: dict[str, str], flags: tuple[str, ...], said: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "mcp", *flags],
        env=environment(settings),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.SETTINGS, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_its_help_needs_none_of_what_is_heavy(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main(['mcp', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('mcp', 'livekit', 'asyncio', 'pydantic') if name in sys.modules], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment({}), capture_output=True, encoding="utf-8", check=True
    )
    assert "--http" in ended.stdout
    assert ended.stderr.strip() == "[]"


@pytest.mark.sfu
@pytest.mark.smoke
async def test_the_configuration_in_the_readme_works_as_it_is_written(
    tmp_path: Path, room_name: str, new_caller: NewCaller, livekit_server: Server
) -> None:
    """But for the checkout's path and the server."""
    (written,) = re.findall(r"```json\n({\"mcpServers\".*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (host,) = json.loads(written)["mcpServers"].values()
    program = host["command"].replace("/path/to/rawbot/.venv", sys.prefix)
    environ = {**host["env"], **server_of(livekit_server)}
    assert environ.keys() == host["env"].keys()
    started = StdioServerParameters(command=program, args=host["args"], env=environ, cwd=tmp_path)
    async with new_caller(), Client(started) as client:
        await ToolClient(client)("join_room", room=room_name)
        assert (await ToolClient(client)("say", text="Hello there."))["heard"] == "Hello there."

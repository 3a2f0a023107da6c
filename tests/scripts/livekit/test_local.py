"""A server of our own: the real program."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from livekit import rtc

from scripts.livekit import local as livekit_local
from scripts.livekit.api import Answer, call, list_rooms
from scripts.livekit.local import LocalServer, ServerError
from scripts.livekit.server import ServerInfo
from tests.conftest import MakeServer
from tests.support.access import access_token
from tests.support.waiting import WAIT_LIMIT, wait_until

ROOT = Path(__file__).resolve().parents[3]


def rooms(server: ServerInfo) -> list[str]:
    return [room["name"] for room in call(server, "ListRooms", {}).get("rooms", [])]


@pytest.mark.sfu
def test_restart_keeps_address_and_keys_but_no_room(make_server: MakeServer, room_name: str) -> None:
    """It outlives the thread that started it, and can end in any way and start again."""
    server = make_server()
    before, pid = server.info, server.pid
    call(before, "CreateRoom", {"name": room_name})
    assert rooms(before) == [room_name]
    thread = threading.Thread(target=server.restart)
    thread.start()
    thread.join()
    assert server.pid not in (pid, None)
    with pytest.raises(psutil.TimeoutExpired):
        psutil.Process(server.pid).wait(0.5)
    assert server.info == before
    assert rooms(before) == []
    for end in (server.stop, server.crash):
        for _ in range(2):  # the second time it has ended already
            end()
            assert server.pid is None
            assert list_rooms(server.info) is Answer.NOT_LIVEKIT
        server.start()
        assert list_rooms(server.info) is Answer.ACCEPTED


@pytest.mark.sfu
async def test_stop_tells_those_in_a_room(make_server: MakeServer, room_name: str) -> None:
    """It does not wait for them to leave, as the server does at the first SIGTERM.

    On a busy machine the server is often gone before its word is: one of three that tells shows that it can.
    """
    told = [await _is_told_of_the_stop(make_server(), f"{room_name}-{number}") for number in range(3)]
    assert any(told)


async def _is_told_of_the_stop(server: LocalServer, room_name: str) -> bool:
    room, told = rtc.Room(), asyncio.Event()
    reasons = []

    def disconnected(reason: int) -> None:
        reasons.append(reason)
        told.set()

    room.on("disconnected", disconnected)
    token = access_token(server.info.api_key, server.info.api_secret, room=room_name, identity="somebody")
    await room.connect(server.info.url, token)
    await asyncio.to_thread(server.stop)
    with suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), 5)
    await room.disconnect()
    return reasons[:1] == [rtc.DisconnectReason.SERVER_SHUTDOWN]


@pytest.mark.sfu
def test_only_the_settings_that_it_is_given_reach_the_server(
    make_server: MakeServer, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a developer has in the environment does not matter."""
    monkeypatch.setenv("LIVEKIT_KEYS", "other: " + "x" * 32)
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1:1")
    server = make_server(empty_timeout=7, departure_timeout=5, max_participants=3)
    room = call(server.info, "CreateRoom", {"name": room_name})
    assert (room["empty_timeout"], room["departure_timeout"], room["max_participants"]) == (7, 5, 3)


@pytest.mark.sfu
def test_a_port_that_somebody_else_took_is_given_up(
    server_binary: Path, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_server().info
    taken = int(first.url.rpartition(":")[2])
    free = livekit_local.free_ports()
    offers = iter([(taken, *free[1:]), free])
    monkeypatch.setattr(livekit_local, "free_ports", lambda: next(offers))
    with LocalServer(server_binary) as second:
        assert second.info.url == f"ws://127.0.0.1:{free[0]}"
        assert list_rooms(first) is Answer.ACCEPTED


def test_the_secret_is_not_in_a_message(tmp_path: Path) -> None:
    server = LocalServer(a_program(tmp_path, 'echo "$LIVEKIT_CONFIG"; exit 3'))
    with pytest.raises(ServerError, match=r'ended with code 3; its log ends:\n.*"rawbot": "\*\*\*"'), server:
        pass


def a_program(folder: Path, script: str) -> Path:
    program = folder / "livekit-server"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_program_that_is_never_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = LocalServer(a_program(tmp_path, "echo dreaming; exec sleep 60"))

    def answer(_: ServerInfo) -> Answer:
        wait_until(lambda: server.log.read_text())  # on a busy machine it takes its time to begin
        return Answer.NOT_LIVEKIT

    monkeypatch.setattr(livekit_local, "list_rooms", answer)
    monkeypatch.setattr(livekit_local, "START_LIMIT_DELAY", 0.5)
    with pytest.raises(ServerError, match=r"not healthy after 0\.5 s(.|\n)*dreaming"), server:
        pass
    assert server.pid is None


@pytest.mark.sfu
@pytest.mark.platform("linux", reason="only there does the kernel end a child with its parent")
def test_it_does_not_outlive_the_process_that_started_it(server_binary: Path, tmp_path: Path) -> None:
    starts_one = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from scripts.livekit.local import LocalServer
server = LocalServer({str(server_binary)!r})
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""
    env = os.environ | {"TMPDIR": str(tmp_path)}  # it cannot remove its log
    with subprocess.Popen([sys.executable, "-c", starts_one], stdout=subprocess.PIPE, text=True, env=env) as starter:
        assert starter.stdout is not None
        server = psutil.Process(int(starter.stdout.readline()))
        os.kill(starter.pid, signal.SIGKILL)
    server.wait(WAIT_LIMIT)

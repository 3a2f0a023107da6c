"""`python -m bot serve` as a process: what it needs, what it says, and how it ends."""

import asyncio
import os
import re
import signal
import socket
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.process.exit_codes import ExitCode
from bot.process.listening_port import listening_socket
from bot.room.server_errors import KeyRefused
from bot.serve.arguments import parse
from bot.serve.command import run
from bot.serve.running import Running
from bot.settings.service_settings import ServiceSettings
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from tests.support.bot_process import BotProcess
from tests.support.twirp_server import KEY, SECRET, TwirpServer
from tests.support.waiting import WAIT_LIMIT

API_KEY = "a-key-of-a-program-0001"


def settings(url: str = "ws://127.0.0.1:1", **more: str) -> dict[str, str]:
    """The settings of a service whose server is at `url`."""
    return {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET, **more}


@pytest.mark.parametrize(
    ("flags", "given", "told"),
    [
        ((), {}, "no LIVEKIT_API_SECRET"),
        (
            ("--host", "0.0.0.0"),
            settings(),
            "Give tokens to whoever reaches this with --token-access open",
        ),
        ((), settings(BOT_API_KEYS="short"), "BOT_API_KEYS must be keys of at least 16 characters"),
        (("--host", "192.0.2.1", "--token-access", "open"), settings(), "192.0.2.1 is no address of this machine"),
        (("--worker", "--port", "0", "--no-page"), settings(), "no transcriber: set DEEPGRAM_API_KEY"),
    ],
    ids=["server", "open", "keys", "address", "worker"],
)
def test_what_does_not_allow_a_start(
    flags: tuple[str, ...],
    given: dict[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", given)
    assert run(parse(flags)) == ExitCode.SETTINGS
    error = capsys.readouterr().err
    assert told in error
    assert SECRET not in error


@pytest.mark.parametrize(
    ("flags", "given", "told"),
    [
        ((), {}, ("no LiveKit server", "no LIVEKIT_API_KEY", "no LIVEKIT_API_SECRET")),
        ((), settings(BOT_API_KEYS="short"), ("BOT_API_KEYS must be keys of at least 16",)),
        (("--host", "0.0.0.0"), settings(), ("BOT_API_KEYS has none",)),
        (("--host", "192.0.2.1", "--token-access", "open"), settings(), ("192.0.2.1 is no address",)),
    ],
    ids=["server", "keys", "open", "address"],
)
def test_the_service_s_faults_and_its_worker_s_come_at_once(
    flags: tuple[str, ...],
    given: dict[str, str],
    told: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", given)
    assert run(parse(("--worker", *flags))) == ExitCode.SETTINGS
    error = capsys.readouterr().err
    for fault in (*told, "no transcriber", "no language model", "no speech synthesizer", "settings files read"):
        assert error.count(fault) == 1, error
    assert "LIVEKIT_TOKEN" not in error, "it is of no use here"


async def test_it_serves_until_it_is_asked_to_end_and_keeps_its_secrets(tmp_path: Path) -> None:
    async with TwirpServer() as livekit:
        given = settings(livekit.url, BOT_API_KEYS=f"{API_KEY},", BOT_LOG_LEVEL="debug")
        with BotProcess("serve", "--port", "0", "--no-page", settings=given, folder=tmp_path) as service:
            address = await address_of(service)
            async with aiohttp.ClientSession(address) as http:
                async with http.post("/api/token") as answer:
                    token = (await answer.json())["participant_token"]
                headers = {"Authorization": f"Bearer {API_KEY}"}
                async with http.post("/v1/sessions", json={"systemPrompt": "Sell tea."}, headers=headers) as answer:
                    assert answer.status == 201
                    made = await answer.json()
                async with http.get("/healthz") as answer:
                    assert answer.status == 200
            service.send(signal.SIGTERM)
            assert await service.ends() == ExitCode.OK, service.output
        assert f"session {made['sessionId']} opened" in service.output
        for secret in (API_KEY, SECRET, token, made["participantToken"], "tea"):
            assert secret not in service.output


async def test_a_key_pair_that_is_refused_ends_it_and_a_server_that_is_away_does_not() -> None:
    async with TwirpServer() as livekit, asyncio.timeout(WAIT_LIMIT):
        with closing(listening_socket(0)) as bound, pytest.raises(KeyRefused):
            await running("another-secret-that-is-long-enough-for-it", livekit.url, bound).run()
    with closing(listening_socket(0)) as bound:
        service = running(SECRET, livekit.url, bound)
        async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as http:
            group.create_task(service.run())
            address = f"http://127.0.0.1:{bound.getsockname()[1]}"
            for path, status in (("/healthz/ready", 503), ("/healthz/live", 200)):
                async with http.get(address + path) as answer:
                    assert answer.status == status
            service.end()


def running(secret: str, url: str, bound: socket.socket) -> Running:
    """A service without a page and a worker, that has not begun."""
    access = ServerAccess(url, Secret(KEY), Secret(secret))
    return Running(parse(["--no-page"]), ServiceSettings(access, (), "info"), None, None, bound)


async def address_of(service: BotProcess) -> str:
    """Wait until it serves."""
    await service.says(r"serving on http://\S+:\d+/")
    (address,) = re.findall(r"serving on (\S+)", service.output)
    return str(address)

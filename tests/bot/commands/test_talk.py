"""`python -m bot talk` as its users have it: a process, its output, its exit code, and what it leaves behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import aiohttp
import psutil
import pytest
from livekit import rtc

from bot.process.exit_codes import ExitCode
from bot.room.attributes import STATE_ATTRIBUTE
from bot.web import livekit_client
from scripts.livekit.api import ServerInfo
from tests.support.bot_process import NO_PROVIDERS, BotProcess, environment, server_settings
from tests.support.caller import Caller
from tests.support.tones import tone
from tests.support.waiting import WAIT_LIMIT

PROGRAM = ("-m", "bot", "talk")

SILENT = ("--stt", "none", "--llm", "none", "--tts", "none")
"""A bot that only joins: what it says is not the matter here."""

NewTalk = Callable[..., BotProcess]


@pytest.fixture
def settings(livekit_server: ServerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a talk: a server, and a cache with something in the place of the browsers' client."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    livekit_client.cached_path().parent.mkdir(parents=True)
    livekit_client.cached_path().write_text("export const client = 1;")
    return server_settings(livekit_server) | {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def new_talk(settings: dict[str, str], tmp_path: Path, room_name: str) -> NewTalk:
    def make(*arguments: str) -> BotProcess:
        flags = ("--no-browser", "--room", room_name, *SILENT, *arguments)
        return BotProcess(*flags, settings=settings, folder=tmp_path, program=PROGRAM)

    return make


@pytest.fixture
def question(tmp_path: Path) -> Path:
    with wave.open(str(tmp_path / "question.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(tone(440, 0.5, 16_000).tobytes())
    return tmp_path / "question.wav"


def run(*arguments: str, folder: Path, settings: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """To its end."""
    return subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        env=environment(settings or {}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )


def children(talk: BotProcess) -> list[psutil.Process]:
    return psutil.Process(talk.pid).children(recursive=True)


def address(talk: BotProcess) -> str:
    found = re.search(r"open (http://127\.0\.0\.1:\d+/) to talk", talk.output)
    assert found
    return found[1]


def test_wrong_usage_is_told_before_anything_starts(tmp_path: Path) -> None:
    ended = run("--temperature", "9", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "--temperature must be a number" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.sfu
@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
async def test_who_comes_to_the_page_meets_the_bot_until_it_is_asked_to_end(new_talk: NewTalk) -> None:
    with new_talk() as talk:
        await talk.says("to talk in the room .*; Ctrl-C ends it")
        async with aiohttp.request("GET", address(talk)) as page:
            assert "<title>Rawbot</title>" in await page.text()
        async with aiohttp.request("POST", address(talk) + "api/token", json={}) as response:
            answer = await response.json()
        await meets_the_bot(answer["server_url"], answer["participant_token"])
        started = children(talk)
        assert started
        talk.send(signal.SIGINT)
        assert await talk.ends() == 0, talk.output
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in started)
    assert "Traceback" not in talk.output


async def meets_the_bot(url: str, token: str) -> None:
    """Join, and wait until there is a bot that listens."""
    room, met = rtc.Room(), asyncio.Event()

    def look(*_: object) -> None:
        if any(one.attributes.get(STATE_ATTRIBUTE) == "listening" for one in room.remote_participants.values()):
            met.set()

    room.on("participant_connected", look)
    room.on("participant_attributes_changed", look)
    try:
        async with asyncio.timeout(WAIT_LIMIT):
            await room.connect(url, token)
            look()
            await met.wait()
    finally:
        await room.disconnect()


@pytest.mark.sfu
@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
async def test_a_page_may_be_without_a_bot(new_talk: NewTalk, room_name: str) -> None:
    with new_talk("--no-bot") as talk:
        await talk.says(f"to talk in the room '{room_name}'; Ctrl-C ends it")
        assert not [child for child in children(talk) if "bot" in child.cmdline()]
        async with aiohttp.request("POST", address(talk) + "api/token", json={}) as response:
            assert (await response.json())["participant_token"]
        assert "transcriber" not in talk.output
        talk.send(signal.SIGTERM)
        assert await talk.ends() == 0, talk.output


def published_by(identity: str, guest: Caller) -> bool:
    participant = guest.room.remote_participants.get(identity)
    return participant is not None and bool(participant.track_publications)


@pytest.mark.sfu
async def test_when_the_bot_ends_by_an_error_so_does_the_talk(
    new_talk: NewTalk, livekit_server: ServerInfo, room_name: str, question: Path
) -> None:
    """Its place in the room is taken from it, while a page is open, and while a question is played."""
    access = (livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
    for arguments in ((), ("--play", str(question))):
        with new_talk("--identity", "bot", *arguments) as talk:
            async with Caller(*access, room=room_name, identity="guest") as guest:
                # Not before it has published: in the middle of that the server may not answer any more.
                await guest.until(lambda: published_by("bot", guest))
                async with Caller(*access, room=room_name, identity="bot", kind="agent"):
                    assert await talk.ends() == 3, talk.output
        assert "took the bot's place" in talk.output
        assert f"talk: the bot ended with code 3: {ExitCode.ROOM.meaning}" in talk.output
        assert "Traceback" not in talk.output


@pytest.mark.sfu
async def test_a_bot_that_is_killed_is_told(new_talk: NewTalk) -> None:
    with new_talk() as talk:
        await talk.says("to talk in the room .*; Ctrl-C ends it")
        (bot,) = [child for child in children(talk) if "bot" in child.cmdline()]
        bot.kill()
        assert await talk.ends() == 137, talk.output
    assert "the bot ended with code 137" in talk.output


@pytest.mark.sfu
def test_without_the_client_there_is_no_page_but_a_way_on(tmp_path: Path, settings: dict[str, str]) -> None:
    livekit_client.cached_path().unlink()
    (tmp_path / "npm").write_text("#!/bin/sh\necho npm error code ENOTFOUND\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    ended = run(*SILENT, folder=tmp_path, settings=settings | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    assert ended.returncode == 1
    assert "check the network" in ended.stderr
    assert "talk --play QUESTION.wav works without" in ended.stderr


def test_a_server_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    nowhere = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret" * 6}
    ended = run(*SILENT, folder=tmp_path, settings=NO_PROVIDERS | nowhere | {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert ended.returncode == 1
    assert "nothing can be reached at ws://127.0.0.1:1" in ended.stderr
    assert "unset LIVEKIT_URL" in ended.stderr

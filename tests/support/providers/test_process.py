"""The simulators as a process of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import TextDelta
from pipeline.providers.openai import OpenAIChat
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "tests.support.providers"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    with subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child, json.loads(child.stdout.readline())
        finally:
            child.kill()


@pytest.mark.parametrize("profile", ["fixed", "cloud"])
async def test_all_of_them_answer_where_they_say(profile: str) -> None:
    with running("--profile", profile, "--seed", "7") as (_, settings):
        assert {name for name in settings if name.endswith("_BASE_URL")} == {
            "DEEPGRAM_BASE_URL",
            "OPENAI_BASE_URL",
            "CARTESIA_BASE_URL",
        }
        async with aiohttp.ClientSession() as session:
            for name, url in settings.items():
                if name.endswith("_BASE_URL"):
                    async with session.get(url) as answer:
                        assert answer.status < 500
        llm = OpenAIChat(api_key=settings["OPENAI_API_KEY"], base_url=settings["OPENAI_BASE_URL"])
        prompt = Prompt("", (PromptMessage("user", "Good morning!"),))
        text = "".join([part.text async for part in llm.generate(prompt) if isinstance(part, TextDelta)])
        await llm.aclose()
    assert text == "You said Good morning. I have made a note of it. What else would you like to tell me?"


@pytest.mark.platform("linux", "darwin", reason="elsewhere an orphan keeps the number of its parent")
def test_they_die_with_their_parent() -> None:
    program = (
        "import subprocess, sys;"
        f"child = subprocess.Popen({COMMAND!r}, stdout=subprocess.PIPE, text=True);"
        "print(child.pid, child.stdout.readline(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        number, settings = parent.stdout.readline().split(maxsplit=1)
        pid = int(number)
        assert json.loads(settings)
        assert _runs(pid)
        parent.kill()
    try:
        wait_until(lambda: not _runs(pid))
    finally:
        if _runs(pid):
            os.kill(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""The program in the README runs as it is written."""

import asyncio
import os
import re
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from pipeline.audio import Pcm
from pipeline.providers.local.speaking.espeak import EspeakSynthesizer
from scripts.livekit.server import ServerInfo
from tests.support.bot_process import NO_PROVIDERS, ROOT, environment, server_settings
from tests.support.caller import Caller
from tests.support.speaking import samples_of
from tests.support.waiting import WAIT_LIMIT

pytestmark = [pytest.mark.sfu, pytest.mark.alone]  # a recognizer and a voice that compute want a core of their own

QUESTION = "Hello! What is your name?"


async def spoken(text: str) -> tuple[Pcm, int]:
    """A text as a voice says it, and the rate."""
    async with aclosing(EspeakSynthesizer(language="en")) as voice:
        return await samples_of(voice, text), voice.rate


async def test_the_program_asks_and_hears_the_answer(livekit_server: ServerInfo, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len([line for line in program.splitlines() if line]) <= 10
    (tmp_path / "program.py").write_text(program, "utf-8")
    server = livekit_server
    environ = environment(server_settings(server)) | {"PYTHONPATH": str(ROOT)}
    for name in NO_PROVIDERS:
        del environ[name]
    spoken_answer = await spoken("go forward ten meters")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "program.py", cwd=tmp_path, env=environ, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with Caller(server.url, server.api_key, server.api_secret, room="lobby") as caller:
            await caller.until(lambda: [it.text for it in caller.texts.segments() if it.final] == [QUESTION])
            played = await caller.play(*spoken_answer)
            await caller.hears(played.end_at)
            output, _ = await asyncio.wait_for(process.communicate(), WAIT_LIMIT)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert output.startswith(f"{QUESTION} ".encode())
    assert b"turns 1 " in output, os.fsdecode(output)  # which words it was depends on the transcriber

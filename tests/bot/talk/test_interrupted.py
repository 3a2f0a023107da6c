"""Ctrl-C at any moment of a talk, and SIGKILL, too, leave nothing running: no bot, no engine, no server."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from bot.process.exit_codes import ExitCode
from bot.providers.local_choice import choose_local
from pipeline.wav import WavSound, save_sound
from tests.support.bot_process import ROOT, environment
from tests.support.tones import tone
from tests.support.waiting import WAIT_LIMIT, until

pytestmark = [pytest.mark.sfu, pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")]

MARK = "RAWBOT_TEST_TALK"
"""A variable that all processes of one talk inherit."""

MOMENTS = ("settings files read", "transcriber:", "waiting for the bot to listen", "the bot listens; playing")
"""What a talk says, in this order."""


class Talk:
    """A talk that plays a tone, without any key: with engines, and with a server of its own unless one runs."""

    def __init__(self, folder: Path) -> None:
        self._mark = uuid.uuid4().hex
        save_sound(folder / "question.wav", WavSound(tone(440, 5.0, 16_000), 16_000))
        program = ROOT / "scripts" / "livekit-server"
        command = [sys.executable, "-m", "bot", "talk", "--play", "question.wav", "--server-program", str(program)]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment({MARK: self._mark, "LLM_PROVIDER": "responder"}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal sends Ctrl-C to a group of processes
        )

    def says(self, text: str) -> None:
        """Wait until this is said."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if text in line:
                return
        pytest.fail(f"{text!r} was not said: {said}")

    def running(self) -> list[str]:
        """Return the processes of this talk that have not ended."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self._mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def has_gone(self) -> bool:
        """Return whether nothing of it runs."""
        return not self.running()

    def close(self) -> None:
        """End what a failed test has left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


async def test_a_talk_leaves_nothing_running(tmp_path: Path, server_binary: Path) -> None:
    """Wherever Ctrl-C reaches it, and killed in the middle."""
    if choose_local("stt", "en").provider is None or choose_local("tts", "en").provider is None:
        pytest.skip("an engine is missing: run scripts/test, or install the project's extra demo")
    for moment, number in [*((moment, signal.SIGINT) for moment in MOMENTS), (MOMENTS[-1], signal.SIGKILL)]:
        talk = Talk(tmp_path)
        try:
            talk.says(moment)
            assert talk.running()
            os.killpg(talk.process.pid, number)
            talk.process.wait(WAIT_LIMIT)
            await until(talk.has_gone)
        finally:
            talk.close()
        if number is signal.SIGINT:
            assert talk.process.returncode == ExitCode.STOPPED, moment

"""Requests to end a command: one line and an exit code, whenever they come."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.process.exit_codes import ExitCode
from bot.process.interruption import STOPPED
from tests.support.bot_process import NO_PROVIDERS, environment
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")

PROGRAM = """
import os, runpy, signal, sys
number, module, *sys.argv[1:] = int(sys.argv[1]), *sys.argv[2:]
class Finder:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Finder())
runpy.run_module('bot', run_name='__main__', alter_sys=True)
"""
"""The command, to which a signal comes at the import of a module. Of both signals each handler has the same answer."""

SETTINGS = {
    **NO_PROVIDERS,
    "TTS_PROVIDER": "espeak",
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "devkey",
    "LIVEKIT_API_SECRET": "secret",
    "BOT_ROOM": "lobby",
}

STOPPED_BY = ExitCode.STOPPED
LEFT = ExitCode.OK


@pytest.mark.parametrize(
    ("module", "arguments", "code", "number"),
    [
        ("bot.cli", [], LEFT, signal.SIGINT),
        ("bot.cli", [], LEFT, signal.SIGTERM),
        ("bot.settings.reading", [], LEFT, signal.SIGINT),
        ("bot.voicebot", [], LEFT, signal.SIGTERM),
        ("bot.cli", ["doctor"], STOPPED_BY, signal.SIGINT),
        ("bot.cli", ["doctor"], STOPPED_BY, signal.SIGTERM),
        ("bot.doctor.finding", ["doctor"], STOPPED_BY, signal.SIGINT),
        ("bot.doctor.examination", ["doctor"], STOPPED_BY, signal.SIGTERM),
        ("bot.settings.policy_changes", ["replay", "none.jsonl"], STOPPED_BY, signal.SIGINT),
        ("bot.settings.reading", ["rooms"], STOPPED_BY, signal.SIGTERM),
        ("bot.caller.settings", ["call", "--say", "Hello."], STOPPED_BY, signal.SIGTERM),
        ("bot.caller.call", ["call", "--say", "Hello."], STOPPED_BY, signal.SIGINT),
        ("bot.talk.command", ["talk"], STOPPED_BY, signal.SIGTERM),
        ("bot.mcp_server.setup", ["mcp"], LEFT, signal.SIGINT),
    ],
)
def test_a_request_during_the_start_is_answered_in_one_line(
    tmp_path: Path, module: str, arguments: list[str], code: ExitCode, number: signal.Signals
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number)), module, *arguments],
        env=environment(SETTINGS),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr in (f"{STOPPED}\n", f"{arguments[:1] and arguments[0]}: {STOPPED}\n")


def test_a_signal_that_was_turned_off_stays_off(tmp_path: Path) -> None:
    program = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + PROGRAM
    done = subprocess.run(
        [sys.executable, "-c", program, str(int(signal.SIGHUP)), "bot.cli", "replay", os.devnull],
        env=environment(SETTINGS),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )
    assert done.returncode == ExitCode.SETTINGS
    assert "holds no step" in done.stderr

"""The commands in the README run as they are written."""

import re
import shlex
from pathlib import Path

import pytest

from bot.command_line.commands import COMMANDS
from bot.process.exit_codes import ExitCode
from pipeline.journal import Journal
from pipeline.turn.policy import Policy
from scripts.livekit.server import ServerInfo
from tests.support.bot_process import ROOT, run_bot, server_settings
from tests.support.talk import Talk

(SECTION,) = re.findall(r"^## Commands\n(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)

LINES = [shlex.split(line, comments=True) for line in SECTION.splitlines() if line.startswith("    ")]

ELSEWHERE = ("call", "mcp", "dial")
"""They need somebody to talk with, or a trunk: their own tests run them."""


def test_the_section_is_short_and_names_known_commands() -> None:
    assert len([line for line in SECTION.splitlines() if line.strip()]) <= 10
    assert len(LINES) >= 4
    for words in LINES:
        assert words[:3] == ["python", "-m", "bot"]
        assert words[3] in COMMANDS


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_the_flags_are_there(words: list[str], tmp_path: Path) -> None:
    told = run_bot(words[3], "--help", settings={}, folder=tmp_path).stdout
    for flag in [word for word in words if word.startswith("--")] + ["--json"]:
        assert flag in told


@pytest.mark.sfu
def test_they_run(livekit_server: ServerInfo, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "talk.jsonl", Policy())
    Talk(journal.observe).join()
    journal.close()
    settings = {**server_settings(livekit_server), "BOT_MEMORY": "people.sqlite"}
    for words in LINES:
        if words[3] not in ELSEWHERE:
            done = run_bot(*words[3:], settings=settings, folder=tmp_path)
            assert done.returncode == ExitCode.OK, f"{words}: {done.stderr}"
            assert done.stdout or "no rooms" in done.stderr

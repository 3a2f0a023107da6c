"""What the bot has started for an MCP server ends with it, in whatever way that is."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from bot.process.exit_codes import ExitCode
from tests.bot.conftest import StartBot
from tests.support.bot_process import BotProcess
from tests.support.command import NOBODY, driver, in_scene, once_joined
from tests.support.waiting import until

SMALL = str(Path(__file__).with_name("small_mcp_server.py"))

WHEN_TOLD = "import asyncio, pathlib\nwhile not pathlib.Path('go').exists():\n    await asyncio.sleep(0.02)\n"

WAYS: dict[str, tuple[tuple[str, str], signal.Signals | None, int]] = {
    "SIGINT": (driver(in_scene()), signal.SIGINT, ExitCode.OK),
    "SIGKILL": (driver(in_scene()), signal.SIGKILL, -signal.SIGKILL),
    "a bug": (once_joined(f"{WHEN_TOLD}raise ZeroDivisionError('a bug')"), None, ExitCode.BUG),
    "SIGTERM while the loop hangs": (
        once_joined(f"{WHEN_TOLD}import time; time.sleep(60)"),
        signal.SIGTERM,
        ExitCode.OK,
    ),
}
"""The program that the command is, what it is sent, and its exit code."""


def alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [it for it in processes if it.is_running() and it.status() != psutil.STATUS_ZOMBIE]


async def started(bot: BotProcess) -> list[psutil.Process]:
    """All processes of the bot, once it has the tools."""
    await bot.says("MCP server small offers pid")
    return psutil.Process(bot.pid).children(recursive=True)


@pytest.mark.slow
@pytest.mark.platform("linux", reason="the kernel of Linux ends children with their parent")
@pytest.mark.parametrize("way", WAYS)
async def test_no_process_is_left(way: str, start_bot: StartBot, tmp_path: Path) -> None:
    program, number, code = WAYS[way]
    by_another = ["-c", '"$@"; true', "sh", sys.executable, SMALL]
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"small": {"command": "sh", "args": by_another}}}))
    bot = start_bot("--mcp", "mcp.json", settings=NOBODY, program=program)
    children = await started(bot)
    assert len(children) == 3, "what ends them, the shell, and the server"
    (tmp_path / "go").touch()
    if number is not None:
        bot.send(number)
    assert await bot.ends() == code, bot.output
    await until(lambda: not alive(children))

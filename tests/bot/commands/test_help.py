"""`--help` of each command: quick, and complete."""

import subprocess
import sys

import pytest

from bot.command_line.commands import COMMANDS
from tests.support.waiting import WAIT_LIMIT

ASK = "import sys; from bot.cli import main\ntry: main([sys.argv[1], '--help'])\nfinally: print(*sys.modules)"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    """What answers it is the standard library alone: 0.1 s, where the bot needs one."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, command], capture_output=True, text=True, timeout=WAIT_LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m bot {command}")
    assert COMMANDS[command].split()[-1] in done.stdout
    modules = done.stdout.splitlines()[-1].split()
    roots = {name.partition(".")[0] for name in modules}
    assert "argparse" in roots
    heavy = {"pydantic", "numpy", "livekit", "openai", "aiohttp", "dotenv", "jwt", "asyncio", "mcp"}
    assert roots.isdisjoint(heavy), roots & heavy
    assert not [name for name in modules if name.startswith("pipeline.")], "only the package itself, for its names"

"""examples/deploy/rawbot.service: that systemd ends a worker as it wants to be ended."""

import shlex

from bot.process.exit_codes import ExitCode
from tests.deploy.program import DEPLOY, served


def settings() -> dict[str, str]:
    lines = (DEPLOY / "rawbot.service").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_calls_may_end_before_it_is_killed() -> None:
    unit = settings()
    program, *command = shlex.split(unit["ExecStart"])
    assert program.endswith("/rawbot")
    worker = served(command).worker
    assert worker is not None
    assert int(unit["TimeoutStopSec"]) > worker.drain_delay
    assert unit["KillMode"] == "mixed", "SIGTERM for the worker alone: its bots would leave their rooms by it"


def test_wrong_settings_are_not_tried_again() -> None:
    unit = settings()
    assert unit["Restart"] == "on-failure"
    assert int(unit["RestartPreventExitStatus"]) == ExitCode.SETTINGS

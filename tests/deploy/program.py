"""The program, as the files of examples/deploy/ speak of it: its commands, its variables, what it serves."""

import os
import socket
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.process.exit_codes import ExitCode
from bot.serve import command as serve_command
from bot.serve.arguments import ServeArguments, parse
from bot.settings.options import OPTIONS
from bot.web import livekit_client

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "examples" / "deploy"

VARIABLES = {option.variable for option in OPTIONS}

UID = 10001
"""The user of the image."""

PORT = 8080


def served(command: Sequence[str]) -> ServeArguments:
    """What `rawbot` takes this command for; wrong flags exit."""
    assert command[0] == "serve", command
    return parse(command[1:])


PROVIDERS = {"DEEPGRAM_API_KEY": "d", "OPENAI_API_KEY": "o", "CARTESIA_API_KEY": "c"}

SERVER = {"LIVEKIT_URL": "ws://livekit:7880", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret"}


def start(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[ExitCode, bool]:
    """Run a command in an empty folder, with these variables alone, up to where it would begin to serve.

    Returns the exit code, and whether it came so far.
    """
    begun = list[bool]()

    def run_to_end(serving: Coroutine[Any, Any, None]) -> ExitCode:
        serving.close()
        begun.append(True)
        return ExitCode.OK

    for name in VARIABLES & set(os.environ):
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(serve_command, "run_to_end", run_to_end)
    monkeypatch.setattr(serve_command, "_set_up_log", lambda *_: None)
    monkeypatch.setattr(serve_command, "listening_socket", lambda port, host: socket.socket())
    monkeypatch.setattr(livekit_client, "get", lambda progress: folder / "livekit-client.js")
    return serve_command.run(served(command)), bool(begun)


def unknown_variables(names: Iterable[str]) -> set[str]:
    """Those that the program does not read."""
    return set(names) - VARIABLES

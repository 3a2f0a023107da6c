"""`python -m bot` as a process: what it prints before it would join."""

import re
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from bot.process.exit_codes import ExitCode
from bot.providers.local_choice import choose_local
from bot.providers.registry import KINDS
from bot.settings.arguments import build_parser
from bot.settings.options import OPTIONS
from tests.support.bot_process import NO_PROVIDERS, environment, run_bot
from tests.support.command import driver
from tests.support.waiting import WAIT_LIMIT

SECRET = "not-the-secret-of-any-server-here"
SETTINGS = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "some-api-key", "LIVEKIT_API_SECRET": SECRET}
"""Settings without a fault."""


def test_help_names_every_flag_setting_and_exit_code(tmp_path: Path) -> None:
    done = run_bot("--help", settings={}, folder=tmp_path)
    assert done.returncode == 0
    wanted = [flag for action in build_parser()._actions for flag in action.option_strings]
    wanted += [option.variable for option in OPTIONS] + [f"  {code.value}  {code.meaning}" for code in ExitCode]
    assert [name for name in wanted if name not in done.stdout] == []


def test_version(tmp_path: Path) -> None:
    done = run_bot("--version", settings={}, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"rawbot \S.*\n", done.stdout)


def test_print_config_shows_values_and_sources_and_masks_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"LIVEKIT_API_SECRET={SECRET}\n")
    settings = {name: value for name, value in SETTINGS.items() if name != "LIVEKIT_API_SECRET"}
    done = run_bot("--room", "lobby", "--print-config", settings=settings, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    shown = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert re.search(r"lobby .*--room", shown["room"])
    assert "environment" in shown["url"]
    assert ".env line 1" in shown["livekit_api_secret"]
    assert SECRET not in done.stdout


def test_print_config_with_faults_prints_both(tmp_path: Path) -> None:
    done = run_bot("--room", "lobby", "--print-config", settings={"LIVEKIT_URL": "nonsense"}, folder=tmp_path)
    assert done.returncode == ExitCode.SETTINGS
    assert "lobby" in done.stdout
    assert "LIVEKIT_URL" in done.stderr


def test_all_faults_are_told_at_once_before_anything_is_joined(tmp_path: Path) -> None:
    token = jwt.encode({"sub": "me", "exp": 1, "video": {"roomJoin": True}}, SECRET)
    done = run_bot("--temperature", "9", settings={"LIVEKIT_URL": "x", "LIVEKIT_TOKEN": token}, folder=tmp_path)
    assert (done.returncode, done.stdout) == (ExitCode.SETTINGS, "")
    for told in ("--room", "LIVEKIT_URL", "--temperature", "LIVEKIT_TOKEN expired at 1970-01-01"):
        assert told in done.stderr
    assert token not in done.stderr
    assert f"settings files read: none, as {tmp_path} has neither .env.local nor .env" in done.stderr


def test_the_files_whose_settings_are_faulty_are_named(tmp_path: Path) -> None:
    """A .env of another folder is not read, which is else a riddle."""
    (tmp_path / ".env").write_text("LLM_TEMPERATURE=hot\n")
    done = run_bot("--room", "lobby", settings=SETTINGS, folder=tmp_path)
    assert done.returncode == ExitCode.SETTINGS
    assert done.stderr.endswith(f"settings files read: {tmp_path / '.env'}\n")


@pytest.mark.parametrize("arguments", [(), ("rooms",), ("call", "--say", "Hello."), ("talk", "--temperature", "9")])
def test_a_start_in_another_folder_says_that_no_settings_are_there(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run_bot(*arguments, settings={}, folder=tmp_path)
    assert done.returncode == ExitCode.SETTINGS
    assert f"settings files read: none, as {tmp_path} has neither .env.local nor .env\n" in done.stderr
    (tmp_path / ".env").write_text("OTHER=1\n")
    assert f"settings files read: {tmp_path}/.env\n" in run_bot(*arguments, settings={}, folder=tmp_path).stderr


def test_wrong_usage(tmp_path: Path) -> None:
    done = run_bot("--rom", "lobby", settings=SETTINGS, folder=tmp_path)
    assert done.returncode == ExitCode.SETTINGS
    assert "did you mean --room" in done.stderr


def test_a_python_without_the_packages_is_told_from_a_bug(tmp_path: Path) -> None:
    command = "import runpy, sys; sys.modules['numpy'] = None; sys.argv[1:] = ['--room', 'lobby']; "
    command += "runpy.run_module('bot', run_name='__main__')"
    settings = SETTINGS | NO_PROVIDERS
    done = subprocess.run(
        [sys.executable, "-c", command],
        env=environment(settings),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=WAIT_LIMIT,
        check=False,
    )
    assert done.returncode == ExitCode.SETTINGS
    assert "numpy is not installed" in done.stderr
    assert "Traceback" not in done.stderr


OLLAMA = """
import bot.process.run_command as run_command
import pipeline.providers.local.probe as probe

async def found():
    return {found}

def run(settings, requests, notes):
    print(settings.stt, settings.llm, *settings.base_urls.values(), settings.tts, *notes, sep="\\n")
    return 0

probe.find_local_model, run_command.run = found, run
"""
"""The command, on a machine where a model server runs, or none; it prints what the bot would be made of."""


@pytest.mark.parametrize("found", ["None", "probe.LocalModel('Ollama', 'http://127.0.0.1:11434/v1', 'small')"])
def test_without_keys_the_demo_is_what_this_machine_has(tmp_path: Path, found: str) -> None:
    """A model that is served here goes before the demo's own, and what is used is said."""
    program = driver(OLLAMA.format(found=found))
    done = run_bot("--room", "r", "--demo", settings=SETTINGS, folder=tmp_path, program=program)
    assert done.returncode == ExitCode.OK, done.stderr
    local = {kind: choose_local(kind, "en").provider for kind in KINDS}
    names = {kind: provider.name for kind, provider in local.items() if provider is not None}
    model = [names["llm"]] if found == "None" else ["openai:small", "http://127.0.0.1:11434/v1"]
    printed = done.stdout.splitlines()
    assert printed[: 2 + len(model)] == [names["stt"], *model, names["tts"]]
    (thinking,) = [line for line in printed if line.startswith("language model: ")]
    assert ("of Ollama at http://127.0.0.1:11434/v1" in thinking) == (found != "None")

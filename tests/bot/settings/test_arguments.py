"""The command line: what it takes, what it refuses, and what it says."""

import subprocess
import sys
from typing import get_type_hints

import pytest

from bot.process.exit_codes import ExitCode
from bot.providers.registry import PROVIDERS
from bot.settings.arguments import build_parser, parse_arguments
from bot.settings.options import OPTIONS, Options


def refusal(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_info:
        parse_arguments(argv)
    assert exit_info.value.code == ExitCode.SETTINGS
    return capsys.readouterr().err


def test_only_what_was_given_is_an_option() -> None:
    arguments = parse_arguments(["--room", "kitchen", "--greeting-instructions", "Be kind.", "--temperature", "0.4"])
    assert arguments.options == {"room": "kitchen", "greeting_instructions": "Be kind.", "temperature": "0.4"}
    assert not arguments.print_config


def test_stay_can_be_switched_on_and_off() -> None:
    assert parse_arguments(["--stay"]).options == {"stay": True}
    assert parse_arguments(["--no-stay"]).options == {"stay": False}


def test_print_config_is_no_setting() -> None:
    arguments = parse_arguments(["--print-config"])
    assert arguments.print_config
    assert arguments.options == {}


def test_keywords_and_flags_have_the_same_names() -> None:
    assert set(get_type_hints(Options)) == {option.name for option in OPTIONS if option.has_flag}


def test_unknown_flags_get_the_nearest_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    message = refusal(["--room", "x", "--temprature", "1", "--greting=hello", "--xyz"], capsys)
    assert "unknown flag --temprature, did you mean --temperature?" in message
    assert "unknown flag --greting, did you mean --greeting?" in message
    assert "unknown flag --xyz, see --help" in message


def test_flags_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean --temperature?" in refusal(["--temp", "1"], capsys)


@pytest.mark.parametrize("argv", [["--openai-api-key", "sk-12345678"], ["--openai-api-key=sk-12345678"]])
def test_a_secret_as_a_flag_is_refused_and_not_repeated(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    message = refusal(argv, capsys)
    assert "set OPENAI_API_KEY in the environment" in message
    assert "sk-12345678" not in message


@pytest.mark.parametrize("rest", [[], ["--play", "question.wav"], ["--room", "x"]])
def test_an_unknown_command_gets_the_nearest_known_one(rest: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no command 'calls', did you mean call?" in refusal(["calls", *rest], capsys)


def test_the_value_of_an_unknown_flag_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert "command" not in refusal(["--nickname", "calls"], capsys)


def test_a_bare_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--room NAME" in refusal(["kitchen"], capsys)


def test_help_names_every_flag_variable_provider_and_exit_code() -> None:
    text = build_parser().format_help()
    for option in OPTIONS:
        assert option.variable in text
        assert option.flag is None or option.flag in text
    assert all(provider.name in text for provider in PROVIDERS)
    for code in ExitCode:
        assert f"  {code.value}  {code.meaning}" in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parse_arguments(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out.startswith("rawbot ")


def test_help_loads_nothing_heavy() -> None:
    """--help has to be quick, so what answers it is the standard library alone."""
    code = "import sys, bot.settings.arguments as a; a.build_parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    roots = {name.partition(".")[0] for name in loaded.stdout.split() if name != "pipeline"}
    assert "bot" in roots
    assert roots.isdisjoint(
        {"pydantic", "numpy", "livekit", "openai", "aiohttp", "dotenv", "jwt", "asyncio", "pipeline"}
    )


def test_signals_have_no_exit_code_of_their_own() -> None:
    assert {code.value for code in ExitCode} == set(range(13))

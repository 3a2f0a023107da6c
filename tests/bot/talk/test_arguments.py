"""The command line of a talk: its own flags beside the bot's, and errors that show its own usage."""

from pathlib import Path

import pytest

from bot.talk.arguments import parse


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (["--bogus"], "unknown flag --bogus"),
        (["--no-browsr"], "unknown flag --no-browsr, did you mean --no-browser?"),
        (["--greetin", "Hi"], "unknown flag --greetin, did you mean --greeting?"),
        (["--temperature"], "expected one argument"),
        (["--port", "x"], "invalid int value"),
        (["--port", "70000"], "from 0 to 65535"),
        (["--play", "q.wav", "--record", "no/such/a.wav"], "the folder does not exist"),
        (["--play", "q.wav", "--no-bot"], "use python -m bot call"),
        (["hello"], "'hello' belongs to no flag"),
        (["--print-config"], "--print-config is no flag of talk"),
    ],
)
def test_wrong_usage_shows_the_usage_of_talk(wrong: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: python -m bot talk [--no-bot] [--no-browser]")
    assert "--room NAME [options]" not in error
    assert why in error


def test_help_tells_the_flags_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("--play FILE", "--no-browser", "python -m bot --help", "Exit codes"))


def test_without_a_question_record_is_the_folder_of_the_bot() -> None:
    arguments = parse(["--record", "calls"])
    assert (arguments.record, arguments.bot_flags) == (None, ("--record", "calls"))
    assert arguments.bot_options == {"record": "calls"}


def test_flags_of_the_bot_are_passed_on_as_they_were_written() -> None:
    arguments = parse(["--no-browser", "--llm", "responder", "--port", "8080", "--stay"])
    assert arguments.bot_flags == ("--llm", "responder", "--stay")
    assert (arguments.bot_options, arguments.port) == ({"llm": "responder", "stay": True}, 8080)
    assert not arguments.browser
    assert arguments.play is None


def test_a_recording_is_played_to_a_bot_that_is_started(tmp_path: Path) -> None:
    arguments = parse(["--play", "q.wav", "--record", str(tmp_path / "a.wav")])
    assert (arguments.play, arguments.bot) == (Path("q.wav"), True)

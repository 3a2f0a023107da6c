"""What the flags of several commands have in common."""

import pytest

from bot.command_line.flags import command_parser, seconds


def test_a_number_of_seconds_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    parser = command_parser("call", "")
    parser.add_argument("--timeout", type=seconds)
    assert parser.parse_args(["--timeout", "2.5"]).timeout == 2.5
    with pytest.raises(SystemExit):
        parser.parse_args(["--timeout", "soon"])
    message = capsys.readouterr().err
    assert "--timeout: give seconds, such as 30, not 'soon'" in message
    assert "float" not in message

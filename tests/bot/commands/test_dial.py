"""`python -m bot dial`: its usage, its settings, and what it says of what came of the call."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands import dial
from bot.process import run_command, signals
from bot.process.exit_codes import ExitCode
from bot.settings.settings import Settings
from bot.telephony.call_failure import CallFailed, CallFailure

KEYS = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "secret"}
PROVIDERS = ("--stt", "none", "--llm", "none", "--tts", "none")
CALL = ("--to", "+1 555 123-4567", "--trunk", "ST_1")

Told = Callable[..., tuple[int, str, str]]


class Ended(Exception):
    """The process has ended."""


class Runs:
    """In the place of the bot's run: notes its settings, and has the call fail, or end without an answer."""

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.failure: CallFailed | None = None

    def __call__(self, settings: Settings, requests: object, notes: object, *, until: Any) -> ExitCode:
        self.settings.append(settings)
        until.__self__._failure = self.failure
        return ExitCode.OK


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    made = Runs()
    monkeypatch.setattr(run_command, "run", made)
    monkeypatch.setattr(signals, "LeaveRequests", lambda: None)
    return made


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], runs: Runs) -> Told:
    """Run the command in a folder of its own; its exit code and what it writes."""
    monkeypatch.chdir(tmp_path)
    for name in [*KEYS, "LIVEKIT_TOKEN", "BOT_ROOM"]:
        monkeypatch.delenv(name, raising=False)

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)

    def tell(*arguments: str, **settings: str) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        try:
            code = dial.main((*CALL, *PROVIDERS, *arguments))
        except Ended as ended:
            code = ended.args[0]
        return code, *capsys.readouterr()

    return tell


def test_a_call_has_a_room_of_its_own_and_hears_nobody_else(told: Told, runs: Runs) -> None:
    for _ in range(2):
        told(**KEYS, BOT_ROOM="lobby", BOT_PARTICIPANT="ann", BOT_STAY="true", LIVEKIT_TOKEN="x")
    first, second = runs.settings
    assert first.room.startswith("dial-")
    assert first.room != second.room
    assert first.participant == "sip_+15551234567"
    assert not first.stay
    assert first.livekit_token is None


def test_it_joins_the_room_that_is_named(told: Told, runs: Runs) -> None:
    told("--room", "lobby", "--greeting", "Hello.", **KEYS)
    assert (runs.settings[0].room, runs.settings[0].greeting) == ("lobby", "Hello.")


@pytest.mark.parametrize(
    ("failure", "code", "line"),
    [
        (
            CallFailed("+15551234567", CallFailure.BUSY, status="486 Busy Here"),
            ExitCode.BUSY,
            "+15551234567 was not reached: the line is busy (SIP 486 Busy Here)\n",
        ),
        (None, ExitCode.STOPPED, "+15551234567 was not reached: the bot ended before an answer\n"),
    ],
)
def test_it_says_what_came_of_it(told: Told, runs: Runs, failure: CallFailed | None, code: ExitCode, line: str) -> None:
    runs.failure = failure
    assert told(**KEYS)[:2] == (code, line)
    ended, out, _ = told("--json", "--room", "lobby", **KEYS)
    assert ended == code
    said = json.loads(out)
    assert (said["room"], said["answered"], said["exit_code"]) == ("lobby", False, code)
    assert said["sip_status"] == (failure.status if failure is not None else None)


def test_a_token_alone_makes_no_calls(told: Told, runs: Runs) -> None:
    code, _, error = told(LIVEKIT_URL="ws://127.0.0.1:7880", LIVEKIT_TOKEN="x")
    assert code == ExitCode.SETTINGS
    assert "no LIVEKIT_API_KEY: set it" in error
    assert "no LIVEKIT_API_SECRET: set it" in error
    assert runs.settings == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "911"), "with its country code"),
        (("--to", "+15551234567; rm -rf /"), "with its country code"),
        (("--from", "anonymous"), "with its country code"),
        (("--trunk", " "), "--trunk: give the id"),
        (("--ring-timeout", "0"), "give 1 to 80 seconds"),
        (("--ring-timeout", "81"), "give 1 to 80 seconds"),
        (("--ring-timeout", "2.5"), "give 1 to 80 seconds"),
        (("--participant", "ann"), "--participant is no flag of dial"),
        (("--stay",), "--stay is no flag of dial"),
        (("--print-config",), "use python -m bot --print-config"),
        (("--trnk", "x"), "unknown flag --trnk, did you mean --trunk?"),
    ],
)
def test_wrong_usage(
    told: Told, runs: Runs, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        told(*arguments, **KEYS)
    assert ended.value.code == ExitCode.SETTINGS
    assert said in capsys.readouterr().err
    assert runs.settings == []


@pytest.mark.parametrize("left_out", ["--to", "--trunk"])
def test_number_and_trunk_are_needed(capsys: pytest.CaptureFixture[str], left_out: str) -> None:
    at = CALL.index(left_out)
    with pytest.raises(SystemExit):
        dial.main((*CALL[:at], *CALL[at + 2 :]))
    assert f"required: {left_out}" in capsys.readouterr().err

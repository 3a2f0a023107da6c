"""`python -m bot memory`: what is known of a person is shown and forgotten."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.commands import memory
from bot.memory.opening import open_memory
from pipeline.messages import Memory, Message

KNOWN = Memory("2026-11-30", "Ann likes pizza.", (Message("user", "See you.", 0.0),))


@pytest.fixture(params=["people", "people.sqlite"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOT_MEMORY", raising=False)
    asyncio.run(open_memory(tmp_path / str(request.param)).save("ann", KNOWN))
    return str(request.param)


def test_a_person_is_shown_and_forgotten(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.main(["show", "ann", "--memory", path]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ann, last here on 2026-11-30",
        "Ann likes pizza.",
        "the last words then:",
        "  Person: See you.",
    ]
    assert memory.main(["forget", "ann", "--memory", path]) == 0
    assert capsys.readouterr().out == "ann is forgotten\n"
    assert memory.main(["forget", "ann", "--memory", path]) == 0
    assert capsys.readouterr().out == "nothing was known of ann\n"
    assert memory.main(["show", "ann", "--memory", path]) == 0
    assert capsys.readouterr().out == "nothing is known of ann\n"


def test_programs_read_json(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.main(["show", "ann", "--memory", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"] == "Ann likes pizza."
    assert memory.main(["forget", "ann", "--memory", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"identity": "ann", "forgotten": True}
    assert memory.main(["show", "ann", "--memory", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) is None


def test_the_path_comes_from_the_settings(
    path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert memory.main(["show", "ann"]) == 2
    assert "--memory" in capsys.readouterr().err
    monkeypatch.setenv("BOT_MEMORY", path)
    assert memory.main(["show", "ann"]) == 0


def test_a_path_that_is_none_is_an_error(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.txt").write_text("")
    assert memory.main(["show", "ann", "--memory", "notes.txt"]) == 2
    assert "neither a folder" in capsys.readouterr().err
    assert memory.main(["show", "ann", "--memory", "nowhere/people"]) == 2
    assert "make it first" in capsys.readouterr().err

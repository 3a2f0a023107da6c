"""`python -m bot report`: pages and pictures of calls, and what it says when there is none."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.commands import report
from bot.process.exit_codes import ExitCode
from tests.bot.report.recorded import record_answers
from tests.support.bot_process import environment
from tests.support.waiting import WAIT_LIMIT

Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capsysbinary: pytest.CaptureFixture[bytes]) -> Told:
    """Run the command: its exit code and what it writes."""

    def tell(*arguments: object) -> tuple[int, str, str]:
        code = report.main([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return tell


def test_a_journal_becomes_a_page_beside_it(told: Told, tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8, 1.9])
    code, out, err = told(journal)
    assert (code, err) == (ExitCode.OK, "")
    lines = out.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["turn 1", "turn 2"]
    assert lines[2] == str(tmp_path / "call.html")
    assert (tmp_path / "call.html").read_text("utf-8").startswith("<!doctype html>")


def test_pictures_of_a_call_and_of_many(told: Told, tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8, 1.9], "What costs $5 or $6?")
    for target, name in ((journal, "call.png"), (tmp_path, "all.png")):
        code, out, _ = told(target, "--png", tmp_path / name)
        assert code == ExitCode.OK
        assert str(tmp_path / name) in out
        picture = (tmp_path / name).read_bytes()
        assert picture.startswith(b"\x89PNG")
        width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
        assert width > 1500
        assert height > 500


def test_figures_for_programs(told: Told, tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.8])
    code, out, _ = told(journal, "--json", "--out", tmp_path / "page.html")
    assert code == ExitCode.OK
    found = json.loads(out)
    assert found["pages"] == [str(tmp_path / "page.html")]
    (figures,) = found["figures"]
    assert figures["turns"][1]["waterfall"]["turn"] == 1
    assert figures["interaction"]["response_rate"]["value"] == 1.0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.jsonl", None, "No such file"),
        ("empty.jsonl", "", "is it a journal"),
        ("other.jsonl", "[1]\n", "is no line of a journal"),
    ],
)
def test_it_says_why_there_is_no_page(told: Told, tmp_path: Path, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    code, out, err = told(tmp_path / name)
    assert (code, out) == (ExitCode.SETTINGS, "")
    assert said in err


def test_without_matplotlib_it_names_the_extra_and_writes_nothing(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    journal = record_answers(tmp_path / "call.jsonl", [0.8])
    code, _, err = told(journal, "--png", tmp_path / "call.png")
    assert code == ExitCode.SETTINGS
    assert "rawbot[report]" in err
    assert not (tmp_path / "call.html").exists()


def test_the_page_alone_loads_no_matplotlib_and_no_livekit(tmp_path: Path) -> None:
    record_answers(tmp_path / "call.jsonl", [0.8])
    program = (
        "import sys; from bot.cli import main; code = main(['report', 'call.jsonl']); "
        "print([it for it in ('matplotlib', 'livekit', 'aiohttp', 'openai') if it in sys.modules]); sys.exit(code)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment({}), capture_output=True, text=True, timeout=WAIT_LIMIT, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr

"""The operator's own entry: named on the command line or by a program, found by other processes; its faults."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.worker import JobContext, ProcessContext, run
from bot.worker.arguments import parse
from bot.worker.job_context import serve_voice_bot
from bot.worker.program import JobProgram, load_program, place_of, prepare
from bot.worker.program_places import ProgramPlaces, loading
from pipeline.errors import SettingsError

FILE = """
from bot import Agent
from bot.worker import run

reception = Agent("reception")
_hidden = Agent("hidden")
number = 7


async def entry(job):
    return "served"


def prewarm(process):
    return "prepared"


async def prewarm_later(process):
    return "prepared later"


def no_entry(job):
    pass
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "desk.py").write_text(FILE)
    return str(tmp_path / "desk.py")


def faults(**places: Any) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load_program(ProgramPlaces(**places))
    return raised.value.faults


def test_without_an_entry_a_bot_serves() -> None:
    assert load_program(ProgramPlaces()) == JobProgram(serve_voice_bot)
    assert not JobProgram().is_own


async def test_what_is_named_is_loaded_and_prepared(file: str) -> None:
    program = load_program(ProgramPlaces(f"{file}:entry", f"{file}:prewarm", (file,)))
    assert program.is_own
    assert await program.entry(None) == "served"  # type: ignore[arg-type]
    assert [agent.name for agent in program.agents] == ["reception"]
    assert await prepare(program, None) == "prepared"  # type: ignore[arg-type]
    later = load_program(ProgramPlaces(f"{file}:entry", f"{file}:prewarm_later"))
    assert await prepare(later, None) == "prepared later"  # type: ignore[arg-type]
    assert await prepare(JobProgram(), None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing", "has no function 'nothing': correct it."),
        ("number", "has no function 'number': correct it."),
        ("no_entry", "is no async function: write async def entry(job)."),
        ("", "write package.module:function or FILE.py:function."),
        ("a.b", "write package.module:function or FILE.py:function."),
    ],
)
def test_a_wrong_entry_is_told(file: str, name: str, why: str) -> None:
    (fault,) = faults(entry=f"{file}:{name}")
    assert fault.startswith("--entry ")
    assert fault.endswith(why)


def test_every_fault_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1 / 0")
    (tmp_path / "empty.py").write_text("x = 1")
    entry, prewarm, agents, missing = faults(
        entry="no.such.module:entry",
        prewarm=f"{tmp_path / 'broken.py'}:prewarm",
        agents=(str(tmp_path / "empty.py"), str(tmp_path / "gone.py")),
    )
    assert "there is no module 'no'" in entry
    assert "ZeroDivisionError: division by zero (broken.py:1)" in prewarm
    assert "has no agents" in agents
    assert "no such file" in missing


def test_two_agents_of_one_name_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "twins.py").write_text("from bot import Agent\na, b = Agent('x'), Agent('x')")
    (fault,) = faults(agents=(str(tmp_path / "twins.py"),))
    assert "two agents of the name x" in fault


async def entry(job: JobContext) -> None: ...


def prewarm(process: ProcessContext) -> None: ...


def test_a_program_s_functions_are_found_by_other_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert place_of(entry) == f"{__name__}:entry"
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(entry, "__module__", "__main__")
    main.__spec__ = None
    with pytest.raises(SettingsError, match="is in no file"):
        place_of(entry)
    main.__file__ = str(tmp_path / "desk.py")
    assert place_of(entry) == f"{tmp_path / 'desk.py'}:entry"

    async def inner(job: JobContext) -> None: ...

    for lost in (inner, lambda job: None):
        with pytest.raises(SettingsError, match="define it at the top of its module"):
            place_of(lost)


def test_the_flags_reach_the_processes_of_the_jobs() -> None:
    arguments = parse(["--entry", "desk:entry", "--agents", "a.py, b", "--greeting", "Hi", "--idle", "3"])
    assert arguments.places == ProgramPlaces("desk:entry", "", ("a.py", "b"))
    assert arguments.places.flags == ("--entry", "desk:entry", "--agents", "a.py,b")
    assert (arguments.bot_flags, arguments.idle) == (("--greeting", "Hi"), 3)
    assert parse([]).places.flags == ()


def test_a_program_has_its_own_entry_and_the_other_flags(capsys: pytest.CaptureFixture[str]) -> None:
    own = ProgramPlaces("desk.py:entry")
    assert parse(["--agent-name", "desk"], own).places is own
    with pytest.raises(SystemExit):
        parse(["--entry", "other:entry"], own)
    assert "--entry" in capsys.readouterr().err


def test_a_program_that_starts_a_worker_while_it_is_loaded_is_told() -> None:
    """Each of its processes would start another worker, and so on."""
    with loading(), pytest.raises(SettingsError, match='if __name__ == "__main__"'):
        run(entry, prewarm=prewarm)


def test_an_unguarded_program_is_refused_where_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "unguarded.py").write_text("from bot.worker import run\nasync def entry(job): ...\nrun(entry)")
    (fault,) = faults(entry=f"{tmp_path / 'unguarded.py'}:entry")
    assert 'write if __name__ == "__main__": run(...)' in fault

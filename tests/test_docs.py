"""README and docs/ say what is so: their tables are those of the code, and what they point to is there."""

import asyncio
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from scripts import doc_tables

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


PROGRAMS = [
    pytest.param(program, id=f"{page.name}-{number}")
    for page in PAGES
    for number, program in enumerate(re.findall(r"```py(?:thon)?\n(.*?)```", page.read_text("utf-8"), re.DOTALL), 1)
]


@pytest.mark.parametrize("page", doc_tables.TABLES)
def test_the_tables_are_those_of_the_code(page: str) -> None:
    assert doc_tables.drawn(page) == (ROOT / "docs" / page).read_text("utf-8"), "run: python -m scripts.doc_tables"


def anchors(page: Path) -> set[str]:
    """Its headings, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_it_points_to_is_there(page: Path) -> None:
    for path, anchor, name in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)(?:, `(\w+)`)?", page.read_text("utf-8")):
        target = (page.parent / path) if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), (path, anchor)
        if name:
            assert re.search(rf"^(class |def )?{name}\b", target.read_text("utf-8"), re.MULTILINE), (path, name)


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES[2:] if f"](docs/{page.name}" not in readme] == []


def test_it_answers_where_barge_in_is_decided() -> None:
    lines = (ROOT / "docs" / "architecture.md").read_text("utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith("| barge-in decided?")]
    assert "pipeline/turn/barge_in.py" in row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_it_names_are_there(page: Path) -> None:
    for command in re.findall(r"\bscripts/[\w.]+", page.read_text("utf-8")):
        assert (ROOT / command.rstrip(".")).exists(), command


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_on_it_are_taken(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they import is there, and what they declare is right: tools, agents, hooks. Rooms are left out."""

    def not_run(main: Coroutine[Any, Any, None]) -> None:
        main.close()

    monkeypatch.setattr(asyncio, "run", not_run)
    exec(compile(program, "program", "exec"), {"__name__": "program"})

"""The README says what is so: its tables are those of the code, and what it points to is there."""

import re
from pathlib import Path

from scripts import readme_tables

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    assert readme_tables.drawn(README) == README, "run: python -m scripts.readme_tables"


def test_what_it_points_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)(?:, `(\w+)`)?", README)
    assert len(targets) > 20
    for path, name in targets:
        target = ROOT / path
        assert target.exists(), path
        if name:
            assert re.search(rf"^(class |def )?{name}\b", target.read_text("utf-8"), re.MULTILINE), (path, name)


def test_it_answers_where_barge_in_is_decided() -> None:
    (row,) = [line for line in README.splitlines() if line.startswith("| barge-in decided?")]
    assert "pipeline/turn/barge_in.py" in row


def test_the_commands_it_names_are_there() -> None:
    for command in re.findall(r"\bscripts/[\w.]+", README):
        assert (ROOT / command).exists(), command

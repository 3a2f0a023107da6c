"""docs/security.md names limits that are there, with the values that they have."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.turn.policy import Policy

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
LIMITS = re.findall(r"^\| \[`([\w/]+)\.py`\]\([^)]*\), `(\w+)` \| ([\d,]+) \|", PAGE, re.MULTILINE)
TUNING = re.findall(r"`(max_\w+)` ([\d,]+)", PAGE)


def test_there_are_some() -> None:
    assert (len(LIMITS) > 20, len(TUNING)) == (True, 6)


@pytest.mark.parametrize(("module", "name", "value"), LIMITS, ids=[f"{at}-{name}" for at, name, _ in LIMITS])
def test_a_limit_is_as_the_page_says(module: str, name: str, value: str) -> None:
    assert getattr(import_module(module.replace("/", ".")), name) == int(value.replace(",", ""))


def test_the_tuning_is_as_the_page_says() -> None:
    assert {name: getattr(Policy(), name) for name, _ in TUNING} == {
        name: int(value.replace(",", "")) for name, value in TUNING
    }


def test_every_limit_that_is_named_stands_in_the_table() -> None:
    named = set(re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)`", PAGE)) - {"BOT_API_KEYS", "BOT_REDACT"}
    assert named <= {name for _, name, _ in LIMITS}
    assert set(re.findall(r"`(max_\w+)`", PAGE)) <= {name for name, _ in TUNING}

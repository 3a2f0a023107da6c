"""Tools named by a setting: files, modules, built-in ones; and what a program gives."""

from pathlib import Path
from typing import Any

import pytest

from bot.settings.reading import Reading, read_settings
from bot.tools.builtin import BUILT_IN, current_time, end_call
from bot.tools.references import load_tools, tool_of
from tests.bot.tools.conversation import Conversation, called

SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret"}

FILE = '''
from __future__ import annotations

from dataclasses import dataclass

from bot import tool
from beside_tools import WORD


@dataclass
class Slot:
    hour: int


@tool
def book(slot: Slot) -> str:
    """Book a slot."""
    return f"{WORD} {slot.hour}"


@tool
async def cancel() -> None:
    """Cancel."""


@tool
def _hidden() -> None:
    """No tool."""
'''


def read(folder: Path, tools: Any, *, environ: dict[str, str] | None = None, origin: Any = "flag") -> Reading:
    options = {"room": "kitchen"} | ({"tools": tools} if tools is not None else {})
    return read_settings(options, environ=SERVER | (environ or {}), directory=folder, origin=origin)


async def test_a_file_gives_its_tools(tmp_path: Path) -> None:
    (tmp_path / "beside_tools.py").write_text("WORD = 'booked'")
    (tmp_path / "desk.py").write_text(FILE)
    reading = read(tmp_path, "desk.py, end_call")
    assert reading.faults == ()
    assert reading.checked["tools"] == (str(tmp_path / "desk.py"), "end_call")
    book, cancel = load_tools(str(tmp_path / "desk.py"))
    assert (book.name, cancel.name) == ("book", "cancel")
    assert (await called(book, {"slot": {"hour": 9}})).text == "booked 9"
    assert load_tools(str(tmp_path / "desk.py")) == [book, cancel], "it runs once"


def test_a_module_gives_its_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "rawbot_test_pkg").mkdir()
    (tmp_path / "rawbot_test_pkg" / "__init__.py").touch()
    (tmp_path / "rawbot_test_pkg" / "desk.py").write_text(FILE.replace("from beside_tools import WORD", "WORD = ''"))
    reading = read(tmp_path, None, environ={"BOT_TOOLS": "rawbot_test_pkg.desk"})
    assert reading.faults == ()
    assert reading.checked["tools"] == ("rawbot_test_pkg.desk",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1", "has no tools: write @tool above each function (from bot import tool)"),
        ("import rawbot_nothing", "there is no module 'rawbot_nothing'"),
        ("x = 1\nx = 1 / 0", "ZeroDivisionError: division by zero (faulty.py:2)"),
        ("def (:", "cannot be imported: line 1: "),
        ("from bot import tool\n@tool\ndef go(): ...", "the tool go (faulty.py:2) has no docstring"),
        ("import sys\nsys.exit(3)", "cannot be imported: SystemExit: 3 (faulty.py:2)"),
        ("x = 1\nopen('missing.csv')", "No such file or directory: 'missing.csv' (faulty.py:2)"),
        ("from bot import tool\n@tool(nmae='go')\ndef go(): ...", "argument 'nmae' (faulty.py:2)"),
        ("from bot import tool\n@tool('go')\ndef go(): ...", "options by name: @tool(name=...) (faulty.py:2)"),
        ("x = '\0'", "cannot be imported: source code string cannot contain null bytes"),
        (None, "faulty.py, and there is no such file: correct the path."),
    ],
)
def test_a_faulty_file_is_reported_at_the_start(tmp_path: Path, text: str | None, fault: str) -> None:
    if text is not None:
        (tmp_path / "faulty.py").write_text(text)
    (found,) = read(tmp_path, "faulty.py").faults
    assert fault in found
    assert "references.py" not in found, "a place in the bot is of no help"


def test_an_unknown_name_is_reported_with_those_that_are_built_in(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "end_cal").faults
    assert found.startswith("flag --tools names end_cal, which cannot be imported: there is no module 'end_cal'")
    assert "built in are current_time, end_call" in found


def test_a_keyword_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('loaded')")
    (found,) = read(tmp_path, "evil.py", origin="keyword").faults
    assert found == (
        f"keyword tools is no tool of this bot: give the function itself, or one of {', '.join(BUILT_IN)}."
    )
    assert read(tmp_path, ["end_call"], origin="keyword").checked["tools"] == ("end_call",)


def test_a_program_gives_functions_and_names() -> None:
    assert tool_of("end_call") is end_call
    assert tool_of(current_time) is current_time
    with pytest.raises(ValueError, match=r"write @tool above the function"):
        tool_of(print)


async def test_the_built_in_ones() -> None:
    conversation = Conversation()
    assert (await called(end_call, {"farewell": "Goodbye."}, conversation)).text == "The call ends."
    assert conversation.done == [("end_call", "Goodbye.")]
    assert (await called(current_time, {"timezone": "UTC"})).text.endswith("(UTC)")
    assert (await called(current_time)).text.count(",") == 2
    for wrong in ("Berlin", "../etc/passwd", "Europe"):
        result = await called(current_time, {"timezone": wrong})
        assert result.is_error
        assert "give an IANA name such as Europe/Berlin" in result.text
    assert set(BUILT_IN) == {"current_time", "end_call", "send_dtmf", "transfer_to_human", "stop_recording"}

"""Tools in whole conversations: the README's program, the examples, and tools that the settings name."""

import json
import re
import runpy
import time
from pathlib import Path
from typing import Any

import pytest

from bot import VoiceBot, tool
from bot.tools.results import RESULT_LIMIT
from bot.tools.toolbox import FAILED
from pipeline.testing import Scene, virtual_time

ROOT = Path(__file__).resolve().parents[3]


def readme_program() -> dict[str, Any]:
    readme = (ROOT / "README.md").read_text("utf-8")
    (program,) = re.findall(r"^## Give it a tool\n.*?```py\n(.*?)```", readme, re.DOTALL | re.M)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(program, "README.md", "exec"), names)
    return names


@virtual_time
async def test_the_readme_s_program_books_a_slot() -> None:
    program = readme_program()
    scene = Scene()
    scene.llm.calls("free_slots", day="tomorrow")
    scene.llm.answers("There is ten and eleven. Which one?")
    scene.llm.calls("book", day="tomorrow", slot="11:00")
    scene.llm.answers("Eleven is booked for you.")
    scene.llm.calls("end_call", farewell="Goodbye, then.")
    scene.person.says("What is free tomorrow?", at=2.0)
    scene.when_heard("one?", lambda: scene.person.says("Eleven, please."))
    scene.when_heard("you.", lambda: scene.person.says("Thank you, goodbye."))
    await program["serve"](scene)
    assert program["SLOTS"]["tomorrow"] == ["10:00"]
    scene.assert_called("free_slots", day="tomorrow")
    scene.assert_called("book", slot="11:00")
    scene.assert_heard("eleven is booked")
    scene.assert_heard("goodbye then")
    scene.check_history()


@virtual_time
async def test_an_appointment_is_read_back_and_then_made_without_interruption() -> None:
    names = runpy.run_path(str(ROOT / "examples" / "appointments.py"))
    desk = names["Desk"]()
    scene = Scene()
    scene.llm.calls("confirm")
    scene.llm.answers("What is your name?")
    scene.llm.calls("propose", slot="Monday 11 o'clock", name="Ann")
    scene.llm.answers("Monday at eleven for Ann, right?")
    scene.llm.calls("confirm")
    scene.llm.answers("It is booked.", "You are welcome.")
    scene.person.says("Monday at eleven, please.", at=5.0)
    scene.when_heard("name?", lambda: scene.person.says("Ann."))
    scene.when_heard("right?", lambda: scene.person.says("Yes, please."))
    scene.when_heard("booking", lambda: scene.person.says("Hurry up, will you?"))
    scene.closes(at=40.0)
    await names["serve"](scene, desk)
    assert desk.booked == {"Monday 11 o'clock": "Ann"}
    scene.assert_heard("I am booking it one moment")
    scene.assert_heard("it is booked")
    scene.check_history()


def test_an_example_is_short() -> None:
    for path in (ROOT / "examples").glob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 80


def raises() -> str:
    """Act."""
    raise ZeroDivisionError("of its own")


async def blocks() -> str:
    """Act."""
    time.sleep(0.15)  # noqa: ASYNC251 - what it is about
    return "done"


def gives_a_megabyte() -> str:
    """Act."""
    return "x" * 1_000_000


def gives_no_json() -> Any:
    """Act."""
    made: list[Any] = []
    made.append(made)
    return made


def gives_no_text() -> bytes:
    """Act."""
    return b"\xff\xfe"


@pytest.mark.parametrize(
    ("act", "told", "logged"),
    [
        (raises, FAILED, "the tool raises has failed"),
        (blocks, "done", "the tool blocks has blocked the bot for"),
        (gives_a_megabyte, "x" * RESULT_LIMIT + "\n[cut here: 998,000 more characters", ""),
        (gives_no_json, FAILED, "the tool gives_no_json has failed"),
        (gives_no_text, "2 bytes that are no text", ""),
    ],
)
@virtual_time
async def test_whatever_a_function_does_the_person_is_answered(
    act: Any, told: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene()
    scene.llm.calls(act.__name__)
    scene.llm.answers("That is what came of it.")
    scene.person.says("Try it, please.", at=2.0)
    scene.closes(at=10.0)
    async with VoiceBot(room=scene, tools=[tool(act)]) as bot:
        await bot.wait_closed()
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.text.startswith(told)
    assert logged in caplog.text
    scene.assert_heard("That is what came of it")
    scene.check_history()


@virtual_time
async def test_a_setting_names_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "from bot import tool\n@tool\ndef price(what: str) -> float:\n    'Tell a price.'\n    return 2.5\n"
    )
    monkeypatch.setenv("BOT_TOOLS", f"{tmp_path / 'shop.py'},current_time")
    scene = Scene()
    scene.llm.calls("price", what="tea")
    scene.llm.answers("Two fifty.")
    scene.person.says("What is a tea?", at=2.0)
    scene.closes(at=15.0)
    async with VoiceBot(room=scene) as bot:
        await bot.wait_closed()
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.text == "2.5"
    assert [tool.name for tool in scene.requests[0].prompt.tools] == ["price", "current_time"]
    scene.assert_heard("two fifty")


@virtual_time
async def test_a_program_s_own_tools_replace_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOOLS", "missing.py")
    scene = Scene()
    scene.person.says("Hello there.", at=2.0)
    scene.closes(at=8.0)
    async with VoiceBot(room=scene, tools=["end_call"]) as bot:
        await bot.wait_closed()
    assert [tool.name for tool in scene.requests[0].prompt.tools] == ["end_call"]


@virtual_time
async def test_a_setting_names_webhooks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    webhook = {"name": "book", "description": "Book a slot.", "url": "https://example.com/book"}
    (tmp_path / "webhooks.json").write_text(json.dumps({"webhooks": [webhook]}))
    monkeypatch.setenv("BOT_WEBHOOKS", str(tmp_path / "webhooks.json"))
    scene = Scene()
    scene.person.says("Hello there.", at=2.0)
    scene.closes(at=8.0)
    async with VoiceBot(room=scene, tools=["end_call"]) as bot:
        await bot.wait_closed()
    assert [tool.name for tool in scene.requests[0].prompt.tools] == ["end_call", "book"]

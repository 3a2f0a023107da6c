"""Telephones in scenes: when their calls are ended, and what a tool may call."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from bot import ToolContext, VoiceBot, tool
from bot.room.arrival import ARRIVAL_DELAY
from pipeline.errors import RoomError
from pipeline.testing import Scene, virtual_time

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "colleague.py"


def saying_goodbye(*, by_telephone: bool = True) -> Scene:
    scene = Scene()
    if by_telephone:
        scene.telephones()
    scene.llm.calls("end_call", farewell="Goodbye.")
    scene.person.says("That is all. Bye.", at=1.0)
    return scene


@virtual_time
async def test_the_bot_hangs_up_once_its_last_words_are_over() -> None:
    scene = saying_goodbye()
    async with VoiceBot(room=scene, tools=["end_call"]) as bot:
        await bot.wait_closed()
    assert scene.heard_text == "Goodbye."
    ((identity, at),) = scene.hung_up
    assert identity == "ann"
    assert at >= scene.heard[-1].at + ARRIVAL_DELAY


@virtual_time
async def test_one_that_stays_hangs_up_too() -> None:
    scene = saying_goodbye()
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, tools=["end_call"], stay=True) as bot:
        await bot.wait_closed()
    assert [identity for identity, _ in scene.hung_up] == ["ann"]


@virtual_time
async def test_a_browser_has_no_line_to_be_ended() -> None:
    scene = saying_goodbye(by_telephone=False)
    async with VoiceBot(room=scene, tools=["end_call"]) as bot:
        await bot.wait_closed()
    assert scene.hung_up == []


@pytest.mark.parametrize("options", [{}, {"transfer_to": "tel:+15551234567", "url": "ws://x"}])
@virtual_time
async def test_a_caller_who_is_handed_over_stays_on_the_line(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")
    scene = Scene()
    scene.telephones()
    scene.llm.calls("transfer_to_human", reason="They want to cancel.")
    scene.person.says("I want to speak to a human.", at=1.0)
    async with VoiceBot(room=scene, tools=["transfer_to_human"], **options) as bot:
        await bot.wait_closed()
    assert scene.hung_up == []


@tool(timeout=60)
async def call_the_shop(context: ToolContext) -> str:
    """Call the shop into this conversation."""
    return f"{await context.dial('+15550100', 'ST_1')} is on the line."


def calling(error: RoomError | None = None, rings: float = 0.0) -> Scene:
    scene = Scene()
    scene.telephone_answers(error, rings=rings)
    scene.llm.calls("call_the_shop")
    scene.llm.answers("I see.")
    scene.person.says("Can you get the shop on the line?", at=1.0)
    return scene


@pytest.mark.parametrize(
    ("error", "rings", "result"),
    [
        (None, 4.0, "sip_+15550100 is on the line."),
        (RoomError("+15550100 was not reached: the line is busy (SIP 486 Busy Here)"), 2.0, "the line is busy"),
        (None, 31.0, "nobody has answered"),
    ],
)
@virtual_time
async def test_a_tool_calls_and_the_model_reads_what_came_of_it(
    error: RoomError | None, rings: float, result: str
) -> None:
    scene = calling(error, rings)
    scene.closes(at=40.0)
    async with VoiceBot(room=scene, tools=[call_the_shop]) as bot:
        await bot.wait_closed()
        (returned,) = [message for message in bot.history if message.role == "tool"]
    assert result in returned.text
    ((_, number, trunk),) = scene.telephoned
    assert (number, trunk) == ("+15550100", "ST_1")
    assert scene.heard_text.endswith("I see.")


@virtual_time
async def test_the_example_calls_a_colleague_by_department(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIP_TRUNK", "ST_7")
    names = runpy.run_path(str(EXAMPLE))
    scene = Scene()
    scene.telephone_answers(rings=3.0)
    scene.llm.calls("call_colleague", department="repairs")
    scene.llm.answers("Here is somebody of repairs.")
    scene.person.says("My bicycle is broken. Can I talk to somebody?", at=1.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, tools=[names["call_colleague"], "end_call"]) as bot:
        await bot.wait_closed()
    ((_, number, trunk),) = scene.telephoned
    assert (number, trunk) == (names["COLLEAGUES"]["repairs"], "ST_7")
    assert scene.heard_text == "I am calling them. One moment, please. Here is somebody of repairs."
    assert scene.hung_up == []

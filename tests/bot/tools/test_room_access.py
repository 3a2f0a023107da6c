"""What tools do in the room of their bot: from its event loop, from threads, and in scenes."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from bot import ToolContext, VoiceBot, tool
from bot.tools.toolbox import FAILED, Toolbox
from pipeline.errors import RoomError, ToolError
from pipeline.events import DtmfReceived
from pipeline.messages import ToolRequest
from pipeline.ports import ToolResult
from pipeline.testing import Scene, virtual_time
from tests.bot.tools.conversation import Conversation, bound


class Room:
    """A room whose person has an app that answers."""

    def __init__(self, answer: str | None = "here") -> None:
        self.answer = answer
        self.done: list[object] = []

    async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
        self.done.append((method, payload, timeout))
        await asyncio.sleep(0)
        if self.answer is None:
            raise RoomError("the app of ann has no method where")
        return self.answer

    async def send_dtmf(self, digits: str) -> None:
        self.done.append(digits)

    async def dial(self, number: str, trunk: str, *, caller_number: str, ring_delay: int) -> str:
        self.done.append((number, trunk, caller_number, ring_delay))
        return f"sip_{number}"


async def called(function: object, room: Room | None) -> ToolResult:
    """Call a tool that needs no arguments."""
    (made,) = bound(function)
    toolbox = Toolbox([made], {})
    toolbox.room = room
    return await toolbox.call(ToolRequest("1", made.definition.name, "{}"), Conversation())


@tool
async def ask(context: ToolContext) -> str:
    """Ask."""
    return await context.rpc("where", {"name": "Zoë"}, timeout=3.0)


@tool
def ask_in_thread(context: ToolContext) -> str:
    """Ask."""
    assert threading.current_thread() is not threading.main_thread()
    return context.wait_for(context.rpc("where", {"name": "Zoë"}, timeout=3.0))


@tool
def ask_in_loop_of_its_own(context: ToolContext) -> str:
    """Ask."""

    async def inner() -> str:
        return await context.rpc("where", {"name": "Zoë"}, timeout=3.0)

    return asyncio.run(inner())


@pytest.mark.parametrize("function", [ask, ask_in_thread, ask_in_loop_of_its_own])
async def test_a_tool_asks_the_app_wherever_it_runs(function: Callable[..., object]) -> None:
    room = Room()
    assert await called(function, room) == ToolResult("here")
    assert room.done == [("where", '{"name": "Zoë"}', 3.0)]


@pytest.mark.parametrize("function", [ask, ask_in_thread, ask_in_loop_of_its_own])
async def test_what_went_wrong_is_told_to_the_model(function: Callable[..., object]) -> None:
    assert await called(function, Room(None)) == ToolResult("the app of ann has no method where", is_error=True)
    assert await called(function, None) == ToolResult("This bot is in no room.", is_error=True)


async def test_a_text_is_sent_as_it_is() -> None:
    @tool
    async def say(context: ToolContext) -> str:
        """Say."""
        return await context.rpc("say", "plain")

    room = Room()
    await called(say, room)
    assert room.done == [("say", "plain", 10.0)]


async def test_an_async_tool_that_would_block_the_bot_is_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    @tool
    async def block(context: ToolContext) -> str:
        """Block."""
        return context.wait_for(context.rpc("where"))

    assert await called(block, Room()) == ToolResult(FAILED, is_error=True)
    assert "in its own event loop: await it" in caplog.text


async def test_a_thread_that_goes_on_behind_its_call_is_told_that_it_is_over() -> None:
    given_up, told = threading.Event(), list[str]()
    ended = threading.Event()

    @tool
    def late(context: ToolContext) -> None:
        """Wait."""
        given_up.wait(20.0)
        try:
            context.wait_for(context.rpc("where"))
        except ToolError as error:
            told.append(str(error))
        ended.set()

    call = asyncio.create_task(called(late, Room()))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    given_up.set()
    await asyncio.to_thread(ended.wait, 20.0)
    assert told == ["The call is over."]


async def test_a_thread_that_waits_is_let_go_with_its_call() -> None:
    told, ended = list[type[BaseException]](), threading.Event()
    begun = asyncio.Event()

    class Silent(Room):
        async def perform_rpc(self, method: str, payload: str, timeout: float) -> str:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    @tool
    def wait(context: ToolContext) -> None:
        """Wait."""
        try:
            context.wait_for(context.rpc("where"))
        except BaseException as error:  # noqa: BLE001 - which one it is, is the question
            told.append(type(error))
        ended.set()

    call = asyncio.create_task(called(wait, Silent()))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await asyncio.to_thread(ended.wait, 20.0)
    assert [it.__name__ for it in told] == ["CancelledError"]


@tool
async def locate(context: ToolContext) -> str:
    """Say where the person is."""
    return await context.rpc("where", timeout=2.0)


@virtual_time
async def test_in_a_scene_the_app_answers_as_it_is_told_to() -> None:
    async def count(payload: str) -> str:
        return f"{payload} Paris {len(scene.rpc_calls)}"

    scene = Scene()
    scene.rpc("where", count, takes=0.5)
    scene.llm.calls("locate")
    scene.llm.answers("You are in Paris.")
    scene.person.says("Where am I?", at=1.0)
    scene.closes(at=10.0)
    async with VoiceBot(room=scene, tools=[locate]) as bot:
        await bot.wait_closed()
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.text == " Paris 1"
    assert [(it.method, it.payload) for it in scene.rpc_calls] == [("where", "")]
    scene.assert_heard("you are in paris")


@pytest.mark.parametrize(
    ("answer", "takes", "told"),
    [
        (None, 0.0, "the app of the person has no method where"),
        ("here", 9.0, "the app of the person did not answer where in time"),
        ("here", float("inf"), "the app of the person did not answer where in time"),
        (RoomError("busy"), 0.0, "busy"),
    ],
)
@virtual_time
async def test_in_a_scene_it_fails_as_it_is_told_to(answer: str | RoomError | None, takes: float, told: str) -> None:
    scene = Scene()
    if answer is not None:
        scene.rpc("where", answer, takes=takes)
    scene.llm.calls("locate")
    scene.person.says("Where am I?", at=1.0)
    scene.closes(at=10.0)
    async with VoiceBot(room=scene, tools=[locate]) as bot:
        await bot.wait_closed()
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert (call.text, call.is_error) == (told, True)


@virtual_time
async def test_the_model_and_the_program_press_keys() -> None:
    scene = Scene()
    scene.llm.calls("send_dtmf", digits="12 #")
    scene.llm.answers("I have pressed them.")
    scene.llm.calls("send_dtmf", digits="one")
    scene.llm.answers("That did not work.")
    scene.person.says("Choose twelve.", at=1.0)
    scene.person.says("Choose one.", at=7.0)
    scene.closes(at=14.0)
    async with VoiceBot(room=scene, tools=["send_dtmf"]) as bot:
        await bot.send_dtmf("*9")
        with pytest.raises(RoomError, match="'X' is on no telephone"):
            await bot.send_dtmf("x")
        await bot.wait_closed()
        results = [(message.text, message.is_error) for message in bot.history if message.role == "tool"]
    assert [keys for _, keys in scene.dialed] == ["*9", "12#"]
    assert results[0] == ("The keys were pressed.", False)
    assert results[1][1]
    assert "on no telephone: give the keys" in results[1][0]


@pytest.mark.parametrize("dtmf", [True, False])
@virtual_time
async def test_keys_that_are_pressed_are_events_and_where_it_is_asked_for_a_turn(dtmf: bool) -> None:
    scene = Scene()
    scene.llm.answers("Thank you.")
    scene.person.presses("1234#", at=1.0)
    scene.closes(at=8.0)
    async with VoiceBot(room=scene, dtmf=dtmf) as bot:
        pressed = "".join([event.digit async for event in bot.events() if isinstance(event, DtmfReceived)])
        said = [message.text for message in bot.history if message.role == "user"]
    assert pressed == "1234#"
    assert said == (["1234"] if dtmf else [])
    assert scene.heard_text == ("Thank you." if dtmf else "")


@virtual_time
async def test_what_is_keyed_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """It may be a secret number; as what is said it is in the history."""
    caplog.set_level("DEBUG")
    scene = Scene()
    scene.person.presses("7", at=1.0)
    scene.closes(at=8.0)
    async with VoiceBot(room=scene) as bot:
        await bot.wait_closed()
    assert "presses" not in caplog.text

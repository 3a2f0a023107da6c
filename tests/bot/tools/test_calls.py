"""Calls of functions: arguments checked, results made texts, failures told, the loop never blocked unseen."""

import asyncio
import enum
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from bot import ToolContext, ToolError, tool
from bot.tools.blocking import WatchedCoroutine
from bot.tools.results import RESULT_LIMIT
from bot.tools.toolbox import FAILED, Toolbox
from pipeline.messages import ToolRequest
from pipeline.ports import ToolResult
from tests.bot.tools.conversation import Conversation, bound, called


class Color(enum.Enum):
    RED = "red"


class Guest(BaseModel):
    name: str
    age: int = 30


@tool
def paint(color: Color, guest: Guest, size: Literal["s", "l"] = "s", times: int = 1) -> str:
    """Paint."""
    return f"{color!r} {guest.name} {guest.age} {size} {times}"


async def test_arguments_come_in_the_types_of_the_function() -> None:
    result = await called(paint, {"color": "red", "guest": {"name": "Ann"}, "times": "2"})
    assert result == ToolResult("<Color.RED: 'red'> Ann 30 s 2")


async def test_null_stands_for_what_may_be_left_out() -> None:
    result = await called(paint, {"color": "red", "guest": {"name": "Ann"}, "size": None, "times": None})
    assert result == ToolResult("<Color.RED: 'red'> Ann 30 s 1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"guest": {"name": "Ann"}}, "color: it is missing; give it"),
        ({"color": "green", "guest": {"name": "A"}}, "color: Input should be 'red'"),
        ({"color": "red", "guest": {"name": "A", "age": "x"}}, "guest.age: 'x' is no whole number; give one"),
        ({"color": "red", "guest": {"name": "A"}, "colour": 1}, "colour: there is no such argument; leave it out"),
        ({"color": "x" * 100_000, "guest": {"name": "A"}}, "color: Input should be 'red'"),
    ],
)
async def test_arguments_that_do_not_fit_are_answered_with_what_does(arguments: Any, told: str) -> None:
    result = await called(paint, arguments)
    assert result.is_error
    assert told in result.text
    assert result.text.endswith(
        "It takes color (one of red), guest (object), size (one of s, l, optional), times (integer, optional)."
    )
    assert len(result.text) < 500


async def test_no_arguments_at_all_are_none() -> None:
    @tool
    def ping() -> str:
        """Ping."""
        return "pong"

    assert await called(ping) == ToolResult("pong")
    assert (await called(ping, {"a": 1})).text == "a: there is no such argument; leave it out. It takes no arguments."


async def test_arguments_of_a_json_schema_are_checked_by_it() -> None:
    parameters = {
        "type": "object",
        "properties": {"q": {"type": "string", "minLength": 2}, "page": {"type": "integer"}},
        "required": ["q"],
        "additionalProperties": False,
    }

    @tool(parameters=parameters)
    async def search(context: ToolContext, **wanted: Any) -> Any:
        """Search."""
        return wanted

    assert await called(search, {"q": "ab", "page": None}) == ToolResult('{"q":"ab"}')
    for wrong, told in [({"q": "a"}, "q: 'a' is too short"), ({}, "'q' is a required property"), ({"q": 5}, "q: 5 is")]:
        result = await called(search, wrong)
        assert result.is_error
        assert told in result.text
        assert result.text.endswith("It takes q (string), page (integer, optional).")


async def test_tools_may_come_and_go() -> None:
    @tool
    def ping() -> str:
        """Ping."""
        return "pong"

    toolbox, changes = Toolbox(bound(paint), {}), list[list[str]]()
    toolbox.on_change = lambda: changes.append([it.name for it in toolbox.definitions])
    for tools in (bound(ping), bound(ping), ()):
        toolbox.replace("server", tools)
    assert changes == [["paint", "ping"], ["paint"]]
    result = await toolbox.call(ToolRequest("1", "ping", "{}"), Conversation())
    assert result == ToolResult("There is no tool ping any more.", is_error=True)


@dataclass
class Slot:
    day: date
    free: bool


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        (None, "done"),
        (True, "True"),
        (3, "3"),
        (2.5, "2.5"),
        (Guest(name="Zoë"), '{"name":"Zoë","age":30}'),
        (Slot(date(2026, 12, 1), True), '{"day":"2026-12-01","free":true}'),
        ([Slot(date(2026, 12, 1), False), {"a": None}], '[{"day":"2026-12-01","free":false},{"a":null}]'),
        ({"a": object}, '{"a":"<class \'object\'>"}'),
        (date(2026, 12, 1), "2026-12-01"),
        (Color.RED, "red"),
        ("ü".encode(), "ü"),
        (b"\xff\x00", "2 bytes that are no text"),
        ([b"\xff", b"ok"], '["_w==","b2s="]'),
        ((), "[]"),
    ],
)
async def test_what_is_returned_becomes_a_text(value: object, text: str) -> None:
    @tool
    def give() -> Any:
        """Give."""
        return value

    assert await called(give) == ToolResult(text)


async def test_a_long_result_is_cut_with_a_note() -> None:
    @tool
    def dump() -> str:
        """Dump."""
        return "x" * 1_000_000

    result = await called(dump)
    assert result.text.startswith("x" * RESULT_LIMIT + "\n[cut here: 998,000 more characters")
    assert len(result.text) < RESULT_LIMIT + 100


def itself() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def fails(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "act",
    [
        fails(ZeroDivisionError("secret")),
        fails(StopIteration()),
        fails(TimeoutError()),
        fails(LookupError("x")),
        fails(SystemExit(3)),
        fails(BaseExceptionGroup("of a library", [SystemExit(3)])),
        itself,
    ],
)
async def test_a_bug_is_logged_and_told_without_its_inside(
    act: Callable[[], object], is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def plain() -> object:
        """Try."""
        return act()

    async def in_loop() -> object:
        """Try."""
        return act()

    assert await called(tool(in_loop if is_async else plain)) == ToolResult(FAILED, is_error=True)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "Traceback" in record.getMessage()
    assert "secret" not in FAILED + record.getMessage()


async def test_a_thread_is_interrupted_by_no_keyboard() -> None:
    @tool
    def interrupted() -> None:
        """Try."""
        raise KeyboardInterrupt

    assert await called(interrupted) == ToolResult(FAILED, is_error=True)


async def test_a_tool_error_is_told() -> None:
    @tool
    async def book() -> None:
        """Book."""
        raise ToolError("That slot is taken. Free are 9 and 11.")

    assert await called(book) == ToolResult("That slot is taken. Free are 9 and 11.", is_error=True)


async def test_a_tool_speaks_from_the_loop_and_from_a_thread() -> None:
    def act(context: ToolContext) -> str:
        """Act."""
        context.say("One moment.")
        context.disallow_interruptions()
        context.end_call("Bye.")
        return f"{threading.current_thread() is threading.main_thread()} {context.metadata} {context.history[0].text}"

    async def act_in_loop(context: ToolContext) -> str:
        """Act."""
        return act(context)

    for given, is_main in ((act, False), (act_in_loop, True)):
        conversation = Conversation()
        result = await called(tool(given), conversation=conversation)
        assert result.text == f"{is_main} {{'account': 7}} Hello."
        assert conversation.done == [("say", "One moment."), ("disallow_interruptions", None), ("end_call", "Bye.")]


async def test_a_tool_that_is_cancelled_is_left_at_once() -> None:
    ended = threading.Event()
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    @tool
    def wait() -> None:
        """Wait."""
        loop.call_soon_threadsafe(began.set)
        ended.wait(20.0)

    call = asyncio.create_task(called(wait))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not ended.is_set()
    ended.set()


async def test_an_async_tool_that_blocks_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    @tool
    async def block() -> str:
        """Block."""
        time.sleep(0.15)  # noqa: ASYNC251 - what it is about
        await asyncio.sleep(0)
        time.sleep(0.15)  # noqa: ASYNC251
        return "done"

    assert await called(block) == ToolResult("done")
    (warning,) = caplog.messages
    assert warning.startswith("the tool block has blocked the bot for 0.")


async def test_a_coroutine_that_only_waits_blocks_nothing() -> None:
    now = [0.0]
    blocked: list[float] = []

    async def steps() -> AsyncIterator[int]:
        for number in range(3):
            now[0] += 0.09
            await asyncio.sleep(0)
            yield number

    async def work() -> int:
        return sum([number async for number in steps()])

    assert await WatchedCoroutine(work(), blocked.append, lambda: now[0]) == 3
    assert blocked == []


async def test_a_watched_coroutine_can_be_cancelled_and_may_refuse() -> None:
    async def work() -> str:
        try:
            await asyncio.sleep(30.0)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "cleaned up"
        return "slept"

    async def watched() -> str:
        return await WatchedCoroutine(work(), print)

    task = asyncio.create_task(watched())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cleaned up"

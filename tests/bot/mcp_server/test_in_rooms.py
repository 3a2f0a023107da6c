"""The tools in a real room: the SDK's client over both transports, providers over their real protocols."""

import asyncio

import pytest

from pipeline.audio import LISTEN_RATE
from tests.bot.conftest import NewCaller
from tests.bot.mcp_server.conftest import World
from tests.bot.mcp_server.mcp_client import Transport
from tests.support.caller import Caller
from tests.support.sentences import sentence
from tests.support.waiting import GHOST_LIMIT

QUESTION = "Amber brick?"


async def answer(caller: Caller, text: str) -> None:
    """Hear a question to its end, and say something."""
    spoken = sentence(text)  # before: making it would tear holes into what is playing
    asked_at = await caller.hears(asyncio.get_running_loop().time())
    await caller.until(lambda: caller.recording.silent_after(asked_at, sustained=0.5))
    await caller.play(spoken, LISTEN_RATE)


@pytest.mark.sfu
@pytest.mark.alone
@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_a_question_is_asked_and_the_answer_returned(
    world: World, room_name: str, new_caller: NewCaller, transport: Transport
) -> None:
    async with new_caller() as caller, world.connect(transport) as call:
        joined = await call("join_room", room=room_name)
        assert (joined["room"], joined["problem"], joined["other_bots"]) == (room_name, None, 0)
        assert [(person["identity"], person["is_partner"]) for person in joined["people"]] == [("caller", True)]
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(caller, "My name is Ada."))
            asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["text"], asked["problem"]) == (QUESTION, "My name is Ada.", None)
        lines = (await call("get_transcript", since=joined["cursor"]))["lines"]
        assert [(line["speaker"], line["text"]) for line in lines] == [("you", QUESTION), ("person", "My name is Ada.")]
        await call("leave_room")
        await caller.until(lambda: not caller.room.remote_participants, GHOST_LIMIT)
    assert world.model.requests == []

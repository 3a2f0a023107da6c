"""The tools in a real room: the SDK's client, providers over their real protocols."""

import asyncio

import pytest

from pipeline.audio import LISTEN_RATE
from tests.bot.conftest import NewCaller
from tests.bot.mcp_server.conftest import World
from tests.support.caller import Caller
from tests.support.sentences import sentence
from tests.support.tone_code import understood
from tests.support.waiting import GHOST_LIMIT

QUESTION = "Amber brick?"
ANSWER = "My name is Ada."


async def answer(caller: Caller) -> None:
    """Hear a question to its end, and say something."""
    spoken = sentence(ANSWER)  # before: making it would tear holes into what is playing
    await caller.until(lambda: [(it.text, it.final) for it in caller.texts.segments()] == [(QUESTION, True)])
    await caller.play(spoken, LISTEN_RATE)


@pytest.mark.sfu
@pytest.mark.alone
async def test_a_question_is_asked_and_the_answer_returned(world: World, room_name: str, new_caller: NewCaller) -> None:
    """Over HTTP; the README's configuration is tried over stdio."""
    async with new_caller() as caller, world.connect("http") as call:
        joined = await call("join_room", room=room_name)
        assert (joined["room"], joined["problem"], joined["other_bots"]) == (room_name, None, 0)
        assert [(person["identity"], person["is_partner"]) for person in joined["people"]] == [("caller", True)]
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(caller))
            asked = await call("ask", text=QUESTION)
        assert (asked["question_heard"], asked["problem"]) == (QUESTION, None)
        assert understood(asked["text"].split(), ANSWER.split()), asked["text"]
        lines = (await call("get_transcript", since=joined["cursor"]))["lines"]
        assert [(line["speaker"], line["text"]) for line in lines][:2] == [("you", QUESTION), ("person", asked["text"])]
        await call("leave_room")
        await caller.until(lambda: not caller.room.remote_participants, GHOST_LIMIT)
    assert world.model.requests == []

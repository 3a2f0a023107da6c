"""Writing attributes into a room that answers late, never, or is away."""

import asyncio

import pytest

from bot.room.attributes import ATTRIBUTE_TIMEOUT, Attributes
from tests.support.virtual_time import settle, virtual_time


class Room:
    """A participant whose attributes take `answer_delay` to be set, if it may set any."""

    def __init__(self, *, allowed: bool = True, answer_delay: float = 0.1) -> None:
        self.attributes: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.ours = Attributes()
        self._allowed, self._answer_delay = allowed, answer_delay

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        self.asked.append(attributes)
        await asyncio.sleep(self._answer_delay)
        if self._allowed:
            self.attributes.update(attributes)
            self.ours.look()


@virtual_time
async def test_of_several_values_in_a_row_the_last_one_wins() -> None:
    room = Room()
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(room.ours.keep(room))
        room.ours.set({"other": "x"})
        for state in ("a", "b"):
            room.ours.set({"state": state})
        await settle()
        for state in ("c", "d", "e"):
            room.ours.set({"state": state})
        await asyncio.sleep(1)
        room.ours.set({"state": "e"})
        await asyncio.sleep(1)
        keeping.cancel()
    assert room.asked == [{"other": "x", "state": "b"}, {"other": "x", "state": "e"}]
    assert room.attributes == room.asked[-1]


@virtual_time
async def test_a_reconnect_writes_them_again() -> None:
    """Also one that comes while a request is on its way, to the participant that is no more."""
    room = Room()
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(room.ours.keep(room))
        room.ours.set({"state": "a"})
        await asyncio.sleep(0.05)
        room.ours.hold()
        room.ours.write_again()
        await asyncio.sleep(1)
        assert len(room.asked) == 2
        room.ours.hold()
        room.ours.set({"state": "b"})
        await asyncio.sleep(1)
        assert len(room.asked) == 2, "nothing is written while the connection is away"
        room.ours.write_again()
        await asyncio.sleep(1)
        keeping.cancel()
    assert room.asked[2:] == [{"state": "b"}]


def test_a_refusal_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        room = Room(allowed=False)
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(room.ours.keep(room))
            for state in ("a", "b", "c"):
                room.ours.set({"state": state})
                await asyncio.sleep(ATTRIBUTE_TIMEOUT + 1)
            keeping.cancel()
        assert len(room.asked) == 3

    scene()
    assert caplog.text.count("canUpdateOwnMetadata") == 1

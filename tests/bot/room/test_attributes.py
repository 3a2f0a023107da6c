"""Writing attributes into a room that answers late, never, or is away."""

import asyncio

import pytest

from bot.room.attributes import ATTRIBUTE_TIMEOUT, STATE_ATTRIBUTE, Attributes
from pipeline.testing.virtual_loop import settle, virtual_time
from tests.bot.conftest import NewCaller
from tests.support.bot import BOT


class Room:
    """A participant whose attributes take 0.1 s to be set, if it may set any; `answer_delay` later the call returns.

    An empty value takes an attribute away, as LiveKit's server does it.
    """

    def __init__(self, *, allowed: bool = True, answer_delay: float = 0.0) -> None:
        self.attributes: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.ours = Attributes()
        self._allowed, self._answer_delay = allowed, answer_delay

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        self.asked.append(attributes)
        await asyncio.sleep(0.1)
        changed = {name: value for name, value in (self.attributes | attributes).items() if value}
        if self._allowed and changed != self.attributes:
            self.attributes = changed
            self.ours.look()
        await asyncio.sleep(self._answer_delay)


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


@virtual_time
async def test_a_participant_that_goes_on_gets_its_own_attributes_back() -> None:
    room = Room()
    room.attributes["state"] = "the program's own"
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(room.ours.keep(room))
        room.ours.set({"state": "a", "other": "x"})
        await asyncio.sleep(1)
        room.ours.hold()
        room.ours.write_again()
        room.ours.set({"state": "b"})
        await asyncio.sleep(1)
        keeping.cancel()
    await room.ours.withdraw(room)
    assert room.attributes == {"state": "the program's own"}


def test_a_lost_answer_delays_no_later_value_and_is_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    """The client loses one in some hundred answers, and then returns only when it has waited for 5 s."""

    @virtual_time
    async def scene() -> None:
        room = Room(answer_delay=5.0)
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(room.ours.keep(room))
            for state in ("a", "b", "c"):
                room.ours.set({"state": state})
                await asyncio.sleep(0.2)
                assert room.attributes == {"state": state}
            room.ours.hold()
            room.ours.write_again()
            await asyncio.sleep(ATTRIBUTE_TIMEOUT + 1)
            keeping.cancel()
        assert [asked["state"] for asked in room.asked] == ["a", "b", "c", "c"]

    scene()
    assert not caplog.text


def test_one_that_is_taken_away_delays_no_later_value_and_is_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        room = Room(answer_delay=5.0)
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(room.ours.keep(room))
            for tool in ("look", "", "book"):
                room.ours.set({"tool": tool})
                await asyncio.sleep(0.2)
                assert room.attributes == ({"tool": tool} if tool else {})
            room.ours.set({"tool": ""})
            await asyncio.sleep(ATTRIBUTE_TIMEOUT + 1)
            keeping.cancel()

    scene()
    assert not caplog.text


@pytest.mark.sfu
async def test_rapid_changes_in_a_real_room(
    new_caller: NewCaller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many of them that a few answers are lost: none is taken for a refusal, and the last value stands."""
    monkeypatch.setattr("bot.room.attributes.ATTRIBUTE_TIMEOUT", 3.0)  # shorter than the client waits
    ours = Attributes()
    async with new_caller() as caller, new_caller(BOT, kind="agent", publish=False) as bot:
        bot.room.on("participant_attributes_changed", lambda *_: ours.look())
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(ours.keep(bot.room.local_participant))
            number = 0
            while number < 1000 or len(caller.agent_states(BOT)) <= 100:
                number += 1
                ours.set({STATE_ATTRIBUTE: str(number)})
                await asyncio.sleep(0.002)
            seen = caller.room.remote_participants[BOT]
            await caller.until(lambda: seen.attributes[STATE_ATTRIBUTE] == str(number))
            keeping.cancel()
    assert "canUpdateOwnMetadata" not in caplog.text


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

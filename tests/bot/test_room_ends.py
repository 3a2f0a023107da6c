"""How being in a room ends, or does not begin: each end known by its name, each refusal with its advice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import api, rtc
from livekit.api.room_service import RoomService

from bot.room import joining
from bot.room.voice import RoomVoice
from pipeline.errors import RoomClosed, RoomError
from pipeline.events import ConnectionLost, Joined, PersonLinked, RoomEnded
from scripts.livekit.api import ServerInfo
from tests.bot.conftest import NewBot, NewCaller
from tests.conftest import MakeServer
from tests.support.bot import BOT, Watched, bot_token
from tests.support.waiting import GHOST_LIMIT, WAIT_LIMIT

pytestmark = pytest.mark.sfu


@asynccontextmanager
async def administrator(server: ServerInfo) -> AsyncIterator[RoomService]:
    """Calls of the server's room service."""
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
        yield client.room


async def ended(bot: Watched, reason: str) -> None:
    """The room has ended for the bot: everything that waits for it comes to its end, and stays there."""
    assert (await bot.next(RoomEnded)).reason == reason
    async with asyncio.timeout(WAIT_LIMIT):
        await bot.bot.wait_closed()
    assert [event async for event in bot.bot.events()] == []
    with pytest.raises(RoomClosed, match=reason) as raised:
        await bot.bot.say("600 Hz for 0.1 s")
    assert raised.value.reason == reason


@pytest.mark.smoke
async def test_a_deleted_room_is_a_normal_end(
    new_bot: NewBot, new_caller: NewCaller, livekit_server: ServerInfo, room_name: str
) -> None:
    """Also in mid-sentence: `say` must not wait for what nobody plays any more."""
    async with new_caller() as caller, new_bot() as bot, asyncio.timeout(WAIT_LIMIT):
        await bot.hears(caller, 700)
        saying = asyncio.ensure_future(bot.bot.say("600 Hz for 30 s"))
        await asyncio.sleep(0.3)
        async with administrator(livekit_server) as admin:
            await admin.delete_room(api.DeleteRoomRequest(room=room_name))
        await ended(bot, "ROOM_DELETED")
        assert (await saying).cut


@pytest.mark.smoke
async def test_who_stays_opens_a_deleted_room_anew(
    new_bot: NewBot, new_caller: NewCaller, livekit_server: ServerInfo, room_name: str
) -> None:
    async with new_bot(stay=True, grace_delay=0.5) as bot:
        async with new_caller("first") as first:
            await bot.hears(first, 700)
            async with administrator(livekit_server) as admin:
                await admin.delete_room(api.DeleteRoomRequest(room=room_name))
            await bot.next(ConnectionLost)
        await bot.next(Joined)
        async with new_caller("second") as second:
            await bot.until(lambda: isinstance(bot.events[-1], PersonLinked) and bot.events[-1].identity == "second")
            await bot.hears(second, 900)
            await bot.is_heard(second, 600, attempts=3)
        assert not [event for event in bot.events if isinstance(event, RoomEnded)]


async def test_who_is_removed_leaves(new_bot: NewBot, livekit_server: ServerInfo, room_name: str) -> None:
    """Also a bot that stays when its room ends."""
    for stay in (False, True):
        async with new_bot(stay=stay) as bot, administrator(livekit_server) as admin:
            await bot.next(Joined)
            await admin.remove_participant(api.RoomParticipantIdentity(room=room_name, identity=BOT))
            await ended(bot, "PARTICIPANT_REMOVED")


async def test_a_room_without_people_is_closed_and_that_is_a_normal_end(
    make_server: MakeServer, new_bot: NewBot
) -> None:
    """To the server a room with nobody but agents in it is empty."""
    server = make_server(empty_timeout=1, departure_timeout=1)
    async with new_bot(server=server.info) as bot:
        await ended(bot, "ROOM_CLOSED")


async def test_an_answer_that_gets_lost_while_joining_has_a_second_chance(
    new_bot: NewBot, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the machine stands still between being let in and having published; a third chance there is not."""
    publish = RoomVoice.publish
    to_lose, attempts = 1, 0

    async def loses_the_first(voice: RoomVoice, room: rtc.Room) -> None:
        nonlocal attempts
        attempts += 1
        # Only what is lost is given up soon: on a busy machine a server takes a while to answer.
        monkeypatch.setattr(joining, "PUBLISH_TIMEOUT", 0.5 if attempts < to_lose else WAIT_LIMIT)
        await (asyncio.Event().wait() if attempts <= to_lose else publish(voice, room))

    monkeypatch.setattr(RoomVoice, "publish", loses_the_first)
    monkeypatch.setattr(joining, "PUBLISH_TIMEOUT", 0.5)
    async with new_caller() as caller, new_bot() as bot:
        await bot.is_heard(caller, 600, attempts=3)
    to_lose, attempts = 2, 0
    monkeypatch.setattr(joining, "PUBLISH_TIMEOUT", 0.5)
    with pytest.raises(RoomError, match="did not answer"):
        async with new_bot():
            pass
    assert attempts == 2


async def test_two_of_the_same_name_do_not_throw_each_other_out_for_ever(new_bot: NewBot) -> None:
    """The later one stays; the earlier one's block is cancelled, and says what to do, also with `stay`."""

    async def both() -> None:
        async with new_bot(stay=True) as earlier, asyncio.timeout(WAIT_LIMIT):
            await earlier.next(Joined)
            async with new_bot(stay=True) as later:
                await later.next(Joined)
                await asyncio.Event().wait()

    with pytest.raises(RoomError, match="--identity"):
        await both()


async def test_a_full_room_is_explained(
    make_server: MakeServer, new_bot: NewBot, new_caller: NewCaller, room_name: str
) -> None:
    """With a token of kind standard; agents are not counted."""
    server = make_server(max_participants=1).info
    async with new_caller(server=server) as caller:
        with pytest.raises(RoomError, match="max_participants"):
            async with new_bot(server=server, livekit_token=bot_token(server, room_name, kind="standard")):
                pass
        async with new_bot(server=server, livekit_token=bot_token(server, room_name)) as bot:
            await bot.hears(caller, 700)


async def test_who_stays_waits_for_a_server(make_server: MakeServer, new_bot: NewBot, new_caller: NewCaller) -> None:
    server = make_server()
    await asyncio.to_thread(server.stop)

    async def start_late() -> None:
        await asyncio.sleep(2)
        await asyncio.to_thread(server.start)

    async with asyncio.TaskGroup() as group:
        group.create_task(start_late())
        async with new_bot(server=server.info, stay=True) as bot, new_caller(server=server.info) as caller:
            await bot.hears(caller, 700)


async def test_a_join_that_is_called_off_leaves_nobody_in_the_room(
    new_bot: NewBot, new_caller: NewCaller, livekit_server: ServerInfo, room_name: str
) -> None:
    """The native side goes on joining when Python no longer waits for it; then it panics, which ends the process."""
    async with new_caller() as caller:
        for after in (0.0, 0.02, 0.1) * 3:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(after), new_bot():
                    await asyncio.Event().wait()
        await asyncio.sleep(1.0)
        async with administrator(livekit_server) as admin, asyncio.timeout(GHOST_LIMIT):
            while True:
                there = await admin.list_participants(api.ListParticipantsRequest(room=room_name))
                if [participant.identity for participant in there.participants] == [caller.identity]:
                    break
                await asyncio.sleep(0.1)

"""Disturbed connections: afterwards the bot hears and is heard, under one track, with its state to be seen."""

import asyncio
from functools import partial

import pytest
from livekit import rtc

from pipeline.errors import RoomError
from pipeline.events import ConnectionLost, ConnectionRestored, Joined, PersonBack, PersonLeft, PersonLinked
from tests.bot.conftest import NewBot, NewCaller
from tests.conftest import MakeServer
from tests.support.bot import BOT, Watched
from tests.support.caller import Caller
from tests.support.waiting import GHOST_LIMIT

pytestmark = pytest.mark.sfu


async def all_is_well(bot: Watched, caller: Caller) -> None:
    """Both hear each other, and the caller sees one voice and the state."""
    await bot.hears(caller, 900)
    await bot.is_heard(caller, 600, attempts=4)

    def seen() -> bool:
        agent = caller.room.remote_participants.get(BOT)
        if agent is None or agent.attributes.get("lk.agent.state") != "listening":
            return False
        return len(agent.track_publications) == 1

    await caller.until(seen)
    assert len(bot.room.local_participant.track_publications) == 1


@pytest.mark.smoke
async def test_the_bots_own_connection(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Lost in one way after the other, and mended each time."""
    async with new_caller() as caller, new_bot() as bot:
        await bot.next(PersonLinked)
        await bot.hears(caller, 700)
        for way in ("SIGNAL_RECONNECT", "FULL_RECONNECT", "NODE_FAILURE", "MIGRATION"):
            await bot.room.simulate_scenario(rtc.SimulateScenarioKind.Value(f"SIMULATE_{way}"))
            await bot.next(ConnectionLost)
            await bot.next(ConnectionRestored)
            await all_is_well(bot, caller)
            assert bot.bot.linked == "caller"
        assert not [event for event in bot.events if isinstance(event, PersonLeft)]


@pytest.mark.smoke
async def test_a_server_that_sends_the_bot_away(new_bot: NewBot, new_caller: NewCaller) -> None:
    """It leaves with SERVER_SHUTDOWN and no stream ends: the bot joins again, and listens to new tracks only."""
    async with new_caller() as caller, new_bot() as bot:
        await bot.next(Joined)
        await bot.hears(caller, 700)
        left = bot.room
        await left.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SERVER_LEAVE)
        await bot.next(ConnectionLost)
        await bot.until(lambda: isinstance(bot.events[-1], Joined | ConnectionRestored | PersonBack))
        await all_is_well(bot, caller)


async def test_the_callers_connection_and_a_disturbed_one_over_and_over(new_bot: NewBot, new_caller: NewCaller) -> None:
    """The bot's has full reconnects one upon the other, also while the earlier one is being mended."""
    async with new_caller() as caller, new_bot() as bot:
        await bot.hears(caller, 700)
        await caller.simulate(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
        await caller.until(lambda: any(note.what == "reconnected" for note in caller.notes))
        await all_is_well(bot, caller)
        assert not [event for event in bot.events if isinstance(event, PersonLeft)]
        for delay in (0.0, 0.05, 0.3, 0.6):
            await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
            await bot.next(ConnectionRestored)
            await asyncio.sleep(delay)
        await all_is_well(bot, caller)


async def test_leaving_while_the_connection_is_mended_leaves_nobody_in_the_room(
    new_bot: NewBot, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disconnecting at some moment of it would leave a ghost there for 15 s, or make the native library panic."""
    monkeypatch.setattr("bot.room.connection_status.CALL_OFF_TIMEOUT", 5.0)  # mending takes longer on a busy machine
    async with new_caller() as caller:
        for number, after in enumerate((0.0, 0.02, 0.035, 0.045, 0.06, 0.1)):
            async with new_bot(identity=f"bot-{number}") as bot:
                await caller.until(lambda: caller.heard_identity == f"bot-{number}")  # noqa: B023 - it is now
                await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
                await bot.next(ConnectionLost)
                await asyncio.sleep(after)
        await caller.until(lambda: not caller.room.remote_participants, GHOST_LIMIT)


def is_back(bot: Watched, since: int) -> bool:
    """A crashed server is reconnected to, one that said goodbye joined anew."""
    return any(isinstance(event, Joined | ConnectionRestored) for event in bot.events[since:])


@pytest.mark.smoke
async def test_a_server_that_starts_anew(make_server: MakeServer, new_bot: NewBot, new_caller: NewCaller) -> None:
    """After a crash, and after a restart that says goodbye."""
    server = make_server()
    async with new_bot(server=server.info) as bot:
        async with new_caller(server=server.info) as caller:
            await bot.hears(caller, 700)
        for goes in (server.crash, server.stop):
            told = len(bot.events)
            await asyncio.to_thread(goes)
            await bot.next(ConnectionLost)
            await asyncio.to_thread(server.start)
            await bot.until(partial(is_back, bot, told))
            async with new_caller(server=server.info) as caller:
                await all_is_well(bot, caller)


# The client library gives up only after its ten attempts, and the bot after a minute.
@pytest.mark.timeout(240)
async def test_a_server_that_stays_away_is_given_up(
    make_server: MakeServer, new_bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.room.membership.REJOIN_TIME", 5.0)
    server = make_server()

    async def serve() -> None:
        async with new_bot(server=server.info):
            await asyncio.to_thread(server.crash)
            await asyncio.Event().wait()

    with pytest.raises(RoomError, match="start the server"):
        await serve()

"""The embedding API: what breaks comes out, what does not stays, and nothing is left behind."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient

from pipeline.errors import RoomClosed, Unavailable, VoiceBotError
from pipeline.events import ConnectionRestored, Joined, PersonLinked
from pipeline.speech import Speech, WordTime
from tests.bot.conftest import NewBot, NewCaller
from tests.support.bot import Tones

pytestmark = pytest.mark.sfu


async def test_a_provider_that_fails_fails_the_saying_only(new_bot: NewBot, new_caller: NewCaller) -> None:
    tts = Tones()
    async with new_caller() as caller, new_bot(tts=tts) as bot:
        for _ in range(2):
            with pytest.raises(Unavailable, match="out of order"):
                await bot.bot.say("down")
        await bot.is_heard(caller, 600)
        assert tts.open == 0
        assert len(bot.bot.history) == 1


async def test_a_bug_in_the_synthesizer_ends_the_bot(new_bot: NewBot, new_caller: NewCaller) -> None:
    """It comes out of `say`, and out of the block when nobody looks at what `say` raised."""

    async def serve() -> None:
        async with new_caller(), new_bot() as bot:
            with pytest.raises(KeyError):
                await bot.bot.say("bug")
            await asyncio.Event().wait()

    with pytest.raises(KeyError, match="a bug in the synthesizer"):
        await serve()


@pytest.mark.parametrize("where", ["emit", "callback", "microphone", "writer"])
async def test_a_bug_in_the_bot_cancels_the_block_and_comes_out_of_it(
    new_bot: NewBot, new_caller: NewCaller, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async def serve() -> None:
        async with new_caller() as caller, new_bot() as bot:
            await bot.hears(caller, 700)
            match where:
                case "emit":
                    monkeypatch.setattr(bot.membership._connection, "_emit", broken)
                    await caller.leave()
                case "callback":
                    monkeypatch.setattr(bot.membership.voice, "subscribed", broken)
                    await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
                case "microphone":
                    monkeypatch.setattr(bot.microphone, "_take", broken)
                case "writer":
                    monkeypatch.setattr(bot.membership.voice, "write", broken)
                    await bot.bot.say("600 Hz for 1 s")
            async with asyncio.timeout(10):
                await asyncio.Event().wait()

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await serve()


async def test_the_blocks_own_error_comes_out_as_it_is(new_bot: NewBot) -> None:
    with pytest.raises(LookupError, match="of the block"):
        async with new_bot():
            raise LookupError("of the block")


async def test_who_cancels_the_host_gets_its_cancellation(new_bot: NewBot) -> None:
    async def host() -> None:
        async with new_bot() as bot:
            await bot.next(Joined)
            join_scene.cancel()
            await asyncio.Event().wait()

    join_scene = asyncio.ensure_future(host())
    with pytest.raises(asyncio.CancelledError):
        await join_scene
    assert join_scene.cancelled()


async def test_leaving_ends_a_saying(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_caller() as caller, new_bot() as bot:
        await bot.hears(caller, 700)
        saying = asyncio.ensure_future(bot.bot.say("600 Hz for 30 s"))
        await asyncio.sleep(0.3)
        waiting = asyncio.ensure_future(bot.bot.say("700 Hz for 1 s"))
    assert (await saying).cut
    with pytest.raises(RoomClosed):
        await waiting
    with pytest.raises(RoomClosed):
        await bot.bot.say("600 Hz for 1 s")


async def test_a_saying_can_be_called_off(new_bot: NewBot, new_caller: NewCaller) -> None:
    """And the next one is heard; in synthesis as well as in playing."""

    class Slow(Tones):
        async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
            async with aclosing(super().speak(text)) as pieces:
                async for piece in pieces:
                    yield piece
                    await asyncio.sleep(self.pause)

        pause = 0.0

    tts = Slow()
    async with new_caller() as caller, new_bot(tts=tts) as bot:
        for tts.pause in (0.0, 10.0):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await bot.bot.say("500 Hz for 0.6 s")
            await caller.until(lambda: tts.open == 0, 5.0)
        tts.pause = 0.0
        await asyncio.sleep(1.0)  # what was synthesized is still played
        await bot.is_heard(caller, 900, attempts=2)


async def test_without_a_synthesizer_saying_is_refused(new_bot: NewBot) -> None:
    async with new_bot(tts=None) as bot:
        with pytest.raises(VoiceBotError, match="tts"):
            await bot.bot.say("hello")


async def test_readers_of_events_come_never_too_late(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Who was there before is told of to each reader, whenever it begins."""
    async with new_caller(), new_bot() as bot:
        await bot.next(PersonLinked)

        async def first_two(events: AsyncIterator[object]) -> list[type]:
            return [type(await anext(events)) for _ in range(2)]

        for _ in range(2):
            assert await first_two(bot.bot.events()) == [Joined, PersonLinked]


@pytest.mark.smoke
async def test_nothing_is_left_behind(new_bot: NewBot, new_caller: NewCaller) -> None:
    """No task, and no subscription to the native library's events, however often a bot comes and goes."""

    def subscribers() -> int:
        gc.collect()
        return len(FfiClient.instance.queue._subscribers)

    async with new_caller() as caller:
        await asyncio.sleep(0.2)
        tasks, before = asyncio.all_tasks(), subscribers()
        for again in range(4):
            async with new_bot() as bot:
                await bot.next(PersonLinked)
                if again % 2 == 0:
                    await bot.hears(caller, 700)
                if again == 3:
                    await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
                    await bot.next(ConnectionRestored)
                    await bot.hears(caller, 800)
            # Who leaves right after a full reconnect may stay in the server's list until it misses the pings.
            await caller.until(lambda: not caller.room.remote_participants, 30.0)
            await caller.until(lambda: asyncio.all_tasks() == tasks)
            assert subscribers() == before

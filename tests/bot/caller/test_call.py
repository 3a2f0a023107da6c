"""Questions to a scripted bot, on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from bot.caller.call import Call, NotReady, Patience
from bot.caller.caller import RoomCaller
from bot.caller.outcome import CallLine, CallTurn, Ending
from pipeline.errors import RoomError
from pipeline.testing import virtual_time
from pipeline.wav import WavSound
from tests.bot.caller.scripted_room import WAY, ScriptedBot, ScriptedCaller, room_with_a_bot
from tests.support.bot import sounds_like
from tests.support.tones import tone

RATE = 16_000
QUESTION = WavSound(np.concatenate([tone(700, 0.5, RATE), np.zeros(RATE // 4, np.int16)]), RATE)
LONG_QUESTION = WavSound(tone(700, 5.0, RATE), RATE)
PATIENCE = Patience()

Act = Callable[[ScriptedBot], Awaitable[None]]


def call_of(caller: ScriptedCaller, patience: Patience = PATIENCE) -> Call:
    return Call(cast(RoomCaller, caller), patience)


async def asked(act: Act, question: WavSound = QUESTION, patience: Patience = PATIENCE) -> CallTurn:
    """Ask a bot that listens, while it does what it does."""
    async with room_with_a_bot() as (caller, bot):
        call = call_of(caller, patience)
        await call.bot_listens()
        acting = asyncio.ensure_future(act(bot))
        turn = await call.ask("a tone", question)
        await acting
    return turn


@virtual_time
async def test_a_question_is_answered() -> None:
    """A pause is no end while the bot says that it is speaking."""

    async def answer(bot: ScriptedBot) -> None:
        await bot.hears_a_question()
        bot.writes("what is it", "caller")
        bot.shows("speaking")
        await asyncio.sleep(0.5)
        await bot.plays(tone(500, 0.4))
        await asyncio.sleep(PATIENCE.quiet_delay + 0.3)
        await bot.plays(tone(600, 0.4))
        bot.writes("a tone", "bot")
        bot.writes("not for the caller", "another")
        bot.shows("listening")

    turn = await asked(answer)
    assert turn.ending is Ending.ANSWERED
    assert turn.transcript == (CallLine(True, "what is it"), CallLine(False, "a tone"))
    # The question ends with a quarter of a second of silence, which the bot waits for and the figure counts in.
    assert turn.voice_to_voice == pytest.approx(0.25 + WAY + 0.5, abs=0.03)
    assert turn.answer is not None
    assert turn.answer.duration > PATIENCE.quiet_delay + 1.0
    assert sounds_like(turn.answer.pcm[turn.answer.rate // 4 : turn.answer.rate * 2 // 5], 500, turn.answer.rate)


@virtual_time
async def test_no_answer() -> None:
    async def stay_silent(bot: ScriptedBot) -> None:
        await bot.hears_a_question()
        bot.writes("what is it", "caller")

    turn = await asked(stay_silent, patience=replace(PATIENCE, answer_delay=5.0))
    assert (turn.ending, turn.answer, turn.is_understood) == (Ending.SILENT, None, True)


@virtual_time
async def test_the_end_of_a_greeting_is_waited_for() -> None:
    async with room_with_a_bot("speaking") as (caller, bot):
        call = call_of(caller)
        listens = asyncio.ensure_future(call.bot_listens())
        await bot.plays(tone(500, 1.2))
        bot.writes("hello", "bot")
        bot.shows("listening")
        greeted_at = asyncio.get_running_loop().time()
        await listens
        assert asyncio.get_running_loop().time() - greeted_at == pytest.approx(PATIENCE.steady_delay, abs=0.2)
        assert call.new_lines() == (CallLine(False, "hello"),)
        asking = asyncio.ensure_future(call.ask("a tone", QUESTION))
        await bot.hears_a_question()
        await bot.plays(tone(600, 0.5))
        turn = await asking
    assert turn.answer is not None
    assert turn.answer.duration < 1.2  # the greeting is no part of it
    assert turn.transcript == ()


@virtual_time
async def test_an_answer_into_the_question_has_no_latency() -> None:
    async def interrupt(bot: ScriptedBot) -> None:
        await bot.hears_a_question_begin()
        await bot.plays(tone(500, 7.0))

    turn = await asked(interrupt, LONG_QUESTION)
    assert turn.voice_to_voice is None
    assert turn.answer is not None
    assert turn.answer.duration > 6.5


@virtual_time
async def test_an_endless_answer_is_cut_off() -> None:
    async def go_on(bot: ScriptedBot) -> None:
        await bot.hears_a_question()
        bot.starts_playing(tone(500, 20.0))

    turn = await asked(go_on, patience=replace(PATIENCE, speech_delay=5.0))
    assert (turn.ending, turn.is_answered) == (Ending.CUT_OFF, True)
    assert turn.answer is not None
    assert turn.answer.duration == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("speaks", [True, False])
@virtual_time
async def test_a_bot_that_leaves(speaks: bool) -> None:
    """In the middle of its answer, or before it."""

    async def leave(bot: ScriptedBot) -> None:
        await bot.hears_a_question()
        if speaks:
            bot.shows("speaking")
            bot.starts_playing(tone(500, 10.0))
            await asyncio.sleep(1.0)
        bot.leaves()

    turn = await asked(leave)
    assert (turn.ending, turn.is_answered) == (Ending.LEFT, False)
    assert (turn.answer is not None) == speaks


@virtual_time
async def test_a_bot_that_reconnects_has_not_left() -> None:
    async def reconnect(bot: ScriptedBot) -> None:
        await bot.hears_a_question()
        bot.leaves()
        await asyncio.sleep(PATIENCE.gone_delay - 0.5)
        bot.returns()
        await bot.plays(tone(500, 1.0))

    turn = await asked(reconnect)
    assert turn.ending is Ending.ANSWERED


@virtual_time
async def test_a_bot_that_never_listens() -> None:
    async with room_with_a_bot("initializing") as (caller, _):
        with pytest.raises(NotReady, match=r"its state is 'initializing'.*--log-level info"):
            await call_of(caller).bot_listens()


@virtual_time
async def test_a_room_without_a_bot_that_can_be_heard() -> None:
    caller = ScriptedCaller()
    with pytest.raises(NotReady, match=r"no bot is in the room .*, and nobody else: start one .* python -m bot --room"):
        await call_of(caller).bot_listens()
    caller.meets("somebody", "STANDARD")
    with pytest.raises(NotReady, match=r"no bot is in the room .*, only somebody: start one"):
        await call_of(caller).bot_listens()
    caller.meets("bot", "AGENT")
    with pytest.raises(NotReady, match="the bot publishes no voice"):
        await call_of(caller).bot_listens()
    caller.heard_identity = "bot"
    ScriptedBot(caller).shows("listening")
    with pytest.raises(NotReady, match="no audio of the bot arrives"):
        await call_of(caller).bot_listens()


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("DUPLICATE_IDENTITY", r"another participant joined as 'caller'.*another --identity"),
        ("ROOM_DELETED", r"the caller was disconnected \(ROOM_DELETED\)"),
    ],
)
@virtual_time
async def test_a_caller_who_is_thrown_out_learns_why(reason: str, advice: str) -> None:
    async with room_with_a_bot() as (caller, _):
        asyncio.get_running_loop().call_later(1.0, setattr, caller.presence, "lost", reason)
        with pytest.raises(RoomError, match=advice):
            await call_of(caller).ask("a tone", LONG_QUESTION)


@virtual_time
async def test_what_the_check_raises_ends_the_call() -> None:
    def ended() -> None:
        raise LookupError("the bot has ended")

    with pytest.raises(LookupError, match="the bot has ended"):
        await Call(cast(RoomCaller, ScriptedCaller()), PATIENCE, ended).bot_listens()

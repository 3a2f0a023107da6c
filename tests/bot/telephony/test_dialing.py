"""The course of an outgoing call, on virtual time: when the bot is done, with which exit code, and when it hangs up."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.event_feed import BotEvent
from bot.hooks.shutdown import ShutdownHook
from bot.process.exit_codes import ExitCode
from bot.telephony import call_failure
from bot.telephony.call_failure import CallFailed, CallFailure, failure_of
from bot.telephony.dialing import LINK_DELAY, Dialing, DialOutcome
from bot.telephony.outgoing_call import OutgoingCall
from pipeline.clock import loop_time
from pipeline.events import EndCallRequested, ParticipantDisconnected, PersonAway, PersonLeft, PersonLinked
from pipeline.testing import virtual_time

NUMBER = "+15551234567"
CALL = OutgoingCall(NUMBER, "ST_1")
ME = CALL.identity


class Bot:
    """What a call needs of a bot; it rings for 5 s, and then something happens at each of some seconds."""

    def __init__(self, happens: dict[float, Callable[[float], BotEvent]], answer: BaseException | None = None) -> None:
        self._happens, self._answer = happens, answer
        self.hooks: list[ShutdownHook] = []
        self.hung_up: list[str] = []
        self._feed: asyncio.Queue[BotEvent | None] = asyncio.Queue()

    def on_shutdown(self, hook: ShutdownHook) -> None:
        self.hooks.append(hook)

    async def events(self) -> AsyncIterator[BotEvent]:
        while (event := await self._feed.get()) is not None:
            yield event

    async def dial(self, number: str, trunk: str, *, caller_number: str, ring_delay: int) -> str:
        assert (number, trunk, caller_number, ring_delay) == (NUMBER, "ST_1", "", 30)
        loop = asyncio.get_running_loop()
        for at, make in self._happens.items():
            event = None if make is over else make(at)
            loop.call_at(loop.time() + at, self._feed.put_nowait, event)
        await asyncio.sleep(5.0)
        if self._answer is not None:
            raise self._answer
        return ME

    async def hang_up(self, identity: str) -> None:
        self.hung_up.append(identity)


def over(at: float) -> Any:
    """The room has ended."""


async def played(bot: Bot, code: ExitCode = ExitCode.OK) -> tuple[DialOutcome, float]:
    """What comes of it, and how long it took; the bot leaves then."""
    dialing, began_at = Dialing(CALL), loop_time()
    await dialing.run(bot)  # type: ignore[arg-type]
    took = loop_time() - began_at
    for hook in bot.hooks:
        await hook("CLIENT_INITIATED")  # type: ignore[misc]
    return dialing.outcome("room", code), took


def linked(at: float) -> PersonLinked:
    return PersonLinked(at, ME)


def left(at: float) -> PersonLeft:
    return PersonLeft(at, ME)


@virtual_time
async def test_it_ends_when_they_hang_up() -> None:
    bot = Bot({4.9: linked, 38.0: left, 99.0: over})
    outcome, took = await played(bot)
    assert (outcome.code, outcome.failure) == (ExitCode.OK, None)
    assert took == pytest.approx(38.0)
    assert outcome.duration == pytest.approx(33.0)
    assert bot.hung_up == []
    assert str(outcome) == f"{NUMBER} has answered, and the call took 33 s"
    assert outcome.as_dict() == {
        "number": NUMBER,
        "room": "room",
        "identity": "sip_+15551234567",
        "answered": True,
        "duration": 33.0,
        "reason": None,
        "sip_status": None,
        "exit_code": 0,
    }


@virtual_time
async def test_a_telephone_that_vanishes_has_hung_up() -> None:
    """Not after the grace time of people with a browser; others who go end nothing."""
    happens: dict[float, Callable[[float], BotEvent]] = {
        5.1: linked,
        9.0: lambda at: ParticipantDisconnected(at, "observer", "STANDARD"),
        20.0: lambda at: PersonAway(at, ME),
        22.0: lambda at: ParticipantDisconnected(at, ME, "SIP"),
        99.0: over,
    }
    outcome, took = await played(Bot(happens))
    assert outcome.code is ExitCode.OK
    assert took == pytest.approx(22.0)


@virtual_time
async def test_who_hangs_up_before_they_are_linked_has_answered() -> None:
    bot = Bot({6.0: lambda at: ParticipantDisconnected(at, ME, "SIP")})
    outcome, took = await played(bot)
    assert (outcome.code, bot.hung_up) == (ExitCode.OK, [])
    assert took == pytest.approx(6.0)


@virtual_time
async def test_what_never_becomes_active_is_a_fault_and_hung_up() -> None:
    bot = Bot({})
    outcome, took = await played(bot)
    assert outcome.code is ExitCode.ROOM
    assert "did not become active" in str(outcome)
    assert took == pytest.approx(5.0 + LINK_DELAY)
    assert bot.hung_up == [ME]


FAILURES = [
    (486, ExitCode.BUSY),
    (600, ExitCode.BUSY),
    (603, ExitCode.DECLINED),
    (607, ExitCode.DECLINED),
    (404, ExitCode.WRONG_NUMBER),
    (604, ExitCode.WRONG_NUMBER),
    (480, ExitCode.NO_ANSWER),
    (408, ExitCode.NO_ANSWER),
    (403, ExitCode.ROOM),
    (503, ExitCode.ROOM),
    (None, ExitCode.ROOM),
]


@pytest.mark.parametrize(("status_code", "code"), FAILURES)
@virtual_time
async def test_why_nobody_has_answered_is_an_exit_code(status_code: int | None, code: ExitCode) -> None:
    bot = Bot({}, CallFailed(NUMBER, failure_of(status_code), status=f"{status_code} Whatever"))
    outcome, took = await played(bot)
    assert (outcome.code, outcome.duration) == (code, None)
    assert took == pytest.approx(5.0)
    assert str(outcome).startswith(f"{NUMBER} was not reached: ")
    assert outcome.as_dict()["sip_status"] == f"{status_code} Whatever"
    assert bot.hung_up == []


def test_every_reason_has_an_exit_code_other_than_success() -> None:
    for reason in CallFailure:
        dialing = Dialing(CALL)
        dialing._failure = CallFailed(NUMBER, reason)
        assert dialing.outcome("room", ExitCode.OK).code not in (ExitCode.OK, ExitCode.BUG)


def test_the_table_of_the_docs_is_that_of_the_code() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "telephony.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| [^|]+\| ([\d, ]+)", text, re.MULTILINE)
    documented = {int(status): int(code) for code, statuses in rows for status in re.findall(r"\d{3}", statuses)}
    dialing = Dialing(CALL)
    for status, code in documented.items():
        dialing._failure = CallFailed(NUMBER, failure_of(status))
        assert dialing.outcome("room", ExitCode.OK).code == code
    assert documented.keys() == call_failure._OF_STATUS.keys()


@virtual_time
async def test_a_bot_that_is_stopped_hangs_up() -> None:
    """Also while it rings, which is no success."""
    for stops_at, code in ((3.0, ExitCode.STOPPED), (20.0, ExitCode.OK)):
        bot = Bot({5.0: linked})
        dialing = Dialing(CALL)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(dialing.run(bot))  # type: ignore[arg-type]
            await asyncio.sleep(stops_at)
            running.cancel()
        for hook in bot.hooks:
            await hook("CLIENT_INITIATED")  # type: ignore[misc]
        assert bot.hung_up == [ME]
        assert dialing.outcome("room", ExitCode.OK).code is code


@virtual_time
async def test_a_call_that_the_bot_ends_is_left_to_it() -> None:
    """It ends the telephone's call, unless a colleague goes on with it."""
    bot = Bot({5.0: linked, 30.0: lambda at: EndCallRequested(at, "call-1", "Goodbye."), 33.0: over})
    outcome, took = await played(bot)
    assert (outcome.code, bot.hung_up) == (ExitCode.OK, [])
    assert took == pytest.approx(33.0)


@virtual_time
async def test_a_room_that_is_lost_is_hung_up() -> None:
    bot = Bot({5.0: linked, 33.0: over})
    outcome, _ = await played(bot, ExitCode.ROOM)
    assert (outcome.code, bot.hung_up) == (ExitCode.ROOM, [ME])

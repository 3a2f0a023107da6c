"""An outgoing call in a room of a real server; its SIP service is played by a participant of its kind."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.process.exit_codes import ExitCode
from bot.room.sip import SipService
from bot.telephony.dialing import Dialing
from bot.telephony.outgoing_call import OutgoingCall
from pipeline.events import PersonLeft, PersonLinked
from tests.bot.conftest import NewBot, NewCaller
from tests.support.access import Server
from tests.support.bot import BOT, Watched
from tests.support.caller import Caller
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.sfu

CALL = OutgoingCall("+15551234567", "ST_1")
STATUS = "sip.callStatus"


class Telephones:
    """In the place of the SIP service: brings a telephone into the room, which rings until it is answered."""

    def __init__(self, stack: AsyncExitStack, new_caller: NewCaller) -> None:
        self._stack, self._new_caller = stack, new_caller
        self.rings, self.answers = asyncio.Event(), asyncio.Event()
        self.telephone: Caller | None = None
        self.hung_up: list[str] = []

    async def dial(self, room: str, call: OutgoingCall) -> None:
        self.telephone = telephone = await self._stack.enter_async_context(
            self._new_caller(call.identity, kind="sip", attributes={STATUS: "dialing"})
        )
        await telephone.set_attributes({STATUS: "ringing"})
        self.rings.set()
        await self.answers.wait()
        await telephone.set_attributes({STATUS: "active"})

    async def transfer_call(self, room: str, identity: str, address: str) -> None: ...

    async def hang_up(self, room: str, identity: str) -> None:
        self.hung_up.append(identity)


def status_seen_by(bot: Watched) -> str | None:
    """How the call stands as far as the bot has heard; None before it has heard of the telephone."""
    telephone = bot.room.remote_participants.get(CALL.identity)
    return telephone.attributes.get(STATUS) if telephone is not None else None


async def test_who_is_called_is_greeted_when_they_answer_and_gone_when_they_hang_up(
    new_bot: NewBot, new_caller: NewCaller, livekit_server: Server, room_name: str
) -> None:
    """And one that does not hang up is taken out of the room by the server, which ends its call."""
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(new_bot(participant=CALL.identity, greeting="600 Hz for 0.4 s"))
        telephones = bot.membership._telephony = Telephones(stack, new_caller)
        dialing = Dialing(CALL)
        async with asyncio.timeout(WAIT_LIMIT), asyncio.TaskGroup() as group:
            calling = group.create_task(dialing.run(bot.bot))
            await telephones.rings.wait()
            telephone = telephones.telephone
            assert telephone is not None
            await bot.until(lambda: status_seen_by(bot) == "ringing")
            await telephone.until(lambda: BOT in telephone.room.remote_participants)
            assert bot.bot.linked is None, "it rings"
            answered_at = asyncio.get_running_loop().time()
            telephones.answers.set()
            assert (await bot.next(PersonLinked)).identity == CALL.identity
            assert await telephone.hears() >= answered_at, "nothing is said before"
            await bot.hears(telephone, 700)
            await telephone.set_attributes({STATUS: "hangup"})
            await calling
        assert (await bot.next(PersonLeft)).identity == CALL.identity
        outcome = dialing.outcome("room", ExitCode.OK)
        assert (outcome.code, outcome.failure, telephones.hung_up) == (ExitCode.OK, None, [])
        assert outcome.duration is not None
        server = SipService(livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
        await server.hang_up(room_name, CALL.identity)
        await bot.until(lambda: CALL.identity not in bot.room.remote_participants)
        await server.hang_up(room_name, CALL.identity)

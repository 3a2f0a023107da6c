"""One run of a bot in its room: assembled, joined, conversing, left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from bot.assembly import status
from bot.assembly.assemble import Assembled
from bot.assembly.status import HearingStatus
from bot.hooks.bot_hooks import BotHooks
from bot.lifetime import Lifetime
from bot.settings.settings import Settings
from bot.telephony.hanging_up import end_telephone_call, telephone_to_end
from pipeline.clock import loop_time
from pipeline.commands import EndReason
from pipeline.errors import VoiceBotError
from pipeline.events import (
    DtmfReceived,
    Joined,
    MicrophoneEvent,
    PersonBack,
    PersonLinked,
    RoomEnded,
    RoomEvent,
    TextReceived,
)
from pipeline.journal.descriptions import describe_event
from pipeline.turn.caller import Floor

log = logging.getLogger(__name__)

T = TypeVar("T")

END_NAMES: dict[EndReason, str] = {
    "idle": "IDLE",
    "duration": "MAX_DURATION",
    "turns": "MAX_TURNS",
    "tokens": "MAX_TOKENS",
    "characters": "MAX_CHARACTERS",
    "cost": "MAX_COST",
}
"""The names of the ends that the bot makes by itself, beside LiveKit's."""


class Assemble(Protocol):
    """Makes the parts of a bot."""

    def __call__(
        self, *, emit: Callable[[RoomEvent], None], hang_up: Callable[[EndReason | None], None], hooks: BotHooks
    ) -> Awaitable[Assembled]:
        """Make them; `emit` is where the room's events go, `hang_up` is called when the bot ends the call."""


class BotRun:
    """Entered and left once. What the room reports passes through here to the session."""

    def __init__(
        self, assemble: Assemble, *, hooks: BotHooks, on_ended: Callable[[], None], settings: Settings
    ) -> None:
        """`on_ended` is called when the bot has ended, in whatever way."""
        self._assemble = assemble
        self._on_ended = on_ended
        self._wanted, self._stays = settings.participant, settings.stay
        self._hooks = hooks
        self._life = Lifetime(hooks.shutdown, hooks.end_delay)
        self._assembled: Assembled | None = None
        self._linked_at, self._is_awaiting = 0.0, False
        self._hung_up = asyncio.Event()

    @property
    def parts(self) -> Assembled:
        """The bot's parts. Raises VoiceBotError before the bot enters its room."""
        if self._assembled is None:
            raise VoiceBotError("the bot is in no room yet: enter it first, async with VoiceBot(...) as bot")
        return self._assembled

    async def enter(self) -> None:
        """Return when the bot has joined and publishes its voice. Raises RoomError when that fails."""
        if self._assembled is not None:
            raise VoiceBotError("this bot has been in its room before: make a new one for each time")
        self._assembled = await self._assemble(emit=self._emit, hang_up=self._hang_up, hooks=self._hooks)
        if (memory := self._assembled.memory) is not None:
            self._hooks.shutdown.add(memory.finish)
        self._joined = asyncio.Event()
        self._life.begin(self._run(), self._on_ended)
        try:
            await self._life.race_with_end(self._joined.wait())
        except BaseException:
            await self._close()
            raise
        self._life.entered()

    async def leave(self, error: BaseException | None) -> None:
        """End the bot, in bounded time; `error` is the block's own. Raises what broke the bot."""
        await self._close()
        self._life.raise_on_leaving(error)

    async def until_ended(self, wanted: Coroutine[Any, Any, T]) -> T:
        """Return the result of `wanted`. Raises why the bot has ended when that comes first."""
        if self.parts.session.has_ended:  # a bot that broke may still be leaving the room
            wanted.close()
            await self._life.closed()
            raise self._life.end()
        try:
            return await self._life.race_with_end(wanted)
        except VoiceBotError:
            if not self.parts.session.has_ended:
                raise
        await self._life.closed()  # it broke in the moment in which this was asked for
        raise self._life.end()

    async def wait_closed(self) -> None:
        """Return when the room has ended. Raises what broke the bot."""
        await self._life.closed()
        if failure := self._life.failure():
            raise failure

    def hearing(self) -> HearingStatus:
        """Return whether the bot hears the linked person, and why not."""
        place, state, now = self.parts.place, self.parts.session.state, loop_time()
        level_db, lag = place.microphone.level_db, state.hearing.lag(now)
        problem = status.problem(
            place.people(),
            has_transcriber=self.parts.has_transcriber,
            is_connected=place.is_connected,
            transcriber_is_lost=state.hearing.lost_at is not None,
            transcriber_lag=lag,
            wanted=self._wanted,
            linked=place.linked,
            level_db=level_db,
            unheard_for=now - max(self._linked_at, state.hearing.speech_ended_at),
        )
        return HearingStatus(level_db, state.floor is Floor.SPEAKING, problem, lag)

    def log_awaited(self) -> None:
        """Log once that nobody is there: a program that waits for a person looks like one that hangs."""
        if self.parts.place.linked is None and not self._is_awaiting:
            self._is_awaiting = True
            log.info("nothing is said until %s joins the room", self._wanted or "a person")

    async def _run(self) -> None:
        """Converse, and let the hooks come to their end when the room has been left."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._hooks.begin(group, self.parts.session)
            try:
                await self._converse()
            finally:
                await self._hooks.finish()

    async def _converse(self) -> None:
        """Converse until the room ends, the bot hangs up, or this is cancelled.

        The conversation ends before the room is left.
        """
        place, session = self.parts.place, self.parts.session
        async with asyncio.TaskGroup() as group:
            being_there = group.create_task(place.run())
            conversing = group.create_task(session.run())
            hung_up = group.create_task(self._hung_up.wait())
            beside = [group.create_task(running) for running in self.parts.beside()]
            try:
                await asyncio.wait({being_there, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                session.close()
                for task in (conversing, being_there, hung_up, *beside):
                    task.cancel()

    def _hang_up(self, reason: EndReason | None) -> None:
        """End the call with this person; a bot that does not stay leaves the room with it."""
        place = self.parts.place
        if reason is not None and not self._stays:
            self._life.end_reason = END_NAMES[reason]
        if (telephone := telephone_to_end(place, self.parts.transfer)) is not None:
            self._group.create_task(end_telephone_call(place, telephone))
        if self._stays:
            place.dismiss()
        else:
            self._hung_up.set()

    async def _close(self) -> None:
        try:
            await self._life.close()
        finally:
            await self.parts.aclose()

    def _emit(self, event: RoomEvent) -> None:
        session = self.parts.session
        _log_event(event)
        if isinstance(event, Joined):
            self._joined.set()
        elif isinstance(event, PersonLinked | PersonBack):
            self._linked_at = event.at
            self._is_awaiting = False
        elif isinstance(event, RoomEnded):
            self._life.end_reason = event.reason
        if self.parts.memory is not None:
            self.parts.memory.expect(event)
        session.dispatch(event)
        if isinstance(event, RoomEnded):
            session.close()


def _log_event(event: RoomEvent) -> None:
    if isinstance(event, TextReceived | DtmfReceived):
        return  # they are logged when they are committed
    log.log(logging.WARNING if isinstance(event, MicrophoneEvent) else logging.INFO, "%s", describe_event(event))

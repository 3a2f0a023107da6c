"""A bot's session in one room, in a task of its own: it outlives the tool call that started something in it."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from bot.mcp_server.bot_factory import MakeBot
from bot.mcp_server.conversation import GuidedConversation
from bot.mcp_server.errors import BUG
from bot.mcp_server.limits import WAITING_TEXTS
from bot.process.redaction import redact
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.errors import RoomError, VoiceBotError, first_error
from pipeline.events import PersonAway, PersonBack, PersonLeft, PersonLinked
from pipeline.ports import LanguageModel

log = logging.getLogger(__name__)

T = TypeVar("T")

LEAVE_DELAY = 4.0
"""Seconds for leaving the room; longer than the sum of the bounds inside it."""

LINK_DELAY = 1.0
"""Seconds to wait until a person who is already in the room is linked."""

CUT_DELAY = 0.3
"""Seconds in which speech on air ends once it is interrupted."""

LEFT = "you have left it"


class RoomSession:
    """From joining a room to leaving it, or to the room's end."""

    def __init__(self, settings: Settings, make_bot: MakeBot) -> None:
        self.room = settings.room
        self.settings = settings
        self.bot: VoiceBot
        self.language_model: LanguageModel | None = None
        self.conversation: GuidedConversation | None = None
        """The latest guided conversation in this room."""
        self.ended: str | None = None
        """Why the session has ended; None while it goes on."""
        self.unclaimed: list[str] = []
        """Turns of the person that arrived after the call that waited for them had returned."""
        self.away_since: float | None = None
        """Loop time since which the person is gone, maybe for a moment; None while they are there."""
        self.left: PersonLeft | None = None
        """The latest event of a person who left for good."""
        self._make_bot = make_bot
        self._speech: list[asyncio.Future[Any]] = []  # on air or queued
        self._is_listening = False

    async def join(self, group: asyncio.TaskGroup) -> None:
        """Join the room, and run in `group` until it is left. Leaves the room when cancelled. Raises VoiceBotError."""
        joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running = group.create_task(self._run(joined), name=f"room {self.room}")
        try:
            await joined
            await self._wait_for_link()
        except asyncio.CancelledError:
            self._running.cancel()
            raise

    async def leave(self) -> None:
        """Leave the room, within LEAVE_DELAY seconds."""
        self.ended = self.ended or LEFT
        self._running.cancel()
        await asyncio.wait({self._running}, timeout=LEAVE_DELAY)

    # --- work in the room ---

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """Run `work` in the session; it goes on when nobody waits for it. Cancelling the future cancels it."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        task = self._work.create_task(_settle(work, done))
        done.add_done_callback(lambda it: it.cancelled() and task.cancel())
        return done

    def start_speech(self, speech: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """Run a coroutine that speaks a text. Raises VoiceBotError when the bot may not speak now."""
        try:
            self.check_may_speak()
        except VoiceBotError:
            speech.close()
            raise
        started = self.start(speech)
        self._speech.append(started)
        return started

    async def interrupt(self) -> None:
        """Cut what is on air, drop queued speech, and end a guided conversation."""
        if self.conversation is not None:
            self.conversation.stop()
        await self._silence()

    async def _silence(self) -> None:
        on_air, queued = self._unspoken()[:1], self._unspoken()[1:]
        for speech in queued:
            speech.cancel()
        self.bot.interrupt()
        if on_air:
            await asyncio.wait(on_air, timeout=CUT_DELAY)
            on_air[0].cancel()  # it was not on air yet

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Reserve listening for one call. Raises VoiceBotError when another call listens, or during a conversation."""
        self.check_no_conversation()
        if self._is_listening:
            raise VoiceBotError("another call waits for what the person says: wait until it has come back")
        self._is_listening = True
        try:
            yield
        finally:
            self._is_listening = False

    def check_no_conversation(self) -> None:
        """Raises VoiceBotError while a guided conversation goes on."""
        if self.conversation is not None and self.conversation.goes_on:
            raise VoiceBotError(
                f"a conversation goes on, with the goal {self.conversation.goal!r}: call converse with this goal to "
                "follow it, or interrupt to end it"
            )

    def check_may_speak(self) -> None:
        """Raises VoiceBotError when nobody would hear it, a conversation goes on, or too much speech is queued."""
        self.check_no_conversation()
        if self.bot.linked is None:
            raise RoomError(f"nobody would hear it: {self.bot.hearing().problem}")
        if len(self._unspoken()) > WAITING_TEXTS:
            raise VoiceBotError("too many texts wait to be spoken: call listen, or interrupt to take them back")

    def _unspoken(self) -> "list[asyncio.Future[Any]]":
        self._speech = [speech for speech in self._speech if not speech.done()]
        return self._speech

    @property
    def cursor(self) -> int:
        """Where the transcript ends."""
        return self.bot.message_number

    # --- the session's task ---

    async def _wait_for_link(self) -> None:
        """Wait briefly for a participant who is already in the room to be linked."""
        if not self.bot.people():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LINK_DELAY):
                async for event in self.bot.events():
                    if isinstance(event, PersonLinked):
                        return

    async def _run(self, joined: "asyncio.Future[None]") -> None:
        try:
            bot, self.language_model = self._make_bot(self.settings)
            async with bot as self.bot:
                self.bot.on_shutdown(self._note_end)
                async with asyncio.TaskGroup() as self._work:
                    self._work.create_task(self._watch())
                    joined.set_result(None)
                    await self.bot.wait_closed()
                    raise RoomError(self.ended or "")  # cancels the work in the room
        except asyncio.CancelledError:
            joined.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this session and not the server
            if not joined.done():
                joined.set_exception(error)
            else:
                self._report(error)
        finally:
            self.ended = self.ended or LEFT
            if self.language_model is not None:
                with suppress(Exception):  # a custom provider may fail here
                    await self.language_model.aclose()

    async def _watch(self) -> None:
        """Follow whether the person is there; drop the speech that was meant for a person who has left."""
        async for event in self.bot.events():
            match event:
                case PersonAway(at):
                    self.away_since = at
                case PersonBack():
                    self.away_since = None
                case PersonLeft():
                    self.away_since, self.left = None, event
                    await self._silence()

    def _note_end(self, reason: str) -> None:
        self.ended = self.ended or f"it has ended ({redact(reason, self.settings.secrets)})"

    def _report(self, error: Exception) -> None:
        cause = first_error(error)
        if isinstance(cause, VoiceBotError):
            log.info("the session in %s has ended: %s", self.room, self.ended)
            return
        self.ended = BUG
        log.error("the session in %s has ended because of a bug", self.room, exc_info=cause)


async def end_reason(session: RoomSession) -> str:
    """Return why a session ends that has begun to end. What broke it is known once it has left the room."""
    await asyncio.wait({session._running}, timeout=LEAVE_DELAY)
    return session.ended or LEFT


async def _settle(work: Coroutine[Any, Any, T], done: "asyncio.Future[T]") -> None:
    """Give the outcome of `work` to the future; an error must not end the other work in the room."""
    try:
        result = await work
    except asyncio.CancelledError:
        done.cancel()
        raise
    except Exception as error:  # noqa: BLE001 - whoever waits for the future gets it
        if not done.done():
            done.set_exception(error)
            done.exception()  # nobody may be waiting any more
    else:
        if not done.done():
            done.set_result(result)

"""One stay in a room: a bot in a task of its own, so that it lives on when the call that wanted something ends."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from bot.mcp_server.conversation import GuidedConversation
from bot.mcp_server.limits import WAITING_TEXTS
from bot.process.redaction import redact
from bot.providers.factory import make_language_model
from bot.settings.settings import Settings
from bot.voicebot import VoiceBot
from pipeline.errors import RoomError, VoiceBotError
from pipeline.events import PersonAway, PersonBack, PersonLeft, PersonLinked
from pipeline.ports import LanguageModel

log = logging.getLogger(__name__)

T = TypeVar("T")

LEAVE_DELAY = 4.0
"""Seconds for leaving; longer than all that is bounded by itself in it."""

LINK_DELAY = 1.0
"""Seconds for linking somebody who is there."""

BREAK_OFF_DELAY = 0.3
"""Seconds in which a text on air ends once it is interrupted."""

LEFT = "you have left it"
BUG = "the bot broke by a bug of its own, which the server's log tells"


class RoomSession:
    """From joining to leaving, or to the room's end."""

    def __init__(self, settings: Settings) -> None:
        self.room = settings.room
        self.settings = settings
        self.bot: VoiceBot
        self.language_model: LanguageModel | None = None
        self.conversation: GuidedConversation | None = None
        """The last one that was held here."""
        self.ended: str | None = None
        """Why it is over."""
        self.unclaimed: list[str] = []
        """What the person said, and nobody has been told: the call that heard it had ended."""
        self.away_since: float | None = None
        """Loop time since which the person is gone, maybe for a moment; None while they are there."""
        self.left: PersonLeft | None = None
        """The last time that somebody has left for good."""
        self._texts: list[asyncio.Future[Any]] = []  # that are spoken, or wait for it
        self._is_listening = False

    async def join(self, group: asyncio.TaskGroup) -> None:
        """Join, and stay until left; when cancelled, nobody stays. Raises VoiceBotError."""
        joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._life = group.create_task(self._live(joined), name=f"room {self.room}")
        try:
            await joined
            await self._link()
        except asyncio.CancelledError:
            self._life.cancel()
            raise

    async def leave(self) -> None:
        """Leave the room, in bounded time."""
        self.ended = self.ended or LEFT
        self._life.cancel()
        await asyncio.wait({self._life}, timeout=LEAVE_DELAY)

    # --- what goes on in the room ---

    def begin(self, wanted: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """Do something here, however long the one who wants it waits; cancelling the future breaks it off."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        doing = self._doings.create_task(_settle(wanted, done))
        done.add_done_callback(lambda it: it.cancelled() and doing.cancel())
        return done

    def begin_text(self, wanted: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """The same for a text that is spoken, when there is somebody to hear it. Raises VoiceBotError."""
        try:
            self.check_talking()
        except VoiceBotError:
            wanted.close()
            raise
        text = self.begin(wanted)
        self._texts.append(text)
        return text

    async def interrupt(self) -> None:
        """Fall silent, and say nothing of what waits to be said; end a conversation."""
        if self.conversation is not None:
            self.conversation.stop()
        await self._fall_silent()

    async def _fall_silent(self) -> None:
        on_air, waiting = self._unspoken()[:1], self._unspoken()[1:]
        for text in waiting:
            text.cancel()
        self.bot.interrupt()
        if on_air:
            await asyncio.wait(on_air, timeout=BREAK_OFF_DELAY)
            on_air[0].cancel()  # it was not on air yet

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Be the one call that waits for what the person says. Raises VoiceBotError when there is one."""
        self.check_free()
        if self._is_listening:
            raise VoiceBotError("another call waits for what the person says: wait until it has come back")
        self._is_listening = True
        try:
            yield
        finally:
            self._is_listening = False

    def check_free(self) -> None:
        """Raises VoiceBotError while a conversation goes on."""
        if self.conversation is not None and self.conversation.goes_on:
            raise VoiceBotError(
                f"a conversation goes on, with the goal {self.conversation.goal!r}: call converse with this goal to "
                "follow it, or interrupt to end it"
            )

    def check_talking(self) -> None:
        """Raises VoiceBotError when nobody would hear it, or something else is being said."""
        self.check_free()
        if self.bot.linked is None:
            raise RoomError(f"nobody would hear it: {self.bot.hearing().problem}")
        if len(self._unspoken()) > WAITING_TEXTS:
            raise VoiceBotError("too many texts wait to be spoken: call listen, or interrupt to take them back")

    def _unspoken(self) -> "list[asyncio.Future[Any]]":
        self._texts = [text for text in self._texts if not text.done()]
        return self._texts

    @property
    def cursor(self) -> int:
        """Where the transcript ends."""
        return len(self.bot.history)

    # --- the task ---

    async def _link(self) -> None:
        """Who is there is linked a moment after joining; not when somebody else is wanted."""
        if not self.bot.people():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LINK_DELAY):
                async for event in self.bot.events():
                    if isinstance(event, PersonLinked):
                        return

    async def _live(self, joined: "asyncio.Future[None]") -> None:
        try:
            self.language_model = make_language_model(self.settings)
            async with VoiceBot(self.settings, llm=self.language_model, answers=False) as self.bot:
                self.bot.on_shutdown(self._note_end)
                async with asyncio.TaskGroup() as self._doings:
                    self._doings.create_task(self._watch())
                    joined.set_result(None)
                    await self.bot.wait_closed()
                    raise RoomError(self.ended or "")  # ends what goes on here
        except asyncio.CancelledError:
            joined.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this stay and not the server
            if not joined.done():
                joined.set_exception(error)
            else:
                self._report(error)
        finally:
            self.ended = self.ended or LEFT
            if self.language_model is not None:
                with suppress(Exception):  # one of somebody's own may fail in it
                    await self.language_model.aclose()

    async def _watch(self) -> None:
        """Who is there to be talked with. What was for somebody who has left is said to nobody else."""
        async for event in self.bot.events():
            match event:
                case PersonAway(at):
                    self.away_since = at
                case PersonBack():
                    self.away_since = None
                case PersonLeft():
                    self.away_since, self.left = None, event
                    await self._fall_silent()

    def _note_end(self, reason: str) -> None:
        self.ended = self.ended or f"it has ended ({redact(reason)})"

    def _report(self, error: Exception) -> None:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, VoiceBotError):
            log.info("the stay in %s is over: %s", self.room, self.ended)
            return
        self.ended = BUG
        log.error("the stay in %s is over, by a bug", self.room, exc_info=error)


async def _settle(wanted: Coroutine[Any, Any, T], done: "asyncio.Future[T]") -> None:
    try:
        result = await wanted
    except asyncio.CancelledError:
        done.cancel()
        raise
    except Exception as error:  # noqa: BLE001 - it is told to whoever waits, and must not end what else goes on
        if not done.done():
            done.set_exception(error)
            done.exception()  # nobody may be waiting any more
    else:
        if not done.done():
            done.set_result(result)

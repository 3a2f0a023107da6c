"""The embedding API: a bot in a room as an async context manager."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from bot.event_feed import EventFeed
from bot.room import GRACE_DELAY, Membership, Voice
from bot.settings import Settings
from bot.token import agent_token
from pipeline.errors import ProviderError, RoomClosed, VoiceBotError
from pipeline.events import Joined, RoomEnded, RoomEvent
from pipeline.messages import Message
from pipeline.ports import Synthesizer
from pipeline.stages.mouth import Mouth
from pipeline.stages.speak import once

log = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_RATE = 24_000
"""Hz of the published voice when no synthesizer asks for another."""

CLOSE_DELAY = 1.5
"""Seconds for leaving the room and ending all tasks; what is not done by then is left behind and logged."""

STATE_ATTRIBUTE = "lk.agent.state"
"""What LiveKit's frontends read the agent's state from: initializing, idle, listening, thinking or speaking."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a `say`: the text it was given, what of it was heard, and whether it was cut off."""

    text: str
    heard: str
    cut: bool


class VoiceBot:
    """A bot in one room, from entering the `async with` block to leaving it.

    Entering returns when the bot has joined and publishes its voice; it raises RoomError when that fails. When the room
    ends, `events()` ends and `say()` raises RoomClosed. When the bot breaks, the block is cancelled and leaving it
    raises what broke: a dead bot is never mistaken for a silent one.
    """

    def __init__(self, settings: Settings, *, tts: Synthesizer | None = None, grace_delay: float = GRACE_DELAY) -> None:
        """`grace_delay`: seconds for which the linked person may be gone before another one is linked."""
        self._settings = settings
        self._grace_delay = grace_delay
        self._tts = tts
        self._history: list[Message] = []
        self._feed = EventFeed()
        self._speaking: set[asyncio.Task[Said | ProviderError]] = set()
        self._end_reason = "CLIENT_INITIATED"  # unless the room says another one
        self._entered = False
        self._over = False
        self._closing = False
        self._host_cancelled = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._voice = Voice(self._tts.rate if self._tts else DEFAULT_RATE)
        self._mouth = Mouth(self._tts, self._voice) if self._tts else None
        settings = self._settings
        self._membership = Membership(
            url=settings.url,
            make_token=self._make_token,
            voice=self._voice,
            emit=self._emit,
            participant=settings.participant,
            stay=settings.stay,
            grace_delay=self._grace_delay,
        )
        self._joined = asyncio.Event()
        host = asyncio.current_task()
        assert host is not None
        self._host = host
        # The one task made outside a group: the group's root, so that leaving can be bounded in time.
        self._root = self._loop.create_task(self._run(), name="voicebot")
        self._root.add_done_callback(self._on_ended)
        try:
            await self._or_ended(self._joined.wait())
        except BaseException:
            await self._close()
            raise
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()
        cancelled_from_outside = self._host_cancelled and self._host.uncancel() > 0
        failure = self._failure()
        if failure is None or failure is error:
            return
        if error is None or (isinstance(error, asyncio.CancelledError) and not cancelled_from_outside):
            raise failure from None
        log.error("the bot broke, too: %s", failure)

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation so far, as it was heard."""
        return tuple(self._history)

    def events(self) -> AsyncIterator[RoomEvent]:
        """How things stand (Joined, PersonLinked ...), then what happens until the room ends; any number of readers."""
        return self._feed.read()

    async def say(self, text: str) -> Said:
        """Speak a text, after those before it; returns when it was played or interrupted. Cancelling breaks it off.

        Raises RoomClosed, ProviderError.
        """
        if self._mouth is None:
            raise VoiceBotError("this bot has no voice: give it a speech synthesizer (tts)")
        if self._over:
            await asyncio.wait({self._root})
            raise self._end()
        speaking = self._group.create_task(self._speak(self._mouth, text))
        self._speaking.add(speaking)
        speaking.add_done_callback(self._speaking.discard)
        try:
            said = await self._or_ended(asyncio.shield(speaking))
        except asyncio.CancelledError:
            speaking.cancel()
            raise
        if isinstance(said, ProviderError):
            raise said
        return said

    def interrupt(self) -> None:
        """Break off what the bot is saying, now; its `say` returns what was heard."""
        if self._mouth is not None:
            self._mouth.interrupt()

    async def wait_closed(self) -> None:
        """Return when the room has ended; raises what broke the bot."""
        await asyncio.wait({self._root})
        if failure := self._failure():
            raise failure

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            writer = [group.create_task(self._mouth.run())] if self._mouth else []
            self._membership.set_attributes({STATE_ATTRIBUTE: "listening"})
            try:
                await self._membership.run()
            finally:
                self._over = True
                for task in (*writer, *self._speaking):
                    task.cancel()

    async def _speak(self, mouth: Mouth, text: str) -> Said | ProviderError:
        """Returns a provider's failure: raised here, in the bot's group, it would end the bot."""
        spoken = await mouth.say(once(text))
        if spoken.heard:
            self._history.append(Message("assistant", spoken.heard, self._loop.time(), cut=spoken.cut))
        return spoken.failure or Said(text, heard=spoken.heard, cut=spoken.cut)

    def _emit(self, event: RoomEvent) -> None:
        log.info("%s", event)
        if isinstance(event, Joined):
            self._joined.set()
        elif isinstance(event, RoomEnded):
            self._end_reason = event.reason
        self._feed.emit(event)

    def _make_token(self) -> str:
        settings = self._settings
        if settings.livekit_token is not None:
            return settings.livekit_token.reveal()
        assert settings.livekit_api_key is not None
        assert settings.livekit_api_secret is not None
        return agent_token(
            api_key=settings.livekit_api_key.reveal(),
            api_secret=settings.livekit_api_secret.reveal(),
            room=settings.room,
            identity=settings.identity,
        )

    # The end, in whatever way it comes.

    async def _or_ended(self, wanted: Awaitable[T]) -> T:
        """The result of `wanted`, unless the bot ends first; then raise why."""
        waiting = asyncio.ensure_future(wanted)
        try:
            await asyncio.wait({waiting, self._root}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                return waiting.result()
            await asyncio.wait({self._root})  # it is done, has cancelled `waiting`, or is ended by its failure
            raise self._end()
        finally:
            waiting.cancel()

    def _end(self) -> BaseException:
        """Why a bot whose root task is done can do nothing more."""
        return self._failure() or RoomClosed(self._end_reason)

    def _failure(self) -> BaseException | None:
        if not self._root.done() or self._root.cancelled():
            return None
        failure = self._root.exception()
        while isinstance(failure, BaseExceptionGroup) and len(failure.exceptions) == 1:
            failure = failure.exceptions[0]
        return failure

    def _on_ended(self, _: asyncio.Task[None]) -> None:
        self._feed.close()
        if self._failure() is not None and self._entered and not self._closing:
            self._host_cancelled = True
            self._host.cancel()

    async def _close(self) -> None:
        self._closing = True
        self._root.cancel()
        _, pending = await asyncio.wait({self._root}, timeout=CLOSE_DELAY)
        if pending:
            log.warning("some of the bot's tasks did not end within %.1f s and are left behind", CLOSE_DELAY)
        await self._voice.aclose()

"""The embedding API: a bot in a room as an async context manager."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from bot.event_feed import EventFeed
from bot.providers import make_language_model, make_synthesizer, make_transcriber
from bot.room import GRACE_DELAY, Membership, Voice
from bot.settings import Settings
from bot.token import agent_token
from pipeline.commands import AgentState, Command
from pipeline.errors import RoomClosed, VoiceBotError
from pipeline.events import Event, Joined, RoomEnded, RoomEvent, TextReceived
from pipeline.journal import Journal
from pipeline.messages import Message
from pipeline.metrics import Meter, Metrics
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.session import Session
from pipeline.turn.policy import INSTRUCTIONS, Policy
from pipeline.turn.state import State
from vad.protocol import VoiceActivityDetector

log = logging.getLogger(__name__)

T = TypeVar("T")
P = TypeVar("P", Transcriber | None, LanguageModel | None, Synthesizer | None)

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

    def __init__(
        self,
        settings: Settings,
        *,
        stt: Transcriber | None = None,
        llm: LanguageModel | None = None,
        tts: Synthesizer | None = None,
        vad: VoiceActivityDetector | None = None,
        policy: Policy | None = None,
        grace_delay: float = GRACE_DELAY,
    ) -> None:
        """Providers that are given are used instead of those that the settings name, and stay the caller's to close.

        `policy` replaces the one that follows from the settings. `grace_delay`: seconds for which the linked person may
        be gone before another one is linked.
        """
        self._settings = settings
        self._grace_delay = grace_delay
        self._given = (stt, llm, tts)
        self._vad = vad
        self._policy = policy or policy_of(settings)
        self._feed = EventFeed()
        self._logged = 0  # messages of the history
        self._meter = Meter()
        self._end_reason = "CLIENT_INITIATED"  # unless the room says another one
        self._entered = False
        self._over = False
        self._closing = False
        self._host_cancelled = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        settings = self._settings
        stt, llm, tts = self._given
        self._own: list[Transcriber | LanguageModel | Synthesizer] = []
        transcriber = stt or self._made(make_transcriber(settings))
        language_model = llm or self._made(make_language_model(settings))
        synthesizer = tts or self._made(make_synthesizer(settings))
        vad = self._vad if self._vad is not None else await asyncio.to_thread(_load_vad)
        self._voice = Voice(synthesizer.rate if synthesizer else DEFAULT_RATE)
        self._membership = Membership(
            url=settings.url,
            make_token=self._make_token,
            voice=self._voice,
            emit=self._emit,
            participant=settings.participant,
            stay=settings.stay,
            grace_delay=self._grace_delay,
        )
        self._session = Session(
            audio_in=self._membership.microphone,
            audio_out=self._voice,
            captions=self._membership.captions,
            vad=vad,
            transcriber=transcriber,
            language_model=language_model,
            synthesizer=synthesizer,
            policy=self._policy,
            show_state=self._show_state,
            temperature=settings.temperature,
            observe=self._observe,
        )
        self._journal = Journal(settings.journal, self._session.policy) if settings.journal else None
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
        return self._session.history

    @property
    def metrics(self) -> Metrics:
        """How the conversation goes, in numbers, until now."""
        return self._meter.metrics

    def events(self) -> AsyncIterator[RoomEvent]:
        """How things stand (Joined, PersonLinked ...), then what happens until the room ends; any number of readers."""
        return self._feed.read()

    async def say(self, text: str, *, interruptible: bool = True) -> Said:
        """Speak a text when nobody else speaks; returns when it was played or interrupted. Cancelling breaks it off.

        Raises RoomClosed, ProviderError.
        """
        if self._over:
            await asyncio.wait({self._root})
            raise self._end()
        ended = await self._or_ended(self._session.say(text, is_interruptible=interruptible))
        return Said(text, heard=ended.heard, cut=ended.is_cut)

    def interrupt(self) -> None:
        """Break off what the bot is saying, now; its `say` returns what was heard."""
        self._session.interrupt()

    async def wait_closed(self) -> None:
        """Return when the room has ended; raises what broke the bot."""
        await asyncio.wait({self._root})
        if failure := self._failure():
            raise failure

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            conversing = group.create_task(self._session.run())
            self._show_state("listening")
            try:
                await self._membership.run()
            finally:
                self._over = True
                conversing.cancel()

    def _made(self, provider: P) -> P:
        """Note a provider that is ours to close."""
        if provider is not None:
            self._own.append(provider)
        return provider

    def _show_state(self, state: AgentState) -> None:
        self._membership.set_attributes({STATE_ATTRIBUTE: state})

    def _emit(self, event: RoomEvent) -> None:
        if not isinstance(event, TextReceived):  # which is logged when it is taken down
            log.info("%s", event)
        if isinstance(event, Joined):
            self._joined.set()
        elif isinstance(event, RoomEnded):
            self._end_reason = event.reason
        self._session.dispatch(event)
        self._feed.emit(event)

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        for message in state.history[self._logged :]:
            speaker = "person" if message.role == "user" else "bot"
            log.info("%s: %s%s", speaker, message.text, " [interrupted]" if message.cut else "")
        self._logged = len(state.history)
        self._meter.observe(event, state, commands)
        if self._journal is not None:
            self._journal.observe(event, state, commands)

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
            if waiting.done() and not waiting.cancelled():
                return waiting.result()
            await asyncio.wait({self._root})  # it is done, or has cancelled `waiting` and soon will be
            raise self._end()
        finally:
            waiting.cancel()

    def _end(self) -> BaseException:
        """Why a bot whose root task is done can do nothing more."""
        return self._failure() or RoomClosed(self._end_reason)

    def _failure(self) -> BaseException | None:
        """What broke the bot, as it was raised; of several at once the first, if all of them are expected failures."""
        if not self._root.done() or self._root.cancelled():
            return None
        failure = self._root.exception()
        while isinstance(failure, BaseExceptionGroup):
            if len(failure.exceptions) > 1 and failure.split(VoiceBotError)[1] is not None:
                return failure
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
        if self._journal is not None:
            self._journal.close()
        await self._voice.aclose()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_DELAY):
                for provider in self._own:
                    await provider.aclose()


def policy_of(settings: Settings) -> Policy:
    """How a bot with these settings converses."""
    return Policy(
        instructions=settings.instructions or INSTRUCTIONS,
        greeting=settings.greeting,
        greeting_instructions=settings.greeting_instructions,
    )


def _load_vad() -> VoiceActivityDetector:
    """In a thread: importing the runtime and loading the model take some tenths of a second."""
    from vad.silero import SileroVad

    return SileroVad()

"""When memories are read and written: as a person comes, and when their conversation is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from bot.hooks.end_summary import LAST_SUMMARY_DELAY
from bot.memory.kept import kept
from bot.memory.store import MemoryStore
from pipeline.clock import loop_time
from pipeline.commands import Command, ConversationEnded
from pipeline.errors import VoiceBotError
from pipeline.events import Event, MemoryAwaited, MemoryEvent, MemoryRecalled, PersonLinked
from pipeline.failure_log import log_failure
from pipeline.messages import ConversationSummary, Memory, Message
from pipeline.stages.summarize import Summaries
from pipeline.text.record import record_line
from pipeline.turn.state import State

LOAD_TIMEOUT = 5.0
"""Seconds after which the bot goes on without a memory. Its greeting waits for no more than `Policy.memory_delay`."""

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Talk:
    """A conversation that is over. `summary` is that of its older part, if there is one."""

    identity: str
    history: tuple[Message, ...]
    summary: ConversationSummary | None
    before: Memory | None = None
    """What was known before it."""
    is_recalled: bool = False
    is_saved: asyncio.Event = field(default_factory=asyncio.Event)
    """Its last words are: its summary may be still to come."""


class Remembering:
    """Observes one session, for the life of its bot.

    A conversation is saved at once when it is over, and again with its summary: whatever ends the bot meanwhile, its
    last words are kept. Nothing that goes wrong with a store costs more than the memory; it is logged.
    """

    def __init__(
        self,
        store: MemoryStore,
        summaries: Summaries,
        emit: Callable[[MemoryEvent], None],
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        self._store, self._summaries, self._emit, self._today = store, summaries, emit, today
        self._jobs = asyncio.Queue[Callable[[], Awaitable[None]]]()
        self._state = State()
        self._after = 0  # the number of the last message before the conversation that goes on
        self._unsaved: list[_Talk] = []
        self._saving = asyncio.Lock()

    async def run(self) -> None:
        """Read and write beside the conversation, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                job = await self._jobs.get()
                group.create_task(_guarded(job))

    def expect(self, event: Event) -> None:
        """Begin to recall a person who is linked by this event; to be called before it is dispatched."""
        if isinstance(event, PersonLinked):
            self._emit(MemoryAwaited(event.at, event.identity))
            self._jobs.put_nowait(partial(self._recall, event.identity))

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take a step of the session: a conversation that is over is to be saved."""
        for command in commands:
            if isinstance(command, ConversationEnded):
                self._is_over(command.identity, command.history, command.summary)
        if state.caller.identity != self._state.caller.identity:
            self._after = state.message_number
        self._state = state

    async def finish(self, reason: str = "") -> None:
        """Save what is not saved yet, and the conversation that goes on; to be called when the session has ended."""
        state = self._state
        if state.caller.identity:
            self._is_over(state.caller.identity, state.history, state.summaries.summary)
        for talk in tuple(self._unsaved):
            await _guarded(partial(self._keep, talk, LAST_SUMMARY_DELAY))

    async def _recall(self, identity: str) -> None:
        memory: Memory | None = None
        try:
            async with asyncio.timeout(LOAD_TIMEOUT):
                for talk in self._unsaved:
                    if talk.identity == identity:
                        await talk.is_saved.wait()
                memory = await self._store.load(identity)
        except TimeoutError:
            log.warning("the memory of %r was not there within %g s: the bot goes on without", identity, LOAD_TIMEOUT)
        finally:
            self._emit(MemoryRecalled(loop_time(), identity, memory))

    def _is_over(self, identity: str, history: tuple[Message, ...], summary: ConversationSummary | None) -> None:
        """Have a conversation saved, without what was said before it."""
        own = tuple(message for message in history if message.number > self._after)
        if not own:
            return
        is_own = summary is not None and bool(summary.text) and len(own) == len(history)
        talk = _Talk(identity, own, summary if is_own else None)
        self._unsaved.append(talk)
        self._jobs.put_nowait(partial(self._keep, talk))

    async def _keep(self, talk: _Talk, summary_timeout: float | None = None) -> None:
        """Save a conversation; one after the other, as each goes on from what the last one has left."""
        async with self._saving:
            if talk not in self._unsaved:
                return
            try:
                await self._keep_words(talk)
            except Exception:
                self._unsaved.remove(talk)
                raise
            finally:
                talk.is_saved.set()
            summary: str | None = None
            try:
                async with asyncio.timeout(summary_timeout):
                    summary = await self._summary(talk)
            except TimeoutError:
                log.warning("no summary of the last conversation within %g s: its last words are kept", summary_timeout)
            self._unsaved.remove(talk)
            if summary is not None:
                await self._store.save(talk.identity, kept(talk.history, summary, talk.before, self._today()))

    async def _keep_words(self, talk: _Talk) -> None:
        """Save the last words; what was known before is read once, as they take its place."""
        if not talk.is_recalled:
            talk.before = await self._store.load(talk.identity)
            talk.is_recalled = True
        await self._store.save(talk.identity, kept(talk.history, None, talk.before, self._today()))

    async def _summary(self, talk: _Talk) -> str | None:
        """Make a summary of a conversation, and of what was known before; without that it is the one that hooks get."""
        if (before := talk.before) is None:
            return await self._summaries.of_conversation(talk.history, talk.summary)
        parts = [f"From earlier calls, last on {before.date}: {before.summary}"]
        parts += [record_line(message) for message in before.messages if not before.summary]
        messages = talk.history
        if (summary := talk.summary) is not None:
            parts.append(f"From this call: {summary.text}")
            messages = summary.rest_of(messages)
        return await self._summaries.summarize(messages, "\n".join(parts))


async def _guarded(job: Callable[[], Awaitable[None]]) -> None:
    try:
        await job()
    except VoiceBotError as error:
        log.warning("a memory is lost: %s", error)
    except Exception as error:  # noqa: BLE001 - of anybody's store
        log_failure(log, "a memory is lost: the store has failed", error=error)

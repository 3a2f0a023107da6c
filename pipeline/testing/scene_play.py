"""Plays a scene once, with a session of its own or with the session of a program's bot."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from pipeline.commands import Command
from pipeline.errors import only_error
from pipeline.events import Event
from pipeline.journal import Journal
from pipeline.session import Session
from pipeline.testing.clock import Clock
from pipeline.testing.errors import SceneFailed
from pipeline.testing.requests import Request
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.script import Script
from pipeline.testing.scripted_tts import ScriptedSynthesizer
from pipeline.turn.state import State


class ScenePlay:
    """Begins and ends the clock, the room, the script and the journal together, around a session that runs."""

    _open: ClassVar[set["ScenePlay"]] = set()

    def __init__(
        self,
        *,
        clock: Clock,
        room: RoomQueue,
        script: Script,
        requests: list[Request],
        voice: ScriptedSynthesizer | None,
        journal: Path | None,
        on_begun: Callable[[], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        """`on_begun` is called when the session listens, `on_failure` with an error before it is raised.

        No request to the language model or the voice may be open in the end. `journal` is a file to write.
        """
        self._clock, self._room, self._script = clock, room, script
        self._requests, self._voice = requests, voice
        self._journal_path = journal
        self._journal: Journal | None = None
        self._on_begun, self._on_failure = on_begun, on_failure
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Close the room: `host` returns."""
        self._closed.set()

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Write a step of the session to the journal."""
        if self._journal is not None:
            self._journal.observe(event, state, commands)

    async def host(self, session: Session) -> None:
        """Play with a session that the caller runs, until the room is closed."""
        self._begin(session)
        try:
            async with asyncio.TaskGroup() as group:
                await self._start(group)
                try:
                    await self._closed.wait()
                finally:
                    self._script.end()
        except BaseException as failure:
            self._on_failure(only_error(failure))
            raise
        finally:
            self._end()

    async def enter(self, session: Session) -> None:
        """Run the session, and play until `leave` or `exit`."""
        self._tasks_before = asyncio.all_tasks()
        self._begin(session)
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._running = self._group.create_task(session.run())
        await self._start(self._group)

    async def leave(self) -> None:
        """End the session that `enter` has begun."""
        self._running.cancel()
        await asyncio.wait({self._running})

    async def exit(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what `enter` has begun; the arguments are those of `__aexit__`. Raises what broke the session."""
        await self.leave()
        self._script.end()
        try:
            await self._group.__aexit__(kind, error, trace)
            self._check_nothing_is_left()
        except BaseException as failure:
            cause = only_error(failure)
            self._on_failure(cause)
            if cause is error:
                return
            if cause is failure:
                raise
            raise cause from None
        finally:
            self._end()

    def _begin(self, session: Session) -> None:
        """Begin at second 0 with everything in its place."""
        self._clock.begin()
        self._room.begin()
        if self._journal_path is not None:
            self._journal = Journal(self._journal_path, session.policy, session.state)
        ScenePlay._open.add(self)

    async def _start(self, group: asyncio.TaskGroup) -> None:
        await asyncio.sleep(0)  # until the session listens
        self._on_begun()
        self._script.begin(group)

    def _end(self) -> None:
        self._room.end()
        self._clock.end()
        ScenePlay._open.discard(self)
        if self._journal is not None:
            self._journal.close()

    def _check_nothing_is_left(self) -> None:
        if not ScenePlay._open - {self} and (left := asyncio.all_tasks() - self._tasks_before):
            raise SceneFailed(f"a task is left when the session has ended: {left}")
        if any(request.outcome == "open" for request in self._requests):
            raise SceneFailed("a request to the language model is left when the session has ended")
        if self._voice is not None and self._voice.open:
            raise SceneFailed("a request to the voice is left when the session has ended")

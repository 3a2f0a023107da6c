"""Writing the journal while the conversation goes on: cheap, and never a reason for it to end."""

import errno
import logging
import math
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from pipeline.commands import Command
from pipeline.events import AudioSeen, Event
from pipeline.journal import codec
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from pipeline.turn.state import State
from pipeline.version import rawbot_version

LONGEST_RUN = 31
"""Windows that may become one line: about a second of them."""

BUFFER = 64 * 1024
"""Bytes that wait for a command to be written with, at most."""

MOST_BYTES = 1_000_000_000
"""Of one session in a file: some weeks of talk. A room that is never left must not fill the disk."""

log = logging.getLogger(__name__)


class Journal:
    """Record each step of one session, which decides by `policy` and began in the state `start`; `observe` is called.

    The file is for its owner alone (0600) when it is made here: it holds what people said. One that exists is appended
    to, after a new header, and keeps its mode: a bot that is started again must not destroy the record of why it had
    to be.

    Of windows of audio that lead to no command, 31 a second, only those are written without which the reducer would not
    come to the same state, and the last of them: so what is left out is never missed in a replay.

    Lines are collected and written with the next one that has a command. When they cannot be, that is logged once, and
    the rest is not recorded.

    `redacted` says what was hidden in the steps before they came here.
    """

    def __init__(
        self,
        path: Path,
        policy: Policy,
        start: State | None = None,
        *,
        redacted: tuple[str, ...] = (),
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        self._policy, self._redacted = policy, redacted
        self._wall_clock = wall_clock
        self._file = _File(path)
        self._session = uuid4().hex[:8]
        self._has_begun = False
        self._before = start or State()
        """After the last step that was written."""
        self._run: list[tuple[AudioSeen, State]] = []

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Record a step: the event, the state after it and the commands."""
        if not self._file.is_open:
            return
        if not self._has_begun:
            self._begin(event.at)
        if isinstance(event, AudioSeen) and not commands:
            self._run.append((event, state))
            if len(self._run) == LONGEST_RUN:
                self._write_run()
            return
        self._write_run()
        self._write(event, state, commands)
        if commands:
            self._file.flush()

    def close(self) -> None:
        """Write what is left. Later steps are not recorded; harmless when done before."""
        self._write_run()
        self._file.close()

    def _begin(self, at: float) -> None:
        self._has_begun = True
        header = {
            "journal": codec.FORMAT,
            "session": self._session,
            "rawbot": rawbot_version() or "unknown",
            "at": at,
            "wall_time": self._wall_clock().isoformat(),
            "policy": codec.encode(self._policy),
            "agent": codec.encode(self._before.agent),
            "has_language_model": self._before.has_language_model,
        }
        if self._redacted:
            header["redacted"] = list(self._redacted)
        if not self._file.was_empty:
            self._file.append(b"\n")  # what was there may end in the middle of a line
        self._file.append(codec.line(header))

    def _write_run(self) -> None:
        """The last of the windows that wait, and those before it without which the state would be another."""
        if not self._run:
            return
        run, self._run = self._run, []
        coalesced = 0
        if self._is_enough(*run[-1]):  # nearly always
            coalesced, run = len(run) - 1, run[-1:]
        for window, following in pairwise(run):
            if self._is_enough(*following):
                coalesced += 1
            else:
                self._write(*window, (), coalesced=coalesced)
                coalesced = 0
        self._write(*run[-1], (), coalesced=coalesced)

    def _is_enough(self, window: AudioSeen, state: State) -> bool:
        """Whether this window alone, after what was written last, leads to this state and to nothing else."""
        return step(self._before, window, self._policy) == (state, ())

    def _write(self, event: Event, state: State, commands: tuple[Command, ...], *, coalesced: int = 0) -> None:
        record: dict[str, object] = {"session": self._session, "event": codec.encode(event)}
        if coalesced:
            record["coalesced"] = coalesced
        record["commands"] = [codec.encode(codec.summarized(command)) for command in commands]
        record["why"] = _evidence(self._before, state)
        self._file.append(codec.line(record))
        self._before = state


def _evidence(before: State, state: State) -> dict[str, object]:
    """What a step was decided by. A turn that was committed in it is shown as it was before that."""
    hearing, on_air = state.hearing, state.on_air
    turn = state.turn if state.turn.number == before.turn.number else before.turn
    return {
        "floor": state.floor.value,
        "seen_until": _rounded(state.seen_until),
        "speech": _rounded(hearing.speech_duration),
        "silence": _rounded(hearing.silence_duration),
        "speech_ended_at": _rounded(hearing.speech_ended_at),
        "text": codec.shortened(turn.text),
        "endpoint_at": _rounded(turn.endpoint_at),
        "finalize_deadline": _rounded(turn.finalize_deadline),
        "is_endpointed": turn.is_endpointed,
        "on_air": on_air.reply_id if on_air else None,
        "holds": sorted(on_air.holds) if on_air else [],
        "pending_reply": state.pending_reply.reply_id if state.pending_reply else None,
    }


def _rounded(seconds: float) -> float | None:
    return round(seconds, 3) if math.isfinite(seconds) else None


class _File:
    """Appends lines to a file when flushed; the first failure closes it for good."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = bytearray()
        self._descriptor: int | None = None
        self._room = MOST_BYTES
        self.was_empty = True
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)  # a pipe must not stop the bot
        try:
            self._descriptor = os.open(path, flags, 0o600)
            self.was_empty = not os.fstat(self._descriptor).st_size
        except OSError as error:
            self._fail(error)

    @property
    def is_open(self) -> bool:
        """Whether lines still go anywhere."""
        return self._descriptor is not None

    def append(self, line: bytes) -> None:
        """Take a line."""
        self._waiting += line
        if len(self._waiting) >= BUFFER:
            self.flush()

    def flush(self) -> None:
        """Write what was taken."""
        if self._descriptor is None:
            return
        try:
            if not os.fstat(self._descriptor).st_nlink:
                raise FileNotFoundError(errno.ENOENT, "it was deleted")
            if (room := self._room - len(self._waiting)) < 0:
                raise OSError(errno.EFBIG, f"this session has written {MOST_BYTES / 1e6:,.0f} MB")
            self._room = room
            while self._waiting:
                del self._waiting[: os.write(self._descriptor, self._waiting)]
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Write what was taken, and no more."""
        self.flush()
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.close(descriptor)
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        descriptor, self._descriptor = self._descriptor, None
        self._waiting.clear()
        log.error("the journal %s cannot be written (%s); the call goes on without one", self._path, error.strerror)
        if descriptor is not None:
            with suppress(OSError):  # said already
                os.close(descriptor)

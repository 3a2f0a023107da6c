"""The live line on a terminal: what it shows, and that it is in nobody's way."""

import asyncio
import fcntl
import logging
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assembly.status import HearingStatus
from bot.event_feed import EventFeed, MessageAdded
from bot.process import logs
from bot.process import terminal as terminal_module
from bot.process.child_process import kill, start
from bot.process.status_line import REDRAW_INTERVAL, StatusLine, on_terminal
from bot.process.status_model import StatusModel, width
from bot.process.terminal import over_live_line, write_last
from bot.voicebot import VoiceBot
from pipeline import events
from pipeline.messages import Message
from pipeline.metrics import Counts, Latencies, Metrics
from tests.support.bot_process import JOINED, environment
from tests.support.command import NOBODY, driver, in_scene
from tests.support.waiting import WAIT_LIMIT, until

pytestmark = pytest.mark.platform("linux", "darwin", reason="pseudo-terminals are there")

ERASE = "\x1b[J"


class Screen:
    """What a terminal of so many columns shows of what was written to it: as much of its language as is used here."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.rows = [""]
        self._row = self._column = 0

    def feed(self, text: str) -> None:
        for piece in re.findall(r"\x1b\[\d*[A-Za-z]|.", text, re.DOTALL):
            if piece == "\r":
                self._column = 0
            elif piece == "\n":
                self._next_row()
            elif piece == ERASE:
                self.rows[self._row :] = [self.rows[self._row][: self._column]]
            else:
                assert piece.isprintable(), f"{piece!r} reached the terminal"
                if self._column == self._columns:
                    self._next_row()
                    self._column = 0
                row = self.rows[self._row].ljust(self._column)
                self.rows[self._row] = row[: self._column] + piece + row[self._column + 1 :]
                self._column += 1

    def resize(self, columns: int) -> None:
        """Fold the rows that have become too long, as terminals do; the cursor stays at its character."""
        assert self._column <= columns
        folded = [[row[at : at + columns] for at in range(0, len(row) or 1, columns)] for row in self.rows]
        self._row = sum(len(pieces) for pieces in folded[: self._row])
        self.rows = [piece for pieces in folded for piece in pieces]
        self._columns = columns

    def _next_row(self) -> None:
        self._row += 1
        if self._row == len(self.rows):
            self.rows.append("")


class Terminal:
    """A pseudo-terminal, read along by a thread."""

    def __init__(self, columns: int = 80) -> None:
        self._columns = columns
        self._master, self._slave = pty.openpty()
        self._resizes: list[tuple[int, int]] = []
        self._set_columns(columns)
        self.stream: TextIO = open(self._slave, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        self._read = b""
        self._reader = threading.Thread(target=self._keep_reading, daemon=True)
        self._reader.start()

    @property
    def fd(self) -> int:
        return self._slave

    @property
    def written(self) -> str:
        return self._read.decode()

    @property
    def rows(self) -> list[str]:
        screen, written, begin = Screen(self._columns), self.written, 0
        for end, columns in self._resizes:
            screen.feed(written[begin:end])
            screen.resize(columns)
            begin = end
        screen.feed(written[begin:])
        return screen.rows

    def resize(self, columns: int) -> None:
        self._resizes.append((len(self.written), columns))
        self._set_columns(columns)

    def _set_columns(self, columns: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def stop(self) -> None:
        """As Ctrl-S does: nothing is taken any more."""
        termios.tcflow(self._slave, termios.TCOOFF)

    def go_on(self) -> None:
        termios.tcflow(self._slave, termios.TCOON)

    def close(self) -> None:
        self.go_on()
        os.close(self._slave)
        self._reader.join(5)
        os.close(self._master)

    def _keep_reading(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # the other side is closed
                return
            if not piece:
                return
            self._read += piece


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, livekit = logging.getLogger(), logging.getLogger("livekit")
    before = root.level, root.handlers[:], livekit.level, livekit.filters[:]
    root.handlers = []
    yield
    root.level, root.handlers, livekit.level, livekit.filters = before


class StandIn:
    """As much of a VoiceBot as the line looks at."""

    def __init__(self) -> None:
        self.agent_state = "listening"
        self.linked: str | None = "ann"
        self.latencies: tuple[Latencies, ...] = ()
        self._feed = EventFeed()
        self.emit, self.events, self.close = self._feed.emit, self._feed.read, self._feed.close

    def hearing(self) -> HearingStatus:
        return HearingStatus(None, is_speaking=False, problem=None)

    @property
    def metrics(self) -> Metrics:
        return Metrics(Counts(), self.latencies, ())

    def say(self, role: Any, text: str) -> None:
        self.emit(MessageAdded(0.0, Message(role, text, 0.0)))


@asynccontextmanager
async def followed(terminal: Terminal) -> AsyncIterator[tuple[StandIn, StatusLine]]:
    bot, line = StandIn(), StatusLine(terminal.stream)
    async with asyncio.TaskGroup() as group:
        group.create_task(line.run(cast(VoiceBot, bot)))
        await asyncio.sleep(0)
        yield bot, line
        bot.close()


async def comes_to(terminal: Terminal, condition: Callable[[], bool]) -> None:
    """Wait for what the terminal will have read."""
    try:
        await until(condition)
    except TimeoutError:
        pytest.fail(f"it did not come to that: {terminal.rows}")


async def shows(terminal: Terminal, text: str) -> None:
    """Wait until the last row of the screen has this text."""
    await comes_to(terminal, lambda: text in terminal.rows[-1])


# --- what it shows ---


async def test_it_shows_state_person_last_words_and_latency(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, _):
        await shows(terminal, "listening | ann")
        bot.emit(events.InterimTranscript(0.0, "what time", 0.0, 0.0))
        await shows(terminal, "ann: what time")
        bot.say("user", "What time is it?")
        bot.agent_state = "speaking"
        answer = Latencies(
            reply_id="reply-1", asked_at=0.0, transcript_delay=None, start_delay=0.0, text_delay=None, audio_delay=None,
            endpoint_delay=0.0, release_delay=0.0, voice_to_voice_delay=0.814, requests=1, is_draft=False,
        )  # fmt: skip
        bot.latencies = (answer,)
        bot.emit(events.PlayoutStarted(0.0, "reply-1"))
        bot.say("assistant", "Ten past three.")
        await shows(terminal, "speaking  | ann: What time is it? | bot: Ten past three. | 0.81 s")
        bot.emit(events.ConnectionLost(0.0))
        await shows(terminal, "reconnecting |")
        bot.emit(events.ConnectionRestored(0.0))
        bot.linked = None
        await shows(terminal, "speaking  | nobody")
    await comes_to(terminal, lambda: terminal.rows == [""])


@given(
    st.builds(
        StatusModel,
        state=st.sampled_from(["listening", "thinking"]),
        person=st.none() | st.text(),
        said=st.text(),
        answered=st.text(),
        latency=st.none() | st.floats(0, 100),
        is_connected=st.booleans(),
        transcriber_lag=st.floats(0, 100),
    ),
    st.integers(2, 200),
)
def test_it_fits_into_the_width_and_cannot_steer_the_terminal(standing: StatusModel, columns: int) -> None:
    text = standing.fitted(columns)
    assert width(text) <= columns
    assert text.isprintable()


def test_of_long_words_the_last_ones_are_shown_of_both_sides() -> None:
    standing = StatusModel("speaking", "ann", "so " * 50 + "what time is it?", "well " * 50 + "ten past three.", 0.8)
    text = standing.fitted(80)
    assert "what time is it?" in text
    assert "ten past three." in text
    assert text.endswith(" | 0.80 s")
    assert width(text) == 80


def test_a_transcriber_that_is_behind_is_shown() -> None:
    assert StatusModel("listening", "ann", transcriber_lag=7.2).fitted(80) == "listening (transcriber 7 s behind) | ann"


def test_wide_characters_count_twice() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert width(StatusModel("listening", "ann", "日本語" * 40).fitted(61)) in (60, 61)


# --- that it is in nobody's way ---


async def test_the_log_goes_above_it_whole(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, line):
        logs.configure("info", stream=line)
        log = logging.getLogger("bot.test")
        for number in range(5):
            bot.say("user", f"Number {number}?")
            await shows(terminal, f"Number {number}?")
            log.info("line %d of the log, %s", number, "and more than the terminal is wide, " * 3)
            await asyncio.to_thread(log.info, "of a thread")
        await comes_to(terminal, lambda: terminal.written.count("of a thread") == 5)
        await shows(terminal, "Number 4?")
        text = "\n".join(terminal.rows[:-1])
        assert text.count("ann:") == 0, "the line has left no trace in the log"
        assert [int(number) for number in re.findall(r"line (\d) of the log", text)] == [0, 1, 2, 3, 4]
    await comes_to(terminal, lambda: terminal.rows[-1] == "")


async def test_what_others_print_and_warn_goes_above_it_whole(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    monkeypatch.setattr(sys, "stdout", terminal.stream)
    async with followed(terminal) as (_, line):
        with line.standard_streams():
            await shows(terminal, "listening | ann")
            print("of a plain print")
            sys.stderr.write(warnings.formatwarning("of a warning", UserWarning, "module.py", 7, ""))
            print("of an error", file=sys.stderr)
            sys.stderr.writelines(["one\n", "two\n"])
            await shows(terminal, "listening | ann")
        assert sys.stderr is terminal.stream
    await comes_to(terminal, lambda: terminal.rows[-1] == "")
    rows = [row for row in terminal.rows if row]
    assert rows == ["of a plain print", "module.py:7: UserWarning: of a warning", "of an error", "one", "two"]


async def test_it_waits_for_the_end_of_a_line_that_comes_in_pieces(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal.stream)
    async with followed(terminal) as (bot, line):
        with line.standard_streams():
            await shows(terminal, "listening | ann")
            print("half a line", end="")
            bot.say("user", "Hello!")
            await asyncio.sleep(3 * REDRAW_INTERVAL)
            print(" and its end")
            await shows(terminal, "ann: Hello!")
            assert terminal.rows[0] == "half a line and its end"


async def test_native_code_that_does_not_ask_begins_a_row(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, _):
        await shows(terminal, "listening | ann")
        os.write(terminal.fd, b"thread 'tokio' panicked at runtime.rs:1\n")
        bot.say("user", "Hello!")
        await shows(terminal, "ann: Hello!")
        assert terminal.rows[0] == "thread 'tokio' panicked at runtime.rs:1"


async def test_a_terminal_that_becomes_narrower_keeps_no_piece_of_it(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, line):
        bot.say("user", "a long story " * 10)
        await shows(terminal, "story")
        terminal.resize(24)
        await comes_to(terminal, lambda: terminal.rows == ["listening | ann"])
        line.write("log\n")
        await comes_to(terminal, lambda: terminal.rows == ["log", "listening | ann"])
        terminal.resize(90)
        await shows(terminal, "story")
        assert terminal.rows[0] == "log"


@pytest.mark.parametrize("last", ["", "the last words"])
async def test_a_process_that_ends_at_once_leaves_no_piece_of_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    monkeypatch.setattr(terminal_module, "STDERR", terminal.fd)
    async with followed(terminal) as (_, line):
        await shows(terminal, "listening | ann")
        line._model = None  # as after the process's end: nothing draws any more
        write_last(last)
        await comes_to(terminal, lambda: terminal.rows == [last])


def test_last_words_do_not_wait_for_a_terminal_that_was_stopped(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_module, "STDERR", terminal.fd)
    terminal.stop()
    for _ in range(3):
        write_last("x" * 100_000)


def test_what_another_process_writes_is_put_over_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    assert over_live_line("talk: open it\n") == f"\r{ERASE}talk: open it\n"
    monkeypatch.setenv("TERM", "dumb")
    assert over_live_line("talk: open it\n") == "talk: open it\n"


async def test_it_is_drawn_ten_times_a_second_at_most(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, line):
        await shows(terminal, "ann")
        before, began_at = terminal.written.count(ERASE), asyncio.get_running_loop().time()
        for number in range(300):
            bot.emit(events.InterimTranscript(0.0, f"word {number}", 0.0, 0.0))
            if number % 60 == 59:
                line.write("a line of the log\n")
            await asyncio.sleep(0.002)
        elapsed = asyncio.get_running_loop().time() - began_at
        drawn = terminal.written.count(ERASE) - before
        await shows(terminal, "word 299")
    assert drawn <= elapsed / REDRAW_INTERVAL + 1 + 5, "but for the five times when the log wanted its place"


async def test_what_does_not_change_is_not_drawn(terminal: Terminal) -> None:
    async with followed(terminal):
        await shows(terminal, "ann")
        size = len(terminal.written)
        await asyncio.sleep(4 * REDRAW_INTERVAL)
        assert len(terminal.written) == size


async def test_a_terminal_that_was_stopped_does_not_stop_the_bot(terminal: Terminal) -> None:
    async with followed(terminal) as (bot, _):
        await shows(terminal, "ann")
        terminal.stop()
        for number in range(8):
            bot.emit(events.InterimTranscript(0.0, f"word {number}", 0.0, 0.0))
            await asyncio.sleep(REDRAW_INTERVAL)
        assert "word" not in terminal.written
        terminal.go_on()
        await shows(terminal, "word 7")


async def test_a_narrow_terminal_gets_one_row() -> None:
    narrow = Terminal(columns=24)
    try:
        async with followed(narrow) as (bot, line):
            bot.say("user", "a long story " * 10)
            await shows(narrow, "listening | ann")
            line.write("log\n")
            await comes_to(narrow, lambda: narrow.rows == ["log", "listening | ann"])
    finally:
        narrow.close()


def test_without_a_terminal_there_is_none(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert on_terminal(terminal.stream, "info") is not None
    assert on_terminal(terminal.stream, "debug") is None
    with (tmp_path / "log").open("w") as file:
        assert on_terminal(file, "info") is None
    monkeypatch.setenv("TERM", "dumb")
    assert on_terminal(terminal.stream, "info") is None
    monkeypatch.delenv("TERM")
    assert on_terminal(terminal.stream, "info") is None


# --- the command ---


@asynccontextmanager
async def bot_on(terminal: Terminal, term: str, folder: Path, *flags: str, scene: str) -> Any:
    """The command with this terminal for its output, in a scene."""
    env = environment(NOBODY) | {"TERM": term}
    command = [sys.executable, *driver(scene), "--room", "blue", *flags]
    child = await asyncio.to_thread(start, command, env=env, output=terminal.fd, cwd=folder)
    try:
        yield child
    finally:
        await asyncio.to_thread(kill, child)


async def left(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(child.wait, WAIT_LIMIT) == 0


async def test_the_command_shows_it_and_leaves_only_its_log(terminal: Terminal, tmp_path: Path) -> None:
    happens = """
scene.dispatches(0.0, lambda at: events.Joined(at, "blue", "bot"))
scene.dispatches(2.0, lambda at: events.PersonLinked(at, "ann"))
scene.person.types("Good morning!", at=4.0)
"""
    async with bot_on(terminal, "xterm", tmp_path, scene=in_scene(happens, "Scene(joins=False)")) as child:
        await shows(terminal, "ann: Good morning!")
        states = [terminal.written.find(state) for state in ("listening | nobody", "listening | ann", "ann: Good")]
        assert -1 not in states
        assert states == sorted(states)
        await left(child)
    await comes_to(terminal, lambda: terminal.rows[-1] == "")
    rows = terminal.rows
    assert any(JOINED in row for row in rows)
    assert not any("ann: Good" in row and "|" in row for row in rows)
    assert not any("listening |" in row for row in rows)


@pytest.mark.parametrize(("term", "flags"), [("dumb", ()), ("xterm", ("--log-level", "debug"))])
async def test_the_command_does_not_show_it_where_it_would_be_in_the_way(
    terminal: Terminal, tmp_path: Path, term: str, flags: tuple[str, ...]
) -> None:
    async with bot_on(terminal, term, tmp_path, *flags, scene=in_scene()) as child:
        await comes_to(terminal, lambda: JOINED in terminal.written)
        await asyncio.sleep(3 * REDRAW_INTERVAL)
        await left(child)
    assert ERASE not in terminal.written
    assert "listening |" not in terminal.written

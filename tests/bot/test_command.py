"""`python -m bot` as a process: what it says, and every way in which it ends, without a LiveKit server."""

import asyncio
import re
import signal
from statistics import median

import jwt
import pytest

from bot.process.exit_codes import ExitCode
from tests.bot.conftest import StartBot
from tests.support.command import (
    NOBODY,
    PROMISED_DELAY,
    SECRET,
    STUBBORN_PLAYOUT,
    driver,
    in_scene,
    leaves,
    once_joined,
    only_error,
    tcp_server,
)

# --- leaving ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_leaves_on_request(start_bot: StartBot, number: signal.Signals) -> None:
    """Also the interpreter is not taken down: native threads that call into it meanwhile would abort the process."""
    watched = "import atexit\natexit.register(print, 'taken down', flush=True)\n"
    bot = start_bot(settings=NOBODY, program=driver(in_scene() + watched))
    await bot.joined()
    await leaves(bot, number)
    assert "Traceback" not in bot.output
    assert "taken down" not in bot.output


@pytest.mark.slow
async def test_leaves_in_the_promised_time_however_stuck_it_is(start_bot: StartBot) -> None:
    """A machine that stands still for a moment may delay one of three."""
    programs = [
        driver(in_scene()),
        driver(in_scene() + STUBBORN_PLAYOUT),  # a task that ignores its cancellation
        once_joined("import time; time.sleep(60)"),  # a blocked event loop
    ]
    delays = []
    for program in programs:
        bot = start_bot(settings=NOBODY, program=program)
        await bot.joined()
        delays.append(await leaves(bot))
    assert median(delays) < PROMISED_DELAY, delays


async def test_leaves_while_a_server_that_never_answers_is_being_called(start_bot: StartBot) -> None:
    async with tcp_server(None) as (url, called):
        bot = start_bot(settings={**NOBODY, "LIVEKIT_URL": url})
        await asyncio.wait_for(called.wait(), 15)
        await leaves(bot)


async def test_leaves_before_it_has_begun(start_bot: StartBot) -> None:
    """Already while settings are read and libraries loaded, a request to leave is met."""
    slow = """
import time, bot.settings.reading
def read_settings(*_, **__):
    print("reading", flush=True)
    time.sleep(60)
bot.settings.reading.read_settings = read_settings
"""
    bot = start_bot(settings=NOBODY, program=driver(slow))
    await bot.says("reading")
    await leaves(bot)


async def test_a_second_request_ends_at_once(start_bot: StartBot) -> None:
    """Here the first one alone would take a minute."""
    slow = "import bot.lifetime, bot.process.signals\nbot.lifetime.CLOSE_DELAY = bot.process.signals.LEAVE_DELAY = 60.0"
    bot = start_bot(settings=NOBODY, program=driver(f"{in_scene()}{STUBBORN_PLAYOUT}{slow}"))
    await bot.joined()
    bot.send(signal.SIGTERM)
    await bot.says("SIGTERM: leaving")
    bot.send(signal.SIGINT)
    assert await bot.ends() == ExitCode.OK


# --- what keeps it out of the room ---


async def test_says_why_it_cannot_join(start_bot: StartBot) -> None:
    bot = start_bot(settings=NOBODY)
    assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "start the server, or correct LIVEKIT_URL" in only_error(bot)


async def test_what_something_else_answers_is_reported_in_one_line(start_bot: StartBot) -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n\r\n<html>\n\x1b[31mNothing\n</html>\n"
    async with tcp_server(answer) as (url, _):
        bot = start_bot(settings={**NOBODY, "LIVEKIT_URL": url})
        assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "LIVEKIT_URL" in only_error(bot)
    assert all(re.match(r"\d{4}-\d\d-\d\d ", line) for line in bot.output.splitlines())
    assert "\x1b" not in bot.output


async def test_the_end_of_the_room_is_a_normal_end(start_bot: StartBot) -> None:
    bot = start_bot(settings=NOBODY, program=driver(in_scene("scene.closes(at=0.5)")))
    await bot.joined()
    assert await bot.ends() == ExitCode.OK, bot.output


# --- what must not happen, and its exit codes: the command with one piece exchanged ---


async def test_a_native_panic_is_no_normal_end(start_bot: StartBot) -> None:
    """The native library of livekit 1.2.0 aborts the process, for instance on a queue that is no multiple of 10 ms."""
    panic = "from livekit import rtc\nrtc.AudioSource(48_000, 1, queue_size_ms=15)"
    bot = start_bot(settings=NOBODY, program=once_joined(panic))
    assert await bot.ends() == -signal.SIGABRT, bot.output
    assert "must be a multiple of 10" in bot.output
    assert 'File "<string>"' in bot.output, "where Python was is the best clue to what made it panic"


@pytest.mark.parametrize("panics", ["panic()", "await asyncio.to_thread(panic)"], ids=["main thread", "other thread"])
async def test_a_panic_that_is_reported_to_python_has_its_own_exit_code(start_bot: StartBot, panics: str) -> None:
    """The report comes to the client library as the native side sends it; the client then sends itself SIGTERM."""
    report = """
import ctypes
from livekit.rtc import _ffi_client
from livekit.rtc._proto import ffi_pb2
message = ffi_pb2.FfiEvent(panic=ffi_pb2.Panic(message="out of luck")).SerializeToString()
buffer = (ctypes.c_uint8 * len(message)).from_buffer_copy(message)
panic = lambda: _ffi_client.ffi_event_callback(buffer, len(message))
"""
    bot = start_bot(settings=NOBODY, program=once_joined(f"{report}{panics}\nawait asyncio.sleep(60)"))
    assert await bot.ends() == ExitCode.NATIVE_PANIC, bot.output
    assert "out of luck" in bot.output
    assert "native LiveKit library panicked" in bot.output


async def test_a_bug_ends_the_bot_with_its_traceback(start_bot: StartBot) -> None:
    """Even there no secret may stand."""
    token = jwt.encode({"sub": "me"}, SECRET)
    bot = start_bot(settings=NOBODY, program=once_joined(f"raise ValueError('broken by {token} and {SECRET}')"))
    assert await bot.ends() == ExitCode.BUG, bot.output
    assert "ValueError: broken by [token] and [secret]" in bot.output
    assert token not in bot.output
    assert SECRET not in bot.output


async def test_a_task_that_ignores_its_cancellation_does_not_keep_a_failed_bot_alive(start_bot: StartBot) -> None:
    fails = "from pipeline.errors import Refused\nraise Refused('vendor', 'no credit')"
    bot = start_bot(settings=NOBODY, program=once_joined(fails, STUBBORN_PLAYOUT))
    assert await bot.ends() == ExitCode.PROVIDER, bot.output
    assert "vendor: no credit" in only_error(bot)

"""`python -m bot` as a process: how it joins, and every way in which it ends."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import jwt
import pytest
from livekit import rtc

from bot.process.exit_codes import ExitCode
from scripts.livekit.api import ServerInfo, call
from tests.conftest import MakeServer
from tests.support.bot_process import COMMAND, JOINED, NO_PROVIDERS, BotProcess, server_settings
from tests.support.caller import Caller

PROMISED_DELAY = 2.0
"""Seconds from SIGINT or SIGTERM to the end of the process."""

SECRET = "not-the-secret-of-any-server-here"
NOBODY = {
    **NO_PROVIDERS,
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "some-api-key",
    "LIVEKIT_API_SECRET": SECRET,
}
"""Settings without a fault, for a server that is not there (port 9 is discard's)."""

StartBot = Callable[..., BotProcess]


@pytest.fixture
def start_bot(tmp_path: Path, room_name: str) -> Iterator[StartBot]:
    """Start bots in the test's room, by default on the server of `settings`."""
    with ExitStack() as bots:

        def start(*arguments: str, settings: dict[str, str], program: tuple[str, ...] = COMMAND) -> BotProcess:
            bot = BotProcess("--room", room_name, *arguments, settings=settings, folder=tmp_path, program=program)
            return bots.enter_context(bot)

        yield start


@pytest.fixture
def settings(livekit_server: ServerInfo) -> dict[str, str]:
    return server_settings(livekit_server)


@pytest.fixture
async def caller(livekit_server: ServerInfo, room_name: str) -> AsyncIterator[Caller]:
    keys = (livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
    async with Caller(*keys, room=room_name, publish=False) as caller:
        yield caller


@asynccontextmanager
async def tcp_server(answer: bytes | None) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Something that is no LiveKit server: its URL, and when it was called. None is an answer that never comes."""
    called = asyncio.Event()
    open_until_end = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        if answer is None:
            await open_until_end.wait()
        else:
            await reader.read(1)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", called
    finally:
        open_until_end.set()
        server.close()


async def leaves(bot: BotProcess, number: int = signal.SIGTERM) -> float:
    """Ask to leave, and see that this succeeds in time; returns when it was asked."""
    asked_at = bot.send(number)
    assert await bot.ends() == ExitCode.OK, bot.output
    assert bot.ended_at is not None
    assert bot.ended_at - asked_at < PROMISED_DELAY, bot.output
    return asked_at


def only_error(bot: BotProcess) -> str:
    """The one line of level ERROR, in an output without tracebacks and secrets."""
    errors = [line for line in bot.output.splitlines() if " ERROR " in line and " livekit: " not in line]
    assert len(errors) == 1, bot.output
    assert "Traceback" not in bot.output
    assert SECRET not in bot.output
    assert not re.search(r"eyJ[\w-]{10}", bot.output), bot.output
    return errors[0]


# --- joining and leaving ---


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, marks=pytest.mark.smoke), signal.SIGINT])
async def test_joins_and_leaves_on_request(
    start_bot: StartBot, settings: dict[str, str], caller: Caller, number: signal.Signals
) -> None:
    bot = start_bot("--identity", "the-bot", settings=settings)
    seen = await caller.until(lambda: caller.room.remote_participants.get("the-bot"))
    assert seen.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
    await caller.until(lambda: [state for _, state in caller.agent_states()][-1:] == ["listening"])
    await bot.joined()

    asked_at = await leaves(bot, number)
    gone = await caller.until(lambda: next((n for n in caller.notes if n.what == "participant_disconnected"), None))
    assert gone.at - asked_at < 5.0  # it said goodbye: one that vanishes stays for 20 s
    assert "Traceback" not in bot.output


async def test_leaves_while_a_server_that_never_answers_is_being_called(start_bot: StartBot) -> None:
    async with tcp_server(None) as (url, called):
        bot = start_bot(settings={**NOBODY, "LIVEKIT_URL": url})
        await asyncio.wait_for(called.wait(), 15)
        await leaves(bot)


async def test_leaves_before_it_has_begun(start_bot: StartBot) -> None:
    """Already while settings are read and libraries loaded, a request to leave is met."""
    slow = """
import time, bot.settings.settings
def read_settings(*_, **__):
    print("reading", flush=True)
    time.sleep(60)
bot.settings.settings.read_settings = read_settings
"""
    bot = start_bot(settings=NOBODY, program=driver(slow))
    await bot.says("reading")
    await leaves(bot)


@pytest.mark.parametrize("goes", ["crash", "stop"])
async def test_leaves_while_the_server_is_away(start_bot: StartBot, make_server: MakeServer, goes: str) -> None:
    """A crashed server is being reconnected to, one that said goodbye joined anew."""
    server = make_server()
    bot = start_bot(settings=server_settings(server.info))
    await bot.joined()
    await asyncio.to_thread(getattr(server, goes))
    await bot.says("the connection to the room is lost")
    await leaves(bot)


async def test_a_second_request_ends_at_once(start_bot: StartBot) -> None:
    bot = start_bot("--stay", settings=NOBODY, program=driver(STUBBORN_PLAYOUT))
    await bot.says("trying again")
    bot.send(signal.SIGTERM)
    await bot.says("SIGTERM: leaving")
    asked_at = bot.send(signal.SIGINT)
    assert await bot.ends() == ExitCode.OK
    assert bot.ended_at is not None
    assert bot.ended_at - asked_at < 1.0


# --- what keeps it out of the room, or takes it out ---


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"LIVEKIT_URL": "ws://127.0.0.1:9"}, "start the server, or correct LIVEKIT_URL"),
        ({"LIVEKIT_API_KEY": "another-api-key"}, "check LIVEKIT_API_KEY"),
        ({"LIVEKIT_API_SECRET": "secret"}, "check LIVEKIT_API_SECRET"),
    ],
    ids=["unreachable", "wrong key", "short wrong secret"],
)
async def test_says_why_it_cannot_join(
    start_bot: StartBot, settings: dict[str, str], wrong: dict[str, str], told: str
) -> None:
    bot = start_bot(settings={**settings, **wrong})
    assert await bot.ends() == ExitCode.ROOM, bot.output
    assert bot.ended_at is not None
    assert bot.ended_at - bot.started_at < 8.0
    assert told in only_error(bot)
    assert settings["LIVEKIT_API_SECRET"] not in bot.output
    assert "Warning" not in bot.output, "PyJWT complains of short secrets"
    assert "livekit_signaling" not in bot.output, "the native log is part of the debugging one"


async def test_the_native_log_is_part_of_the_debugging_one(start_bot: StartBot, settings: dict[str, str]) -> None:
    bot = start_bot("--log-level", "debug", settings=settings)
    await bot.says("livekit_signaling")
    await bot.joined()
    await leaves(bot)
    assert settings["LIVEKIT_API_SECRET"] not in bot.output


async def test_says_that_a_token_made_elsewhere_is_refused(
    start_bot: StartBot, settings: dict[str, str], room_name: str
) -> None:
    """What is wrong with a token only the server knows: who signed it, and what time it is."""
    now = int(time.time())
    claims = {"iss": settings["LIVEKIT_API_KEY"], "sub": "me", "video": {"roomJoin": True, "room": room_name}}
    token = jwt.encode({**claims, "nbf": now + 3600, "exp": now + 7200}, settings["LIVEKIT_API_SECRET"])
    with_token = {**NO_PROVIDERS, "LIVEKIT_URL": settings["LIVEKIT_URL"], "LIVEKIT_TOKEN": token}
    bot = start_bot("--log-level", "debug", settings=with_token)
    assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "LIVEKIT_TOKEN" in only_error(bot)
    assert token.rpartition(".")[2] not in bot.output


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n\r\n<html>\n\x1b[31mNothing\n</html>\n",
    ],
    ids=["ssh", "200", "404"],
)
async def test_says_that_something_else_answers(start_bot: StartBot, answer: bytes) -> None:
    async with tcp_server(answer) as (url, _):
        bot = start_bot(settings={**NOBODY, "LIVEKIT_URL": url})
        assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "LIVEKIT_URL" in only_error(bot)
    assert len(bot.output.splitlines()) == 1
    assert "\x1b" not in bot.output


async def test_gives_up_on_a_server_that_never_answers(start_bot: StartBot) -> None:
    impatient = driver("import bot.room.joining\nbot.room.joining.JOIN_TIMEOUT = 1.0")
    async with tcp_server(None) as (url, _):
        bot = start_bot(settings={**NOBODY, "LIVEKIT_URL": url}, program=impatient)
        assert await bot.ends() == ExitCode.ROOM, bot.output
    assert "no LiveKit server answered" in only_error(bot)


async def test_the_end_of_the_room_is_a_normal_end(
    start_bot: StartBot, settings: dict[str, str], livekit_server: ServerInfo, room_name: str
) -> None:
    bot = start_bot(settings=settings)
    await bot.joined()
    await asyncio.to_thread(call, livekit_server, "DeleteRoom", {"room": room_name})
    assert await bot.ends() == ExitCode.OK, bot.output


@pytest.mark.smoke
async def test_stay_joins_again_after_the_end_of_the_room(
    start_bot: StartBot, settings: dict[str, str], livekit_server: ServerInfo, room_name: str
) -> None:
    bot = start_bot("--stay", settings=settings)
    await bot.joined()
    await asyncio.to_thread(call, livekit_server, "DeleteRoom", {"room": room_name})
    await bot.says(rf"(?s){re.escape(JOINED)}.*{re.escape(JOINED)}")
    await leaves(bot)


async def test_two_bots_of_one_identity_do_not_fight(start_bot: StartBot, settings: dict[str, str]) -> None:
    first = start_bot("--identity", "the-bot", "--stay", settings=settings)
    await first.joined()
    second = start_bot("--identity", "the-bot", "--stay", settings=settings)
    assert await first.ends() == ExitCode.ROOM
    assert "--identity" in only_error(first)
    await second.joined()
    await leaves(second)


# --- what must not happen, and its exit codes: the command with one piece exchanged ---

STUBBORN_PLAYOUT = """
import asyncio
from pipeline.stages.playout import Playout
async def run(self):
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
Playout.run = run
"""


def driver(piece: str) -> tuple[str, str]:
    """A program that is the command after `piece` was run."""
    return "-c", f"{piece}\nfrom bot.cli import main\nraise SystemExit(main())"


def once_joined(body: str) -> tuple[str, str]:
    """A program that is the command, but does `body` when the bot has joined."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    imports = "import asyncio\nfrom bot.voicebot import VoiceBot\n"
    return driver(f"{imports}async def broken(self):\n{lines}\nVoiceBot.wait_closed = broken")


async def test_a_native_panic_is_no_normal_end(start_bot: StartBot, settings: dict[str, str]) -> None:
    """The native library of livekit 1.2.0 aborts the process, for instance on a queue that is no multiple of 10 ms."""
    panic = "from livekit import rtc\nrtc.AudioSource(48_000, 1, queue_size_ms=15)"
    bot = start_bot(settings=settings, program=once_joined(panic))
    assert await bot.ends() == -signal.SIGABRT, bot.output
    assert "must be a multiple of 10" in bot.output
    assert 'File "<string>"' in bot.output, "where Python was is the best clue to what made it panic"


@pytest.mark.smoke
@pytest.mark.parametrize("panics", ["panic()", "await asyncio.to_thread(panic)"], ids=["main thread", "other thread"])
async def test_a_panic_that_is_reported_to_python_has_its_own_exit_code(
    start_bot: StartBot, settings: dict[str, str], panics: str
) -> None:
    """The report comes to the client library as the native side sends it; the client then sends itself SIGTERM."""
    report = """
import ctypes
from livekit.rtc import _ffi_client
from livekit.rtc._proto import ffi_pb2
message = ffi_pb2.FfiEvent(panic=ffi_pb2.Panic(message="out of luck")).SerializeToString()
buffer = (ctypes.c_uint8 * len(message)).from_buffer_copy(message)
panic = lambda: _ffi_client.ffi_event_callback(buffer, len(message))
"""
    bot = start_bot(settings=settings, program=once_joined(f"{report}{panics}\nawait asyncio.sleep(60)"))
    assert await bot.ends() == ExitCode.NATIVE_PANIC, bot.output
    assert "out of luck" in bot.output
    assert "native LiveKit library panicked" in bot.output


async def test_the_interpreter_is_not_taken_down_under_native_threads(
    start_bot: StartBot, settings: dict[str, str]
) -> None:
    """One that calls into Python meanwhile aborts the process: every tenth end or so was no exit code but SIGABRT."""
    bot = start_bot(
        settings=settings, program=driver("import atexit\natexit.register(print, 'taken down', flush=True)")
    )
    await bot.joined()
    await leaves(bot)
    assert "taken down" not in bot.output


async def test_a_bug_ends_the_bot_with_its_traceback(start_bot: StartBot, settings: dict[str, str]) -> None:
    """Even there no secret may stand."""
    token = jwt.encode({"sub": "me"}, SECRET)
    body = f"raise ValueError('broken by {token} and {settings['LIVEKIT_API_SECRET']}')"
    bot = start_bot(settings=settings, program=once_joined(body))
    assert await bot.ends() == ExitCode.BUG, bot.output
    assert "ValueError: broken by [token] and [secret]" in bot.output
    assert token not in bot.output
    assert settings["LIVEKIT_API_SECRET"] not in bot.output


@pytest.mark.parametrize(
    "program",
    [driver(STUBBORN_PLAYOUT), once_joined("import time; print('stuck', flush=True); time.sleep(60)")],
    ids=["a task that ignores its cancellation", "a blocked event loop"],
)
async def test_a_stuck_bot_leaves_in_time(
    start_bot: StartBot, settings: dict[str, str], program: tuple[str, ...]
) -> None:
    bot = start_bot(settings=settings, program=program)
    await bot.joined()
    await leaves(bot)


async def test_a_task_that_ignores_its_cancellation_does_not_keep_a_failed_bot_alive(
    start_bot: StartBot, settings: dict[str, str]
) -> None:
    fails = "from pipeline.errors import Refused\nprint('failing', flush=True)\nraise Refused('vendor', 'no credit')"
    bot = start_bot(settings=settings, program=driver(STUBBORN_PLAYOUT + once_joined(fails)[1]))
    failed_at = await bot.says("failing")
    assert await bot.ends() == ExitCode.PROVIDER, bot.output
    assert "vendor: no credit" in only_error(bot)
    assert bot.ended_at is not None
    assert bot.ended_at - failed_at < 4.0

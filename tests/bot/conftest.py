"""Bots and callers in a room of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path

import pytest

from tests.support.access import Server
from tests.support.bot import Watched, bot_settings, watched_bot
from tests.support.bot_process import COMMAND, BotProcess
from tests.support.caller import Caller

NewBot = Callable[..., AbstractAsyncContextManager[Watched]]
NewCaller = Callable[..., Caller]
StartBot = Callable[..., BotProcess]

OWN = ("llm", "tts", "tools", "grace_delay", "hooks")
"""Options of a bot that are no settings."""


@pytest.fixture
def new_caller(livekit_server: Server, room_name: str) -> NewCaller:
    """Make a caller of `identity`, with what else Caller takes; `server` when it is not the common one."""

    def make(identity: str = "caller", *, server: Server | None = None, **options: object) -> Caller:
        to = server or livekit_server
        return Caller(to.url, to.api_key, to.api_secret, room=room_name, identity=identity, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def new_bot(livekit_server: Server, room_name: str, tmp_path: Path) -> NewBot:
    """Make a bot to be used with `async with`: options are those of the settings, or those in OWN."""

    def make(*, server: Server | None = None, **options: object) -> AbstractAsyncContextManager[Watched]:
        own = {name: options.pop(name) for name in OWN if name in options}
        return watched_bot(bot_settings(server or livekit_server, room_name, tmp_path, **options), **own)

    return make


@pytest.fixture
def start_bot(tmp_path: Path, room_name: str) -> Iterator[StartBot]:
    """Start bots as processes in the test's room, by default on the server of `settings`."""
    with ExitStack() as bots:

        def start(*arguments: str, settings: dict[str, str], program: tuple[str, ...] = COMMAND) -> BotProcess:
            bot = BotProcess("--room", room_name, *arguments, settings=settings, folder=tmp_path, program=program)
            return bots.enter_context(bot)

        yield start

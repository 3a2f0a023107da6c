"""`python -m bot worker` on a real server: a dispatch brings a bot that greets; what a drain and a restart leave."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from livekit import api, rtc

from bot.process.exit_codes import ExitCode
from bot.room.server import Server
from scripts.livekit.api import ServerInfo
from tests.bot.conftest import NewCaller
from tests.conftest import MakeServer
from tests.support.access import server_access
from tests.support.bot_process import BotProcess, server_settings
from tests.support.readme_worker import readme_worker
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.sfu

StartWorker = Callable[..., BotProcess]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    with ExitStack() as workers:

        def start(server: ServerInfo, *arguments: str, **settings: str) -> BotProcess:
            worker = BotProcess("worker", *arguments, settings={**server_settings(server), **settings}, folder=tmp_path)
            return workers.enter_context(worker)

        yield start


async def dispatch(server: ServerInfo, agent_name: str, room: str, metadata: str = "") -> None:
    """Ask for a bot as anybody does, with LiveKit's own client."""
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
        wanted = api.CreateAgentDispatchRequest(agent_name=agent_name, room=room, metadata=metadata)
        await client.agent_dispatch.create_dispatch(wanted)


async def is_there(server: ServerInfo, room: str, identities: set[str]) -> bool:
    """Wait until exactly these are in a room."""
    access = server_access(server)
    async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as asked:
        async with asyncio.timeout(WAIT_LIMIT):
            while True:
                found = [each.occupants for each in await asked.rooms() if each.name == room]
                if found and {who.identity for who in found[0]} == identities:
                    return True
                await asyncio.sleep(0.1)


@pytest.mark.smoke
async def test_a_dispatch_brings_a_bot_that_greets(
    start_worker: StartWorker, livekit_server: ServerInfo, room_name: str, new_caller: NewCaller
) -> None:
    """And a worker that drains lets it go on until the caller has gone."""
    worker = start_worker(
        livekit_server,
        *("--agent-name", room_name, "--greeting", "Good morning to you."),
        TTS_PROVIDER="espeak",
    )
    await worker.says(f"registered for {room_name}")
    async with new_caller() as caller:
        await dispatch(livekit_server, room_name, room_name)
        bot = await caller.until(lambda: next(iter(caller.room.remote_participants.values()), None))
        assert bot.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        assert bot.attributes["lk.agent_name"] == room_name
        await caller.hears()
        worker.send(signal.SIGTERM)
        await worker.says("draining: no more jobs; 1 may go on")
        await caller.until(lambda: [state for _, state in caller.agent_states()][-1:] == ["listening"])
        assert worker.code is None
        worker.send(signal.SIGTERM)
        await caller.until(lambda: not caller.room.remote_participants)
    assert await worker.ends() == ExitCode.OK, worker.output
    assert "Traceback" not in worker.output
    assert livekit_server.api_secret not in worker.output


async def test_an_entry_of_one_s_own_serves_as_the_dispatch_says(
    livekit_server: ServerInfo, room_name: str, new_caller: NewCaller, tmp_path: Path
) -> None:
    """The README's program, run as it says. A job that asks for what there is not is refused, and its room is told."""
    (tmp_path / "desk.py").write_text(readme_worker(), "utf-8")
    settings = {**server_settings(livekit_server), "TTS_PROVIDER": "espeak"}
    with BotProcess("--agent-name", room_name, settings=settings, folder=tmp_path, program=("desk.py",)) as worker:
        await worker.says(f"registered for {room_name}")
        async with new_caller() as caller:
            said = {"greeting": "Good evening, Ann.", "memoryKey": "customer-7", "sessionId": "s-1"}
            await dispatch(livekit_server, room_name, room_name, json.dumps(said))
            await caller.until(lambda: "Good evening, Ann." in [it.text for it in caller.texts.segments()])
        other = f"{room_name}-refused"
        await dispatch(livekit_server, room_name, other, '{"tools": ["pay"]}')
        reason = "there is no tool 'pay' here; there are: who_calls, end_call."
        access = server_access(livekit_server)
        async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server:
            async with asyncio.timeout(WAIT_LIMIT):
                while True:
                    if reason in (metadata := await server.room_metadata(other) or ""):
                        break
                    await asyncio.sleep(0.1)
        assert json.loads(metadata)["rawbot"]["refused"]["reason"] == reason
        await worker.says(re.escape(f"ended: {reason}"))
    assert "session s-1" in worker.output


async def test_a_bot_that_dies_is_replaced(
    start_worker: StartWorker, livekit_server: ServerInfo, room_name: str, new_caller: NewCaller
) -> None:
    """At once, under its name: nobody waits until the server has noticed that the first one is gone."""
    worker = start_worker(livekit_server, "--agent-name", room_name, "--idle", "2")
    await worker.says(f"registered for {room_name}")
    async with new_caller(publish=False) as caller:
        await dispatch(livekit_server, room_name, room_name)
        first = await caller.until(lambda: next(iter(caller.room.remote_participants.values()), None))
        await worker.joined()
        (number,) = re.findall(r": process (\d+)", worker.output)
        os.kill(int(number), signal.SIGKILL)
        await worker.says("its room gets a fresh bot, once")
        await caller.until(lambda: [it.sid for it in caller.room.remote_participants.values()] not in ([], [first.sid]))
        (second,) = caller.room.remote_participants.values()
        assert second.identity == first.identity
        await caller.until(lambda: second.attributes.get("lk.agent.state") == "listening")


async def test_comes_back_to_a_server_and_its_bots_end_with_it(
    start_worker: StartWorker, make_server: MakeServer, room_name: str, new_caller: NewCaller
) -> None:
    """A call outlives a restart of the server, with one bot; none outlives its worker."""
    server = make_server()
    worker = start_worker(server.info)
    await worker.says("registered for every room")
    async with new_caller(server=server.info, publish=False) as caller:
        bot = await caller.until(lambda: next(iter(caller.room.remote_participants), None))
        await worker.joined()
        await asyncio.to_thread(server.crash)
        await asyncio.to_thread(server.start)
        await worker.says("(?s)registered for every room.*registered for every room")
        assert await is_there(server.info, room_name, {"caller", bot}), "the server has forgotten who was there before"
        worker.send(signal.SIGKILL)
        await caller.until(lambda: not caller.room.remote_participants)
    assert worker.output.count(": room ") == 1, "no second bot was sent there"

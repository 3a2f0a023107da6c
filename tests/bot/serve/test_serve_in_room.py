"""`python -m bot serve --worker` on a real server: all that one machine needs, in one command."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.caller.caller import RoomCaller
from bot.process.exit_codes import ExitCode
from scripts.livekit.api import ServerInfo
from tests.support.bot_process import BotProcess, server_settings
from tests.support.waiting import WAIT_LIMIT, until

pytestmark = pytest.mark.sfu

API_KEY = "a-key-of-a-program-0001"


async def test_a_session_by_http_is_greeted_and_outlives_the_drain(
    livekit_server: ServerInfo, room_name: str, tmp_path: Path
) -> None:
    """The caller joins with the token that the session came with; the bot greets as the session says; who drains the
    worker does not end the call, and sees that the service is not ready while it goes on answering."""
    given = {**server_settings(livekit_server), "TTS_PROVIDER": "espeak", "BOT_API_KEYS": API_KEY}
    flags = ("--worker", "--agent-name", room_name, "--port", "0", "--no-page", "--greeting", "Not this one.")
    with BotProcess("serve", *flags, settings=given, folder=tmp_path) as service:
        await service.says(f"registered for {room_name}")
        await service.says(r"serving on http://\S+:\d+/")
        (address,) = re.findall(r"serving on (\S+)", service.output)
        headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "one"}
        async with aiohttp.ClientSession(address, headers=headers) as http:
            asked = {"greeting": "Good morning to you.", "participantIdentity": "ann"}
            async with http.post("/v1/sessions", json=asked) as answer:
                assert answer.status == 201, await answer.text()
                session = await answer.json()
            path = f"/v1/sessions/{session['sessionId']}"
            async with RoomCaller(session["serverUrl"], session["participantToken"], identity="ann") as caller:
                await until(lambda: caller.recording.onset_after(0.0))
                await until(lambda: "Good morning to you." in [line.text.strip() for line in caller.texts.segments()])
                described = await described_with_a_job(http, path)
                assert described["state"] == "active"
                assert {who["identity"] for who in described["participants"]} > {"ann"}
                assert [job["status"] for job in described["jobs"]] == ["RUNNING"]
                async with http.post("/v1/sessions", json=asked) as answer:
                    assert await answer.json() == session
                service.send(signal.SIGTERM)
                await service.says("draining: no more jobs; 1 may go on")
                async with http.get("/healthz/ready") as answer:
                    assert (answer.status, (await answer.json())["worker"]) == (503, "draining")
                async with http.post("/v1/sessions", json={}, headers={"Idempotency-Key": "two"}) as answer:
                    assert answer.status == 503
                async with http.get("/metrics") as answer:
                    assert 'rawbot_worker_jobs{phase="running"} 1.0' in await answer.text()
                assert caller.room.remote_participants
                async with http.delete(path) as answer:
                    assert answer.status == 204
        assert await service.ends() == ExitCode.OK, service.output
    assert "Traceback" not in service.output
    for secret in (API_KEY, livekit_server.api_secret, session["participantToken"]):
        assert secret not in service.output


async def described_with_a_job(http: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    """What the service says of a session, once the server lists its job: some seconds after a worker has registered."""
    async with asyncio.timeout(WAIT_LIMIT):
        while True:
            async with http.get(path) as answer:
                described: dict[str, Any] = await answer.json()
            if described["jobs"]:
                return described
            await asyncio.sleep(0.1)

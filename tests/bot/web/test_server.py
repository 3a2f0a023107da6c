"""The page's server: its files, and a token endpoint that lets in whom it should, on a real server."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from livekit import rtc

from bot.process.listening_port import listening_socket
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from bot.web.headers import security_policy
from bot.web.page_files import PAGE
from bot.web.server import Invitation, open_page
from scripts.livekit.api import ServerInfo
from tests.support.access import server_access
from tests.support.waiting import WAIT_LIMIT

SECRET = "a-secret-of-some-length-for-signing"
NOWHERE = ServerAccess("ws://127.0.0.1:1", Secret("key"), Secret(SECRET))
CLIENT = b"export const client = 1;\n"


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """What stands for the browsers' client."""
    (tmp_path / "client.mjs").write_bytes(CLIENT)
    return tmp_path / "client.mjs"


@pytest.fixture
async def page(client: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """The page of a bot in the room `talk`, and a session whose addresses are relative to it."""
    invitation = Invitation(NOWHERE, "talk", notes=("a note",))
    async with open_page(invitation, client, listening_socket(0)) as address, aiohttp.ClientSession(address) as session:
        yield session


async def token(session: aiohttp.ClientSession, **asked: object) -> dict[str, Any]:
    """The claims of the token that a request is answered with."""
    async with session.post("/api/token", json=asked) as answer:
        assert answer.status == 200, await answer.text()
        claims: dict[str, Any] = jwt.decode((await answer.json())["participant_token"], SECRET, algorithms=["HS256"])
        return claims


async def test_everything_that_the_page_asks_for_is_served(page: aiohttp.ClientSession) -> None:
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    paths = [path for path in PAGE.rglob("*") if path.is_file()]
    assert len(paths) > 20
    wanted = {path.relative_to(PAGE).as_posix(): (kinds[path.suffix], path.read_bytes()) for path in paths}
    wanted[""] = wanted.pop("index.html")
    wanted["livekit-client.js"] = ("text/javascript", CLIENT)
    for name, (kind, body) in wanted.items():
        async with page.get(f"/{name}") as answer:
            assert (answer.status, answer.content_type) == (200, kind), name
            assert await answer.read() == body
            tag = answer.headers["ETag"]
        async with page.get(f"/{name}", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
    asked = re.findall(r'(?:src|href)="([^"]+)"', (PAGE / "index.html").read_text())
    asked += [
        (path.parent / name).resolve().relative_to(PAGE).as_posix()
        for path in paths
        for name in re.findall(r'from "(\.[^"]+)"', path.read_text())
    ]
    assert asked
    assert set(asked) <= set(wanted)
    async with page.get("/api/about") as answer:
        assert await answer.json() == {"notes": ["a note"]}


async def test_what_is_sent_is_compressed_where_the_browser_can(page: aiohttp.ClientSession) -> None:
    async with page.get("/style/base.css") as answer:  # aiohttp's client takes gzip
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
    async with page.get("/style/base.css", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == (PAGE / "style" / "base.css").read_bytes()


async def test_the_page_runs_nothing_that_is_not_its_own(page: aiohttp.ClientSession) -> None:
    """No foreign code, no inline code, no frame around it, and no connection but to its server."""
    async with page.get("/") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "microphone=(self)" in answer.headers["Permissions-Policy"]
        html = await answer.text()
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:1 http://127.0.0.1:1"
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("wss://example.org", "wss://example.org https://example.org"),
        ("ws://[::1]:7880/rtc", "ws://[::1]:7880 http://[::1]:7880"),
        (
            "wss://mine.livekit.cloud",
            "wss://mine.livekit.cloud https://mine.livekit.cloud wss://*.livekit.cloud https://*.livekit.cloud",
        ),
        (
            "wss://mine.livekit.cloud.example.org",
            "wss://mine.livekit.cloud.example.org https://mine.livekit.cloud.example.org",
        ),
    ],
)
def test_the_page_connects_to_its_server_only(url: str, places: str) -> None:
    assert f"connect-src 'self' {places};" in security_policy(url)


@pytest.mark.sfu
async def test_a_client_joins_with_the_token(livekit_server: ServerInfo, room_name: str, client: Path) -> None:
    async with (
        open_page(Invitation(server_access(livekit_server), room_name), client, listening_socket(0)) as address,
        aiohttp.ClientSession(address) as session,
        session.post("/api/token", json={"participant_identity": "ann", "participant_name": "Ann"}) as response,
    ):
        answer = await response.json()
    room = rtc.Room()
    try:
        async with asyncio.timeout(WAIT_LIMIT):
            await room.connect(answer["server_url"], answer["participant_token"])
            assert (room.name, room.local_participant.identity, room.local_participant.name) == (
                room_name,
                "ann",
                "Ann",
            )
            await room.local_participant.send_text("hello", topic="lk.chat")
            source = rtc.AudioSource(48_000, 1)
            await room.local_participant.publish_track(rtc.LocalAudioTrack.create_audio_track("microphone", source))
            await room.local_participant.set_attributes({"mood": "good"})
    finally:
        await room.disconnect()


async def test_everything_may_be_left_out(page: aiohttp.ClientSession) -> None:
    claims = [await token(page) for _ in range(2)]
    assert claims[0]["sub"] != claims[1]["sub"]
    assert claims[0]["video"]["room"] == "talk"
    async with page.post("/api/token") as answer:  # not even a body
        assert answer.status == 200


async def test_everything_may_be_given(page: aiohttp.ClientSession) -> None:
    claims = await token(
        page,
        room_name="another",
        participant_name="Ann",
        participant_identity="ann",
        participant_metadata="m",
        participant_attributes={"a": "b"},
        room_config={"agents": [{"agent_name": "rawbot", "deployment": "unknown fields are ignored"}]},
        unheard_of=1,
    )
    assert [claims[name] for name in ("sub", "name", "metadata", "attributes")] == ["ann", "Ann", "m", {"a": "b"}]
    assert claims["video"]["room"] == "talk"  # the bot is in no other
    assert claims["roomConfig"]["agents"][0]["agentName"] == "rawbot"
    assert 0 < claims["exp"] - claims["nbf"] <= 15 * 60


async def test_who_comes_is_whom_the_bot_waits_for(client: Path) -> None:
    invitation = Invitation(NOWHERE, "talk", person="ann")
    async with open_page(invitation, client, listening_socket(0)) as address, aiohttp.ClientSession(address) as session:
        assert (await token(session, participant_identity="somebody"))["sub"] == "ann"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("[1]", "must be a JSON object"),
        ("{", "must be a JSON object"),
        (b"\xff", "must be a JSON object"),
        ('{"participant_name": 1}', "participant_name must be text"),
        ('{"participant_attributes": {"a": 1}}', "object with text values"),
        ('{"participant_attributes": [1]}', "object with text values"),
        ('{"room_config": 1}', "must be a RoomConfiguration"),
        ('{"room_config": {"agents": 1}}', "must be a RoomConfiguration"),
    ],
)
async def test_what_is_not_understood_is_refused_in_words(
    page: aiohttp.ClientSession, body: str | bytes, why: str
) -> None:
    async with page.post("/api/token", data=body) as answer:
        assert (answer.status, answer.content_type) == (400, "application/problem+json")
        assert why in (await answer.json())["detail"]


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:1", "http://[::1]:8080"])
async def test_frontends_on_this_machine_may_ask(page: aiohttp.ClientSession, origin: str) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with page.options("/api/token", headers=asks) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    async with page.post("/api/token", data=json.dumps({}), headers={"Origin": origin}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("origin", ["https://example.org", "http://localhost.example.org", "null", "http://10.0.0.1"])
async def test_web_sites_may_not(page: aiohttp.ClientSession, origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        async with page.request(method, "/api/token", headers={"Origin": origin}) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert "token" not in await answer.text()

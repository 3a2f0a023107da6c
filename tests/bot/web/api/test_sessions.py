"""`/v1/sessions`, with a simulated server behind it that speaks LiveKit's API."""

import asyncio
import json
from typing import Any

import pytest
from livekit.protocol.agent import JobStatus
from livekit.protocol.models import ParticipantInfo

from tests.bot.web.api.service import API_KEY, BEARER, OTHER_KEY, RunningService, claims_of, running_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSIONS = "/v1/sessions"

BODY = {"systemPrompt": "You sell tea.", "greeting": "Good morning.", "intent": {"language": "en-US"}}


def keyed(key: str, api_key: str = API_KEY) -> dict[str, str]:
    """The headers of a request that may be repeated."""
    return {"Authorization": f"Bearer {api_key}", "Idempotency-Key": key}


async def create(service: RunningService, body: object = None, **headers: str) -> dict[str, Any]:
    status, made = await service.post(SESSIONS, body, headers={**BEARER, **headers})
    assert status == 201, made
    return made


async def test_a_session_is_a_room_with_its_own_bot_and_a_token_for_it() -> None:
    async with running_service(agent_name="reception", client_url="wss://outside.example.com") as service:
        async with service.http.post(SESSIONS, json=BODY, headers=BEARER) as answer:
            assert answer.status == 201
            assert answer.headers["Cache-Control"] == "no-store"
            made = await answer.json()
            assert answer.headers["Location"] == f"/v1/sessions/{made['sessionId']}"
        assert set(made) == {
            *("sessionId", "room", "serverUrl", "participantToken", "participantIdentity", "createdAt")
        }
        assert made["serverUrl"] == "wss://outside.example.com"
        (room,) = service.livekit.rooms.values()
        assert room.name == made["room"] == f"session-{made['sessionId']}"
        assert room.empty_timeout == 300
        (dispatch,) = service.livekit.dispatches[room.name]
        assert dispatch.agent_name == "reception"
        assert json.loads(dispatch.metadata) == {**BODY, "sessionId": made["sessionId"]}
        claims = claims_of(made["participantToken"])
        assert claims["sub"] == made["participantIdentity"]
        assert claims["video"]["room"] == room.name
        assert not set(claims["video"]) & {"roomAdmin", "roomCreate", "roomList", "agent"}
        assert claims["exp"] - claims["nbf"] == 300
        assert "tea" not in json.dumps(claims), "what the bot is told is not for the person"
        assert await service.metric("rawbot_sessions_total") == 1


async def test_it_may_be_said_who_comes(shared: RunningService) -> None:
    asked = {"sessionId": "order-17", "participantIdentity": "ann", "participantName": "Ann", "voice": "clara"}
    made = await create(shared, asked)
    assert (made["sessionId"], made["room"]) == ("order-17", "session-order-17")
    claims = claims_of(made["participantToken"])
    assert (claims["sub"], claims["name"]) == ("ann", "Ann")
    (dispatch,) = shared.livekit.dispatches["session-order-17"]
    assert json.loads(dispatch.metadata) == {"voice": "clara", "sessionId": "order-17"}
    status, problem = await shared.post(SESSIONS, asked, headers=BEARER)
    assert status == 409
    assert "sessionId already" in problem["detail"]


async def test_nothing_need_be_said(shared: RunningService) -> None:
    first, second = await create(shared), await create(shared, {})
    assert first["sessionId"] != second["sessionId"]
    assert len(first["sessionId"]) >= 24


async def test_fields_that_mean_nothing_are_named(shared: RunningService) -> None:
    made = await create(shared, {"systemprompt": "You sell tea."})
    assert made["unknownFields"] == ["'systemprompt' (did you mean systemPrompt?)"]


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({"temperature": 3}, 422, "temperature must be 2.0 or less"),
        ({"tools": "end_call"}, 422, "tools must be a list"),
        ({"intent": {"optimizeFor": "beauty"}}, 422, "optimizeFor must be"),
        ({"sessionId": "a/b"}, 400, "A sessionId has 1 to 64"),
        ({"sessionId": "x" * 65}, 400, "A sessionId has 1 to 64"),
        ({"sessionId": 5}, 400, "sessionId must be text"),
        ({"participantIdentity": "a\nb"}, 400, "participantIdentity contains control characters"),
        ([1], 400, "must be a JSON object"),
    ],
)
async def test_a_wrong_configuration_makes_no_room(shared: RunningService, body: object, status: int, why: str) -> None:
    before = len(shared.livekit.rooms)
    answered, problem = await shared.post(SESSIONS, body, headers=BEARER)
    assert (answered, problem["status"]) == (status, status)
    assert why in problem["detail"]
    assert len(shared.livekit.rooms) == before


async def test_how_it_stands_is_what_the_server_says(shared: RunningService) -> None:
    """Another process, or this one after a restart, says the same: nothing of it is remembered here."""
    livekit, made = shared.livekit, await create(shared)
    path, room = f"{SESSIONS}/{made['sessionId']}", made["room"]

    async def state() -> tuple[str, dict[str, Any]]:
        status, session = await shared.get(path, headers=BEARER)
        assert status == 200
        return session["state"], session

    assert (await state())[0] == "starting"
    livekit.set_job(room, JobStatus.JS_FAILED, "there is no agent 'x' here")
    how, session = await state()
    assert (how, session["error"]) == ("failed", "there is no agent 'x' here")
    assert session["jobs"] == [{"id": f"AJ_{room}", "status": "FAILED", "error": "there is no agent 'x' here"}]
    livekit.set_job(room, JobStatus.JS_RUNNING)
    livekit.add_participant(room, "rawbot-1", ParticipantInfo.AGENT, attributes={"lk.agent.state": "listening"})
    assert (await state())[0] == "waiting"
    livekit.add_participant(room, "ann", ParticipantInfo.STANDARD, name="Ann")
    how, session = await state()
    assert how == "active"
    bot, person = session["participants"]
    assert (bot["identity"], bot["kind"], bot["agentState"]) == ("rawbot-1", "AGENT", "listening")
    assert (person["name"], person["kind"]) == ("Ann", "STANDARD")
    assert "agentState" not in person
    assert "error" not in session
    assert session["createdAt"] == made["createdAt"]
    assert session["createdAt"].endswith("Z")
    assert "tea" not in json.dumps(session)


async def test_a_bot_that_has_gone_leaves_a_session_without_one(shared: RunningService) -> None:
    """Its worker has deleted the dispatch, with the job."""
    _, made = await shared.post(SESSIONS, BODY, headers=keyed("gone"))
    path, room = f"{SESSIONS}/{made['sessionId']}", shared.livekit.rooms[made["room"]]
    shared.livekit.dispatches[room.name] = []
    assert (await shared.get(path, headers=BEARER))[1]["state"] == "left"
    room.metadata = '{"rawbot": {"refused": {"job": "AJ_1", "reason": "there is no agent here"}}, "mine": 1}'
    _, session = await shared.get(path, headers=BEARER)
    assert (session["state"], session["error"]) == ("failed", "there is no agent here")
    for metadata in ("{", "[1]", '{"rawbot": 1}', '{"rawbot": {"refused": {"reason": 5}}}', "[" * 9_000):
        room.metadata = metadata
        assert (await shared.get(path, headers=BEARER))[1]["state"] == "left"
    async with running_service() as other:
        other.livekit.rooms, other.livekit.dispatches = shared.livekit.rooms, shared.livekit.dispatches
        status, again = await other.post(SESSIONS, BODY, headers=keyed("gone"))
        assert (status, again["sessionId"]) == (201, made["sessionId"]), "it is the same, whatever became of its bot"


async def test_it_is_ended(shared: RunningService) -> None:
    made = await create(shared)
    path = f"{SESSIONS}/{made['sessionId']}"
    async with shared.http.delete(path, headers=BEARER) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    assert made["room"] not in shared.livekit.rooms
    for method in ("GET", "DELETE"):
        async with shared.http.request(method, path, headers=BEARER) as answer:
            assert answer.status == 404
            assert "has ended, or never was" in (await answer.json(content_type=None))["detail"]


async def test_other_rooms_are_none_of_its_business(shared: RunningService) -> None:
    """An id is no path, and no name of a room."""
    shared.livekit.rooms["lobby"] = shared.livekit.rooms[(await create(shared))["room"]]
    for session_id in ("lobby", "..%2F..%2Flobby", "%2e%2e", "a%00b", "x" * 100, "session-", "%F0%9F%8D%B5"):
        async with shared.http.delete(f"{SESSIONS}/{session_id}", headers=BEARER) as answer:
            assert answer.status in (400, 404), session_id
    assert "lobby" in shared.livekit.rooms


WRONG = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer"},
    {"Authorization": API_KEY},
    {"Authorization": f"Basic {API_KEY}"},
    {"Authorization": f"Bearer {API_KEY}x"},
    {"Authorization": f"Bearer {API_KEY[:-1]}"},
    {"Authorization": f"Bearer {API_KEY.upper()}"},
    {"Authorization": f"Bearer {API_KEY},{OTHER_KEY}"},
    {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    {"Authorization": "Bearer \udcff\udcfe"},
]


@pytest.mark.parametrize("headers", WRONG, ids=str)
async def test_nobody_without_a_key_does_anything(shared: RunningService, headers: dict[str, str]) -> None:
    calls = len(shared.livekit.calls)
    for method, path in (("POST", SESSIONS), ("GET", f"{SESSIONS}/x"), ("DELETE", f"{SESSIONS}/x")):
        async with shared.http.request(method, path, headers=headers, data=b"{}") as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rawbot"'
    assert len(shared.livekit.calls) == calls


async def test_where_there_are_no_keys_nobody_has_one() -> None:
    async with running_service(keys=()) as service:
        for headers in ({}, {"Authorization": "Bearer "}, BEARER):
            status, problem = await service.post(SESSIONS, headers=headers)
            assert status == 403
            assert "BOT_API_KEYS" in problem["detail"]


async def test_the_same_request_is_answered_with_the_same_session(shared: RunningService) -> None:
    before = len(shared.livekit.rooms)
    answers = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(shared.post(SESSIONS, BODY, headers=keyed("one"))) for _ in range(20)]
    answers = [task.result() for task in tasks]
    assert {status for status, _ in answers} == {201}
    assert len({json.dumps(made, sort_keys=True) for _, made in answers}) == 1
    assert len(shared.livekit.rooms) == before + 1
    reordered = dict(reversed(BODY.items()))
    assert (await shared.post(SESSIONS, reordered, headers=keyed("one")))[1] == answers[0][1]
    status, problem = await shared.post(SESSIONS, {**BODY, "voice": "x"}, headers=keyed("one"))
    assert status == 422
    assert "another request" in problem["detail"]
    other = await shared.post(SESSIONS, BODY, headers=keyed("one", OTHER_KEY))
    assert other[0] == 201
    assert other[1]["sessionId"] != answers[0][1]["sessionId"], "keys of other programs are others"
    assert (await shared.post(SESSIONS, BODY, headers=keyed("two")))[1]["sessionId"] != answers[0][1]["sessionId"]


async def test_the_same_request_finds_its_session_after_a_restart() -> None:
    """And in another process beside this one: the id follows from the key, and what it was for from its dispatch."""
    async with running_service() as first:
        _, made = await first.post(SESSIONS, BODY, headers=keyed("one"))
        async with running_service() as second:
            for name in ("rooms", "dispatches"):
                setattr(second.livekit, name, getattr(first.livekit, name))
            status, again = await second.post(SESSIONS, BODY, headers=keyed("one"))
            assert status == 201
            same = ("sessionId", "room", "participantIdentity", "createdAt")
            assert [again[name] for name in same] == [made[name] for name in same]
            assert len(second.livekit.rooms) == 1
            assert await second.metric("rawbot_sessions_total") == 0
        async with running_service() as third:
            for name in ("rooms", "dispatches"):
                setattr(third.livekit, name, getattr(first.livekit, name))
            status, _ = await third.post(SESSIONS, {"voice": "x"}, headers=keyed("one"))
            assert status == 422


async def test_one_id_makes_one_session(shared: RunningService) -> None:
    """However many ask at the same time, without a key."""
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(shared.post(SESSIONS, {"sessionId": "race"}, headers=BEARER)) for _ in range(10)]
    assert sorted(task.result()[0] for task in asked) == [201] + [409] * 9
    assert len(shared.livekit.dispatches["session-race"]) == 1


async def test_a_server_that_fails_is_told_of_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    async with running_service() as service:
        service.livekit.fails = 503
        for method, path in (("POST", SESSIONS), ("GET", f"{SESSIONS}/x"), ("DELETE", f"{SESSIONS}/x")):
            async with service.http.request(method, path, headers=keyed("one"), data=b"{}") as answer:
                assert answer.status == 502
                problem = await answer.json(content_type=None)
                assert "The LiveKit server did not do it" in problem["detail"]
                assert service.livekit.url not in problem["detail"]
        assert "it is away" in caplog.text
        assert API_KEY not in caplog.text
        service.livekit.fails = 0
        assert (await service.post(SESSIONS, {}, headers=keyed("one")))[0] == 201, "what failed may be tried again"


async def test_a_service_that_ends_takes_nothing_new() -> None:
    async with running_service() as service:
        made = await create(service)
        service.is_ending = True
        for path in (SESSIONS, "/api/token"):
            async with service.http.post(path, headers=BEARER) as answer:
                assert answer.status == 503
                assert answer.headers["Retry-After"] == "5"
        assert (await service.get(f"{SESSIONS}/{made['sessionId']}", headers=BEARER))[0] == 200

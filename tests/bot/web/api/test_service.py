"""The service as a whole: health, metrics, the page, and what no handler sees."""

import asyncio
from pathlib import Path

import pytest

from bot.web.api import body
from tests.bot.web.api.service import API_KEY, BEARER, RunningService, running_service
from tests.support.waiting import WAIT_LIMIT

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_alive_and_ready_are_two_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.api.health.CHECK_INTERVAL", 0.0)
    async with running_service(has_worker=True) as service:
        for path in ("/healthz", "/healthz/ready"):
            assert await service.get(path) == (200, {"status": "ok", "livekit": "ok", "worker": "ok"})
        service.change_worker(is_registered=False)
        assert await service.get("/healthz/ready") == (
            503,
            {"status": "not ready", "livekit": "ok", "worker": "not registered"},
        )
        service.change_worker(is_registered=True, is_draining=True)
        assert (await service.get("/healthz"))[1]["worker"] == "draining"
        service.change_worker(is_draining=False)
        service.livekit.fails = 500
        status, answer = await service.get("/healthz/ready")
        assert (status, answer["livekit"]) == (503, "unreachable")
        assert await service.get("/healthz/live") == (200, {"status": "ok"})
        service.livekit.fails = 0
        assert (await service.get("/healthz/ready"))[0] == 200


async def test_probes_cost_the_server_little() -> None:
    async with running_service() as service:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(service.get("/healthz")) for _ in range(20)]
        assert {task.result()[0] for task in asked} == {200}
        assert service.livekit.calls == ["ListRooms"]


async def test_what_prometheus_reads() -> None:
    async with running_service(has_worker=True) as service:
        await service.post("/api/token")
        await service.post("/v1/sessions", headers=BEARER)
        await service.post("/v1/sessions")
        await service.get("/v1/sessions/one", headers=BEARER)
        await service.get("/v1/sessions/two", headers=BEARER)
        for method in ("PROPFIND", "MKCOL"):
            async with service.http.request(method, "/no/such/place") as answer:
                assert answer.status == 404
        async with service.http.get("/metrics") as answer:
            assert answer.content_type == "text/plain"
            text = await answer.text()
        lines = set(text.splitlines())
        for wanted in (
            'rawbot_http_requests_total{method="POST",path="/api/token",status="200"} 1.0',
            'rawbot_http_requests_total{method="POST",path="/v1/sessions",status="201"} 1.0',
            'rawbot_http_requests_total{method="POST",path="/v1/sessions",status="401"} 1.0',
            'rawbot_http_requests_total{method="GET",path="/v1/sessions/{id}",status="404"} 2.0',
            'rawbot_http_requests_total{method="other",path="unknown",status="404"} 2.0',
            'rawbot_http_request_seconds_count{method="POST",path="/api/token"} 1.0',
            "rawbot_tokens_total 1.0",
            "rawbot_sessions_total 1.0",
            "rawbot_worker_registered 1.0",
            "rawbot_worker_draining 0.0",
            "rawbot_worker_places 8.0",
            "rawbot_worker_load 0.25",
            "rawbot_worker_idle_processes 3.0",
            'rawbot_worker_jobs{phase="assigned"} 1.0',
            'rawbot_worker_jobs{phase="running"} 2.0',
            'rawbot_worker_jobs_ended_total{result="succeeded"} 4.0',
            'rawbot_worker_jobs_ended_total{result="failed"} 5.0',
            "rawbot_worker_jobs_refused_total 6.0",
        ):
            assert wanted in lines, text
        assert API_KEY not in text
        assert "_created" not in text


async def test_without_a_worker_nothing_is_said_of_one(shared: RunningService) -> None:
    async with shared.http.get("/metrics") as answer:
        assert "rawbot_worker" not in await answer.text()
    assert "worker" not in (await shared.get("/healthz"))[1]


async def test_the_page_and_what_it_asks_for(tmp_path: Path) -> None:
    (tmp_path / "client.js").write_text("export const client = 1;\n")
    async with running_service(client=tmp_path / "client.js", client_url="wss://outside.example.com") as service:
        async with service.http.get("/") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "connect-src 'self' wss://outside.example.com" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Server"] == "rawbot"
        assert await service.get("/api/about") == (200, {"notes": ["a note"]})
        async with service.http.get("/livekit-client.js") as answer:
            assert answer.status == 200
        for name in ("/", "/style/base.css"):
            value = 'rawbot_http_requests_total{method="GET",path="page",status="200"}'
            before = await service.metric(value)
            async with service.http.get(name):
                assert await service.metric(value) == before + 1


async def test_without_a_page_there_is_none(shared: RunningService) -> None:
    assert (await shared.get("/"))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/../pyproject.toml",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/style/../../web/server.py",
            "/..%5c..%5cx",
            "//etc/passwd",
        ),
        *("/.env", "/api/token/../../.env", "/v1/sessions/../../metrics/x", "/index.html%00.js", "/api", "/v1"),
    ],
)
async def test_no_path_leads_elsewhere(path: str, tmp_path: Path) -> None:
    """Sent as it is written: a client would tidy it up."""
    (tmp_path / "client.js").write_text("1;\n")
    async with running_service(client=tmp_path / "client.js") as service:
        answer = await raw(service, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer
        assert b"root:" not in answer


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/token", "OPTIONS,POST"),
        ("PUT", "/v1/sessions", "POST"),
        ("POST", "/v1/sessions/x", "DELETE,GET"),
        ("HEAD", "/v1/sessions/x", "DELETE,GET"),
        ("POST", "/metrics", "GET,HEAD"),
        ("DELETE", "/healthz", "GET,HEAD"),
    ],
)
async def test_a_wrong_method(shared: RunningService, method: str, path: str, allowed: str) -> None:
    async with shared.http.request(method, path, headers=BEARER) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, allowed)
        assert answer.content_type == "application/problem+json"


async def test_bodies_are_bounded(shared: RunningService) -> None:
    """Whether their length is announced or not."""
    big = b'{"participant_name": "' + b"x" * 70_000 + b'"}'

    async def pieces() -> "object":
        for at in range(0, len(big), 1000):
            yield big[at : at + 1000]

    for path, headers in (("/api/token", {}), ("/v1/sessions", BEARER)):
        for data in (big, pieces()):
            async with shared.http.post(path, data=data, headers=headers) as answer:
                assert answer.status == 413
                assert "larger than 64 KiB" in (await answer.json(content_type=None))["detail"]
    announced = b"POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    assert (await raw(shared, announced + b"{}")).startswith(b"HTTP/1.1 413")


async def test_a_body_that_does_not_come(shared: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_TIMEOUT", 0.05)
    answer = await raw(shared, b"POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b"Connection: close" in answer


async def test_a_head_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.api.app.IDLE_DELAY", 0.05)
    async with running_service() as service:
        assert await raw(service, b"GET /healthz HTTP/1.1\r\nHost: ") == b""


@pytest.mark.parametrize(
    "request_text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # what begins TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
    ids=["tls", "version", "length", "chunks", "header"],
)
async def test_what_is_no_http(shared: RunningService, request_text: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert (await raw(shared, request_text)).startswith(b"HTTP/1.")
    assert (await shared.get("/healthz"))[0] == 200
    assert not caplog.records, "anybody could fill the log"


async def test_a_bug_is_no_secret_and_no_end(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async with running_service() as service:

        def fail(*_: object) -> None:
            raise ZeroDivisionError(API_KEY)

        monkeypatch.setattr("bot.web.api.token_endpoint.read_token_request", fail)
        status, problem = await service.post("/api/token")
        assert (status, API_KEY in str(problem)) == (500, False)
        assert "ZeroDivisionError" in caplog.text
        assert (await service.get("/healthz"))[0] == 200


async def test_a_request_that_has_begun_is_answered_at_the_end() -> None:
    """As a service ends, it waits for those."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(method: str) -> None:
        if method == "CreateRoom":
            begun.set()
            await go_on.wait()

    running = running_service()
    service = await running.__aenter__()
    service.livekit.before = wait
    asking = asyncio.ensure_future(service.post("/v1/sessions", headers=BEARER))
    await begun.wait()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    status, _ = await asking
    await running.__aexit__(None, None, None)
    assert status == 201


async def raw(service: RunningService, request: bytes) -> bytes:
    """Send bytes, and return all that is answered until the service closes the connection."""
    async with asyncio.timeout(WAIT_LIMIT):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()

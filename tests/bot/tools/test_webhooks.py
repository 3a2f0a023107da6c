"""Webhooks with a real HTTP server on loopback."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.tools.toolbox import Toolbox
from bot.tools.webhooks.signature import key_of, signature_headers
from bot.tools.webhooks.webhook_config import Webhook
from bot.tools.webhooks.webhook_tool import make_webhooks
from pipeline.messages import ToolRequest
from pipeline.ports import ToolResult
from tests.bot.tools.conversation import Conversation

SLOT = {
    "type": "object",
    "properties": {"slot": {"type": "string"}, "seats": {"type": "integer"}},
    "required": ["slot"],
}


class Service:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[web.Request, bytes]] = []
        self.answer: Any = web.Response(text='{"booked": true}')
        self.address = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request, await request.read()))
        answer: web.StreamResponse = self.answer() if callable(self.answer) else self.answer
        return answer

    async def call(self, arguments: Any, **changes: Any) -> ToolResult:
        options = {"parameters": SLOT, "url": f"{self.address}/book"} | changes
        async with aiohttp.ClientSession() as session:
            made, faults = make_webhooks([Webhook("book", "Book a slot.", **options)], lambda: session)
            assert faults == []
            return await Toolbox(made, {}).call(ToolRequest("1", "book", json.dumps(arguments)), Conversation())


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield service
    finally:
        await runner.cleanup()


async def test_arguments_are_the_body_and_the_answer_is_told() -> None:
    async with serving() as service:
        result = await service.call({"slot": "9:00 Zürich", "seats": 2}, headers={"X-Key": "the key"})
        ((request, body),) = service.asked
    assert result == ToolResult('{"booked": true}')
    assert (request.method, request.path, request.headers["x-key"]) == ("POST", "/book", "the key")
    assert request.headers["content-type"] == "application/json"
    assert json.loads(body) == {"slot": "9:00 Zürich", "seats": 2}
    assert "webhook-signature" not in request.headers


async def test_a_get_has_them_in_its_query() -> None:
    async with serving() as service:
        await service.call({"slot": "a b&c", "seats": 2}, method="GET")
        ((request, body),) = service.asked
    assert (request.method, dict(request.query), body) == ("GET", {"slot": "a b&c", "seats": "2"}, b"")


async def test_a_secret_signs_the_request() -> None:
    secret = "whsec_" + base64.b64encode(b"the key of both").decode()
    async with serving() as service:
        await service.call({"slot": "9"}, secret=secret)
        ((request, body),) = service.asked
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"the key of both", signed, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of its specification (github.com/standard-webhooks)."""
    headers = signature_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert key_of("plain") == b"plain"


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [
        (404, "no such slot", "The service has refused (404): no such slot"),
        (400, "", "The service has refused (400): it does not say why"),
        (503, "Traceback of the service", "The service has failed (503). Tell the person that it did not work."),
    ],
)
async def test_a_refusal_is_told_with_its_text_and_a_failure_without(status: int, text: str, told: str) -> None:
    async with serving() as service:
        service.answer = web.Response(status=status, text=text)
        assert await service.call({"slot": "9"}) == ToolResult(told, is_error=True)
        assert len(service.asked) == 1


async def test_a_redirect_is_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as other, serving() as service:
        service.answer = web.Response(status=307, headers={"location": f"{other.address}/steal"})
        result = await service.call({"slot": "9"}, headers={"Authorization": "Bearer key"})
        assert other.asked == []
    assert result.is_error
    assert f"redirects to {other.address}/steal, and is not followed: write that into its file" in caplog.text


async def test_a_service_that_is_away_is_told() -> None:
    async with serving() as service:
        pass
    result = await service.call({"slot": "9"})
    assert result == ToolResult("The service cannot be reached. Tell the person that it did not work.", is_error=True)


async def test_arguments_that_do_not_fit_are_not_sent() -> None:
    async with serving() as service:
        result = await service.call({"seats": "two"})
        assert service.asked == []
    assert result.is_error
    assert "'slot' is a required property" in result.text
    assert result.text.endswith("It takes slot (string), seats (integer, optional).")


async def test_only_the_beginning_of_a_long_answer_is_read() -> None:
    async with serving() as service:
        service.answer = web.Response(text="x" * 3_000_000)
        result = await service.call({"slot": "9"})
    assert result.text.startswith("x" * 2000 + "\n[cut here")


@pytest.mark.parametrize("status", [200, 422])
async def test_a_service_that_repeats_its_key_does_not_tell_it_to_the_model(status: int) -> None:
    async with serving() as service:
        service.answer = web.Response(text="you sent Bearer planted-key-of-hook", status=status)
        result = await service.call({"slot": "9:00"}, keys=("planted-key-of-hook",))
    assert "you sent Bearer [secret]" in result.text

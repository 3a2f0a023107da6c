"""Who takes over is told by a webhook: a real HTTP server on loopback."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.tools.webhooks.signature import signature_headers
from bot.transfer import report
from bot.transfer.human_transfer import HANDED_OVER, HumanTransfer
from bot.transfer.report import TransferReport, TransferWebhook
from pipeline.errors import RoomError, ToolError
from pipeline.messages import Message, ToolRequest
from pipeline.participants import Participant
from tests.bot.tools.conversation import Conversation
from tests.bot.tools.test_webhooks import serving

SECRET = "whsec_c2VjcmV0"
PERSON = Participant("ann", "STANDARD", True, "live")


class Room:
    """A room that notes what is written, or is away."""

    def __init__(self, error: RoomError | None = None) -> None:
        self.written: list[tuple[str, str]] = []
        self.error = error

    def people(self) -> tuple[Participant, ...]:
        return (Participant("bob", "SIP", False, "live"), PERSON)

    async def send_text(self, text: str, topic: str) -> None:
        if self.error is not None:
            raise self.error
        self.written.append((topic, text))

    async def transfer_call(self, address: str) -> None:
        raise AssertionError("no telephone call")


async def handed_over(url: str | None, room: Room, conversation: Conversation, secret: str = SECRET) -> str:
    async def summarize(history: tuple[Message, ...]) -> str:
        return f"{len(history)} messages"

    async def said(text: str) -> None:
        conversation.done.append(("said", text))

    async with aiohttp.ClientSession() as http:
        transfer = HumanTransfer(
            room=room,
            room_name="lobby",
            language=lambda: "en",
            text=lambda: "One moment.",
            say=said,
            webhook=TransferWebhook(url, secret, lambda: http) if url is not None else None,
            address="tel:112",
            then="leave",
            summarize=summarize,
        )
        return await transfer.hand_over("They ask for it.", conversation)


async def test_the_webhook_and_the_room_get_the_same_signed_document() -> None:
    room, conversation = Room(), Conversation()
    async with serving() as service:
        assert await handed_over(f"{service.address}/desk", room, conversation) == HANDED_OVER
        ((request, body),) = service.asked
    document = json.loads(body)
    assert document["summary"] == "1 messages"
    assert document["participant"]["identity"] == "ann"
    assert room.written == [("rawbot.handover", body.decode())]
    headers = signature_headers(SECRET, request.headers["webhook-id"], int(request.headers["webhook-timestamp"]), body)
    assert {name: request.headers[name] for name in headers} == headers
    assert conversation.done == [("disallow_interruptions", None), ("said", "One moment."), ("end_call", None)]


async def test_without_a_secret_it_is_not_signed() -> None:
    async with serving() as service:
        await handed_over(service.address, Room(), Conversation(), secret="")
        assert "webhook-signature" not in service.asked[0][0].headers


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "WEBHOOK_TIMEOUT", 0.05)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (web.Response(status=500), "has answered 500"),
        (web.Response(status=302, headers={"location": "https://elsewhere.example"}), "has answered 302"),
        (None, "cannot be reached"),
    ],
)
async def test_a_webhook_that_fails_hands_nobody_over(answer: Any, told: str, caplog: pytest.LogCaptureFixture) -> None:
    room, conversation = Room(), Conversation()
    async with serving() as service:
        service.answer = (lambda: answer) if answer is not None else None
        url = service.address if answer is not None else "http://127.0.0.1:9/"
        with pytest.raises(ToolError, match=told) as failure:
            await handed_over(url, room, conversation)
    assert "Tell them that nobody can be reached now" in str(failure.value)
    assert "the person was not handed over" in caplog.text
    assert room.written == []
    assert [what for what, _ in conversation.done] == ["disallow_interruptions", "said"]


async def test_a_webhook_that_hangs_is_given_up(short_wait: None) -> None:
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", wait)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        with pytest.raises(ToolError, match="did not answer within"):
            await handed_over(f"http://127.0.0.1:{runner.addresses[0][1]}/", Room(), Conversation())
    finally:
        release.set()
        await runner.cleanup()


async def test_a_room_that_is_away_matters_where_there_is_no_webhook() -> None:
    away = RoomError("the bot is not in the room at the moment")
    with pytest.raises(ToolError, match="not in the room"):
        await handed_over(None, Room(away), Conversation())
    async with serving() as service:
        assert await handed_over(service.address, Room(away), Conversation()) == HANDED_OVER


def test_calls_of_tools_are_in_the_document_with_their_results() -> None:
    call = Message("tool", "sunny", 0.0, call=ToolRequest("1", "weather", "{}"))
    document = json.loads(TransferReport("why", "room", None, "de", (call,)).to_json())
    assert document["participant"] is None
    assert document["history"] == [
        {"role": "tool", "text": "sunny", "call": {"id": "1", "name": "weather", "arguments": "{}"}}
    ]
    assert SimpleNamespace(**document).type == "rawbot.handover"


async def test_a_person_is_handed_over_once_at_a_time() -> None:
    told = asyncio.Event()

    async def slow(text: str) -> None:
        await told.wait()

    async def summarize(history: tuple[Message, ...]) -> None:
        return None

    transfer = HumanTransfer(
        room=Room(),
        room_name="lobby",
        language=lambda: "en",
        text=lambda: "One moment.",
        say=slow,
        webhook=None,
        address=None,
        then="scribe",
        summarize=summarize,
    )
    first, second = Conversation(), Conversation()
    under_way = asyncio.create_task(transfer.hand_over("once", first))
    await asyncio.sleep(0)
    with pytest.raises(ToolError, match="already"):
        await transfer.hand_over("twice", second)
    told.set()
    assert await under_way == HANDED_OVER
    assert first.done[-1] == ("become_scribe", None)
    assert second.done == []
    assert await transfer.hand_over("the next person", second) == HANDED_OVER

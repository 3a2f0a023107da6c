"""Cold transfers: the request that LiveKit's SIP service is sent, and what its answers are told as.

The server is one of paper that knows the service's Twirp protocol. It proves the encoding only: whether a telephone
rings depends on a SIP service, a trunk and a carrier, none of which is here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import jwt
import pytest
from aiohttp import web
from livekit.protocol.sip import (
    SIPStatus,
    SIPTransferReason,
    SIPTransferStatus,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
)

from bot.room import sip
from bot.room.sip import RINGING_TIMEOUT, SipService
from pipeline.errors import RoomError
from tests.support.access import Server

PATH = "/twirp/livekit.SIP/TransferSIPParticipant"
SUCCESSFUL = TransferSIPParticipantResponse(transfer_id="ST_1", status=SIPTransferStatus.STS_TRANSFER_SUCCESSFUL)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def service(answer: Handler) -> AsyncIterator[str]:
    """A server with this one method; gives its address."""
    app = web.Application()
    app.router.add_post(PATH, answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def answering(response: TransferSIPParticipantResponse) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=response.SerializeToString(), content_type="application/protobuf")

    return answer


def refusing(status: int, code: str, message: str = "", **meta: str) -> Handler:
    """A Twirp error."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"code": code, "msg": message, "meta": meta}, status=status)

    return answer


async def transfer(url: str) -> None:
    await SipService(url, "key", "secret").transfer_call("lobby", "sip_+15550100", "tel:+15551234567")


async def test_the_request_names_room_caller_and_address_and_may_do_no_more() -> None:
    seen = list[tuple[TransferSIPParticipantRequest, str, str]]()

    async def answer(request: web.Request) -> web.StreamResponse:
        wanted = TransferSIPParticipantRequest.FromString(await request.read())
        seen.append((wanted, request.headers["authorization"], request.headers["content-type"]))
        return await answering(SUCCESSFUL)(request)

    async with service(answer) as url:
        await transfer(url)
    ((wanted, authorization, kind),) = seen
    assert kind == "application/protobuf"
    assert (wanted.room_name, wanted.participant_identity) == ("lobby", "sip_+15550100")
    assert (wanted.transfer_to, wanted.ringing_timeout.seconds) == ("tel:+15551234567", RINGING_TIMEOUT)
    claims = jwt.decode(authorization.removeprefix("Bearer "), "secret".ljust(32, "\0"), algorithms=["HS256"])
    assert claims["video"] == {"roomAdmin": True, "room": "lobby"}
    assert claims["sip"] == {"call": True}


@pytest.mark.parametrize(
    "response",
    [
        SUCCESSFUL,
        TransferSIPParticipantResponse(),  # of servers that answer with nothing
        TransferSIPParticipantResponse(transfer_id="ST_1", status=SIPTransferStatus.STS_TRANSFER_ONGOING),
    ],
)
async def test_a_transfer_that_was_taken_is_done(response: TransferSIPParticipantResponse) -> None:
    async with service(answering(response)) as url:
        await transfer(url)


FAILED = TransferSIPParticipantResponse(
    status=SIPTransferStatus.STS_TRANSFER_FAILED,
    reason=SIPTransferReason.STR_REJECTED,
    sip_status=SIPStatus(code=486, status="Busy Here"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusing(404, "not_found", "participant does not exist"), "knows no telephone call of sip_"),
        (refusing(404, "bad_route", "no such service"), "has no SIP service"),
        (refusing(500, "internal", "sip not connected (redis required)"), r"failed \(sip not connected"),
        (refusing(401, "unauthenticated", "invalid API key"), "does not allow this API key"),
        (refusing(403, "permission_denied"), "does not allow this API key"),
        (
            refusing(500, "unavailable", "busy", sip_status_code="486", sip_status="Busy Here"),
            "could not be transferred: 486 Busy Here",
        ),
        (refusing(408, "deadline_exceeded", "x", sip_transfer_reason="STR_RINGING_TIMEOUT"), "ringing timeout"),
        (answering(FAILED), "could not be transferred: rejected, 486 Busy Here"),
    ],
)
async def test_what_went_wrong_is_told(answer: Handler, told: str) -> None:
    async with service(answer) as url:
        with pytest.raises(RoomError, match=told):
            await transfer(url)


async def test_nobody_there_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RoomError, match="cannot be reached"):
        await transfer("ws://127.0.0.1:9")
    monkeypatch.setattr(sip, "ANSWER_TIMEOUT", 0.05)
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with service(wait) as url:
        with pytest.raises(RoomError, match="nobody answered within 25 s"):
            await transfer(url)
        release.set()


async def test_one_call_is_asked_for_once() -> None:
    asked = list[str]()

    async def fail(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await refusing(503, "unavailable", "try again")(request)

    async with service(fail) as url:
        with pytest.raises(RoomError):
            await transfer(url)
    assert asked == [PATH]


@pytest.mark.sfu
async def test_a_real_server_without_telephones_says_so(livekit_server: Server, room_name: str) -> None:
    real = SipService(livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
    with pytest.raises(RoomError, match="could not be transferred: ") as failure:
        await real.transfer_call(room_name, "ann", "tel:+15551234567")
    assert "cannot be reached" not in str(failure.value)

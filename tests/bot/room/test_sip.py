"""Calls and cold transfers: the requests that LiveKit's SIP service is sent, and what its answers are told as.

The server is one of paper that knows the service's Twirp protocol. It proves the encoding only: whether a telephone
rings depends on a SIP service, a trunk and a carrier, none of which is here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import jwt
import pytest
from aiohttp import web
from google.protobuf.message import Message
from livekit.protocol.room import RemoveParticipantResponse, RoomParticipantIdentity
from livekit.protocol.sip import (
    CreateSIPParticipantRequest,
    SIPParticipantInfo,
    SIPStatus,
    SIPTransferReason,
    SIPTransferStatus,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
)

from bot.room import sip
from bot.room.sip import RINGING_TIMEOUT, SipService
from bot.telephony.call_failure import CallFailed, CallFailure
from bot.telephony.outgoing_call import OutgoingCall
from pipeline.errors import RoomError
from tests.support.access import Server

PATH = "/twirp/livekit.SIP/TransferSIPParticipant"
SUCCESSFUL = TransferSIPParticipantResponse(transfer_id="ST_1", status=SIPTransferStatus.STS_TRANSFER_SUCCESSFUL)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def service(answer: Handler, path: str = PATH) -> AsyncIterator[str]:
    """A server with this one method; gives its address."""
    app = web.Application()
    app.router.add_post(path, answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def answering(response: Message) -> Handler:
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


DIAL_PATH = "/twirp/livekit.SIP/CreateSIPParticipant"
CALL = OutgoingCall("+15551234567", "ST_1", "+15550100", ring_delay=20)


async def dial(url: str) -> None:
    await SipService(url, "key", "secret").dial("lobby", CALL)


async def test_a_call_is_asked_for_until_it_is_answered() -> None:
    seen = list[tuple[CreateSIPParticipantRequest, str]]()

    async def answer(request: web.Request) -> web.StreamResponse:
        wanted = CreateSIPParticipantRequest.FromString(await request.read())
        seen.append((wanted, request.headers["authorization"]))
        return await answering(SIPParticipantInfo(participant_identity=wanted.participant_identity))(request)

    async with service(answer, DIAL_PATH) as url:
        await dial(url)
    ((wanted, authorization),) = seen
    assert wanted == CreateSIPParticipantRequest(
        sip_trunk_id="ST_1",
        sip_call_to="+15551234567",
        sip_number="+15550100",
        room_name="lobby",
        participant_identity="sip_+15551234567",
        participant_name="+15551234567",
        ringing_timeout={"seconds": 20},
        wait_until_answered=True,
    )
    claims = jwt.decode(authorization.removeprefix("Bearer "), "secret".ljust(32, "\0"), algorithms=["HS256"])
    assert claims["sip"] == {"call": True}


@pytest.mark.parametrize(
    ("answer", "reason", "told"),
    [
        (
            refusing(500, "unavailable", "busy", sip_status_code="486", sip_status="Busy Here"),
            CallFailure.BUSY,
            r"the line is busy \(SIP 486 Busy Here\)",
        ),
        (
            refusing(500, "internal", "x", sip_status_code="603", sip_status="SIP_STATUS_GLOBAL_DECLINE"),
            CallFailure.DECLINED,
            r"declined \(SIP 603 Global Decline\)",
        ),
        (refusing(404, "not_found", "x", sip_status_code="404"), CallFailure.WRONG_NUMBER, r"\(SIP 404\)"),
        (refusing(500, "x", "x", sip_status_code="503", sip_status="Full"), CallFailure.CARRIER, "SIP 503 Full"),
        (refusing(500, "x", "x", sip_status_code="many"), CallFailure.SERVER, "the server failed"),
        (refusing(408, "canceled", "sip request timed out"), CallFailure.NO_ANSWER, "it rang for 20 s"),
        (refusing(408, "deadline_exceeded", "x"), CallFailure.NO_ANSWER, "it rang for 20 s"),
        (
            refusing(408, "canceled", "transaction failed to complete (0 intermediate responses)"),
            CallFailure.CARRIER,
            "it does not answer the server",
        ),
        (refusing(404, "not_found", "object cannot be found"), CallFailure.NO_TRUNK, "no such trunk.*ST_1"),
        (refusing(404, "bad_route", "no such service"), CallFailure.SERVER, "has no SIP service"),
        (refusing(400, "invalid_argument", "trunk has no number"), CallFailure.REFUSED, "trunk has no number"),
        (refusing(412, "failed_precondition", "no credentials"), CallFailure.REFUSED, "no credentials"),
        (
            refusing(500, "unknown", "twirp error unknown: sip not connected (redis required)"),
            CallFailure.SERVER,
            r"cannot make calls \(it runs without LiveKit's SIP service: give both the same Redis\)",
        ),
        (refusing(401, "unauthenticated", "invalid API key"), CallFailure.SERVER, "does not allow this API key"),
    ],
)
async def test_why_a_call_was_not_answered_is_told(answer: Handler, reason: CallFailure, told: str) -> None:
    async with service(answer, DIAL_PATH) as url:
        with pytest.raises(CallFailed, match=rf"^\+15551234567 was not reached: .*{told}") as failure:
            await dial(url)
    assert failure.value.reason is reason


async def test_a_server_that_never_answers_a_call_and_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CallFailed, match="cannot be reached"):
        await dial("ws://127.0.0.1:9")
    monkeypatch.setattr(sip, "ANSWER_MARGIN", 0.05 - CALL.ring_delay)
    release = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with service(wait, DIAL_PATH) as url:
        with pytest.raises(CallFailed, match="nobody has answered"):
            await dial(url)
        release.set()


async def test_one_telephone_is_called_once() -> None:
    asked = list[str]()

    async def fail(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await refusing(503, "unavailable", "try again")(request)

    async with service(fail, DIAL_PATH) as url:
        with pytest.raises(CallFailed):
            await dial(url)
    assert asked == [DIAL_PATH]


REMOVE_PATH = "/twirp/livekit.RoomService/RemoveParticipant"


async def test_a_call_is_ended_by_taking_it_out_of_the_room() -> None:
    seen = list[RoomParticipantIdentity]()

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(RoomParticipantIdentity.FromString(await request.read()))
        return await answering(RemoveParticipantResponse())(request)

    async with service(answer, REMOVE_PATH) as url:
        await SipService(url, "key", "secret").hang_up("lobby", CALL.identity)
    assert seen == [RoomParticipantIdentity(room="lobby", identity="sip_+15551234567")]


async def test_a_call_that_is_over_needs_no_end_and_other_failures_are_told() -> None:
    async with service(refusing(404, "not_found", "participant does not exist"), REMOVE_PATH) as url:
        await SipService(url, "key", "secret").hang_up("lobby", CALL.identity)
    async with service(refusing(500, "internal", "no"), REMOVE_PATH) as url:
        with pytest.raises(RoomError, match=r"could not be ended: the server failed \(no\)"):
            await SipService(url, "key", "secret").hang_up("lobby", CALL.identity)


@pytest.mark.sfu
async def test_a_real_server_without_telephones_says_so(livekit_server: Server, room_name: str) -> None:
    real = SipService(livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
    with pytest.raises(RoomError, match="could not be transferred: ") as failure:
        await real.transfer_call(room_name, "ann", "tel:+15551234567")
    assert "cannot be reached" not in str(failure.value)

"""Telephone calls by the server's SIP service: made, transferred (the caller goes on elsewhere), and ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPTransferReason, SIPTransferStatus, TransferSIPParticipantResponse

from bot.room.enum_names import name_in
from bot.room.token import server_token, sip_token
from bot.telephony.call_failure import CallFailed, CallFailure, failure_of
from bot.telephony.outgoing_call import OutgoingCall
from pipeline.errors import RoomError

RINGING_TIMEOUT = 25
"""Seconds for which it rings at the other side of a transfer."""

ANSWER_MARGIN = 3.0
"""Seconds for the server's answer beside the ringing: the client library waits for 2 s longer than it rings."""

ANSWER_TIMEOUT = RINGING_TIMEOUT + ANSWER_MARGIN
"""Seconds for the answer to a transfer."""

HANG_UP_TIMEOUT = 2.0
"""Seconds for the server to end a call."""


class SipService:
    """A LiveKit server's SIP service, asked with its key pair."""

    def __init__(self, url: str, api_key: str, api_secret: str) -> None:
        """`url` is ws(s) or http(s)."""
        self._url, self._api_key, self._api_secret = url, api_key, api_secret

    async def transfer_call(self, room: str, identity: str, address: str) -> None:
        """Have a caller in a room go on at a tel: or sip: address. Raises RoomError that says why they do not."""
        request = api.TransferSIPParticipantRequest(
            room_name=room,
            participant_identity=identity,
            transfer_to=address,
            ringing_timeout=Duration(seconds=RINGING_TIMEOUT),
        )
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT), self._asked_once(room) as server:
                response = await server.sip.transfer_sip_participant(request)
        except TimeoutError:
            said = f"nobody answered within {RINGING_TIMEOUT} s"
            raise RoomError(f"the call could not be transferred: {said}") from None
        except (api.ServerError, aiohttp.ClientError, OSError) as error:
            raise RoomError(f"the call could not be transferred: {_explained(error, identity)}") from None
        if response.status == SIPTransferStatus.STS_TRANSFER_FAILED:
            raise RoomError(f"the call could not be transferred: {_reason(response)}")

    async def dial(self, room: str, call: OutgoingCall) -> None:
        """Call a telephone into a room; return when it is answered. Raises CallFailed.

        Whoever is cancelled meanwhile, or does not want an answer after a failure, has to `hang_up`.
        """
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=call.trunk,
            sip_call_to=call.number,
            sip_number=call.caller_number,
            room_name=room,
            participant_identity=call.identity,
            participant_name=call.number,
            ringing_timeout=Duration(seconds=call.ring_delay),
            wait_until_answered=True,  # without it the server answers at once, and never says why nobody did
        )
        try:
            async with asyncio.timeout(call.ring_delay + ANSWER_MARGIN), self._asked_once(room) as server:
                await server.sip.create_sip_participant(request)
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _call_failed(error, call) from None

    async def hang_up(self, room: str, identity: str) -> None:
        """End a telephone call, also one that rings; nothing happens when it is over. Raises RoomError."""
        request = api.RoomParticipantIdentity(room=room, identity=identity)
        token = server_token(api_key=self._api_key, api_secret=self._api_secret, room=room)
        try:
            async with asyncio.timeout(HANG_UP_TIMEOUT), aiohttp.ClientSession() as session:
                await api.LiveKitAPI.with_token(token, self._url, session=session).room.remove_participant(request)
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            if not isinstance(error, api.ServerError) or error.code != api.ServerErrorCode.NOT_FOUND:
                raise RoomError(f"the call could not be ended: {_explained(error, identity)}") from None

    @asynccontextmanager
    async def _asked_once(self, room: str) -> AsyncIterator[api.LiveKitAPI]:
        """Ask once, whatever comes of it: a second call to the same telephone would be worse than none."""
        token = sip_token(api_key=self._api_key, api_secret=self._api_secret, room=room)
        async with aiohttp.ClientSession() as session:
            yield api.LiveKitAPI.with_token(token, self._url, session=session, failover=False)


def _call_failed(error: BaseException, call: OutgoingCall) -> CallFailed:
    code = api.ServerErrorCode
    reason, status, detail = CallFailure.SERVER, "", ""
    match error:
        case api.SipCallError(sip_status_code=int(status_code)):
            reason, status = failure_of(status_code), f"{status_code} {_phrase(error.sip_status)}".strip()
        case api.ServerError(code=code.CANCELED) if _SILENT_TRUNK in error.message:
            reason, detail = CallFailure.CARRIER, "it does not answer the server"
        case api.ServerError() if _NO_SERVICE in error.message:
            detail = "it runs without LiveKit's SIP service: give both the same Redis"
        case TimeoutError() | api.ServerError(code=code.CANCELED | code.DEADLINE_EXCEEDED):
            reason, detail = CallFailure.NO_ANSWER, f"it rang for {call.ring_delay} s"
        case api.ServerError(code=code.NOT_FOUND):
            reason, detail = CallFailure.NO_TRUNK, call.trunk
        case api.ServerError(code=code.INVALID_ARGUMENT | code.FAILED_PRECONDITION | code.RESOURCE_EXHAUSTED):
            reason, detail = CallFailure.REFUSED, error.message
        case _:
            detail = _explained(error, call.identity)
    return CallFailed(call.number, reason, status=status, detail=detail)


_NO_SERVICE = "sip not connected"
"""In what livekit-server says when it has no Redis, by which it reaches the SIP service (heard from version 1.13.5)."""

_SILENT_TRUNK = "transaction failed to complete"
"""In what LiveKit's SIP service says when nothing comes back from a trunk (livekit/sip, transactionTimeoutError)."""


def _phrase(status: str | None) -> str:
    """Return a SIP status in words; some servers give the name of LiveKit's enum, SIP_STATUS_BUSY_HERE."""
    prefix = "SIP_STATUS_"
    name = status or ""
    return name.removeprefix(prefix).replace("_", " ").title() if name.startswith(prefix) else name


def _explained(error: BaseException, identity: str) -> str:
    match error:
        case api.SipCallError():
            said = f"{error.sip_status_code or ''} {error.sip_status or ''}".strip()
            reason = (error.sip_transfer_reason or "").removeprefix("STR_").replace("_", " ").lower()
            return ", ".join(part for part in (reason, said) if part) or f"the server failed ({error.message})"
        case api.ServerError(code="not_found"):
            return f"the server knows no telephone call of {identity}"
        case api.ServerError(status=401 | 403):
            return "the server does not allow this API key to do that"
        case api.ServerError(status=404):
            return "the server has no SIP service"
        case api.ServerError():
            return f"the server failed ({error.message or error.code})"
        case TimeoutError():
            return "the server does not answer"
    return "the server cannot be reached"


def _reason(response: TransferSIPParticipantResponse) -> str:
    said = f"{response.sip_status.code or ''} {response.sip_status.status}".strip()
    reason = name_in(SIPTransferReason, response.reason).removeprefix("STR_").replace("_", " ").lower()
    return f"{reason}, {said}" if said else reason

"""Cold transfers of telephone calls, by the server's SIP service: the caller leaves the room, and goes on elsewhere."""

import asyncio

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPTransferReason, SIPTransferStatus, TransferSIPParticipantResponse

from bot.room.token import sip_token
from pipeline.errors import RoomError

RINGING_TIMEOUT = 25
"""Seconds for which it rings at the other side."""

ANSWER_TIMEOUT = RINGING_TIMEOUT + 3.0
"""Seconds for the server's answer: the client library waits for 2 s longer than it rings."""


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
        token = sip_token(api_key=self._api_key, api_secret=self._api_secret, room=room)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT), aiohttp.ClientSession() as session:
                # Once, whatever comes of it: a second call to the same colleague would be worse than none.
                service = api.LiveKitAPI.with_token(token, self._url, session=session, failover=False).sip
                response = await service.transfer_sip_participant(request)
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RoomError(f"the call could not be transferred: {_explained(error, identity)}") from None
        if response.status == SIPTransferStatus.STS_TRANSFER_FAILED:
            raise RoomError(f"the call could not be transferred: {_reason(response)}")


def _explained(error: BaseException, identity: str) -> str:
    match error:
        case api.SipCallError():
            said = f"{error.sip_status_code or ''} {error.sip_status or ''}".strip()
            reason = (error.sip_transfer_reason or "").removeprefix("STR_").replace("_", " ").lower()
            return ", ".join(part for part in (reason, said) if part)
        case api.ServerError(code="not_found"):
            return f"the server knows no telephone call of {identity}"
        case api.ServerError(status=401 | 403):
            return "the server does not allow this API key to do that"
        case api.ServerError(status=404):
            return "the server has no SIP service"
        case api.ServerError():
            return f"the server failed ({error.message or error.code})"
        case TimeoutError():
            return f"nobody answered within {RINGING_TIMEOUT} s"
    return "the server cannot be reached"


def _reason(response: TransferSIPParticipantResponse) -> str:
    said = f"{response.sip_status.code or ''} {response.sip_status.status}".strip()
    reason = SIPTransferReason.Name(response.reason).removeprefix("STR_").replace("_", " ").lower()
    return f"{reason}, {said}" if said else reason

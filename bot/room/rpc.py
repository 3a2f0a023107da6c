"""Calls of the methods that a person's app has registered in the room: LiveKit's RPC."""

import asyncio

from livekit import rtc

from bot.room.microphone import NativelyGone
from pipeline.errors import RoomError

MOST_BYTES = 15_360
"""Bytes of a payload that the first version of LiveKit's RPC takes (MAX_V1_PAYLOAD_BYTES of its Rust SDK). The client
library knows which version an app has, and holds only old ones to it."""

ROUND_TRIP = 7.0
"""Seconds for a request to reach the app and to be acknowledged: the default of the client library. It leaves the
app the rest of the timeout to answer in, so this is added to what the app is to have."""

Code = rtc.RpcError.ErrorCode

_GONE = "{person} is not in the room any more"
_SILENT = "the app of {person} did not answer {method} in time"
_TOO_LONG = "the app of {person} takes at most {most:,} bytes, and the payload of {method} has {size:,}: send less"

_EXPLAINED: dict[int, str] = {
    Code.UNSUPPORTED_METHOD: "the app of {person} has no method {method}",
    Code.RECIPIENT_NOT_FOUND: _GONE,
    Code.RECIPIENT_DISCONNECTED: _GONE,
    Code.CONNECTION_TIMEOUT: _SILENT,
    Code.RESPONSE_TIMEOUT: _SILENT,
    Code.REQUEST_PAYLOAD_TOO_LARGE: _TOO_LONG,
    Code.RESPONSE_PAYLOAD_TOO_LARGE: "the answer of {method} is longer than {most:,} bytes: ask for less",
    Code.APPLICATION_ERROR: "the app of {person} failed in {method}",
    Code.UNSUPPORTED_SERVER: "this LiveKit server knows no RPC: it needs version 1.8 or newer",
    Code.UNSUPPORTED_VERSION: "the app of {person} has another version of LiveKit's RPC: update it",
}
"""What the codes of LiveKit mean; every other code is the app's own, and has its own text."""


async def perform_rpc(caller: rtc.LocalParticipant, person: str, method: str, payload: str, timeout: float) -> str:
    """Call a method of a person's app; return its answer. `timeout`: seconds.

    Raises RoomError that says why there is none.
    """
    try:
        async with asyncio.timeout(timeout):
            return await caller.perform_rpc(
                destination_identity=person,
                method=method,
                payload=payload,
                response_timeout=timeout + ROUND_TRIP,
                max_round_trip_latency=ROUND_TRIP,
            )
    except TimeoutError:
        raise RoomError(_SILENT.format(person=person, method=method)) from None
    except NativelyGone as error:
        raise RoomError(f"{method} could not be called: {error}") from None
    except rtc.RpcError as error:
        raise RoomError(_explained(error, person, method, payload)) from None


def _explained(error: rtc.RpcError, person: str, method: str, payload: str) -> str:
    if text := _EXPLAINED.get(error.code):
        return text.format(person=person, method=method, most=MOST_BYTES, size=len(payload.encode()))
    said = ": ".join(part for part in (error.message, error.data) if part) or f"error {error.code}"
    return f"the app of {person} refused {method}: {said}"

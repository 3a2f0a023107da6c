"""The methods of a person's app: what is sent, and what each failure is told as."""

import asyncio
from typing import Any

import pytest
from livekit import rtc

from bot.room.membership import Membership
from bot.room.rpc import MOST_BYTES, ROUND_TRIP, perform_rpc
from bot.room.voice import RoomVoice
from pipeline.errors import RoomError
from pipeline.testing import virtual_time

Code = rtc.RpcError.ErrorCode


class Caller:
    """A local participant whose calls come to this."""

    def __init__(self, answer: str | Exception | None = "yes") -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    async def perform_rpc(self, **asked: Any) -> str:
        self.asked.append(asked)
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        assert isinstance(self.answer, str)
        return self.answer


async def performed(caller: Caller, payload: str = "{}", timeout: float = 5.0) -> str:
    return await perform_rpc(caller, "ann", "where", payload, timeout)  # type: ignore[arg-type]


async def test_the_app_has_the_whole_time_to_answer() -> None:
    """The client library takes the way there off the time that it tells the app."""
    caller = Caller()
    assert await performed(caller, timeout=5.0) == "yes"
    assert caller.asked == [
        {
            "destination_identity": "ann",
            "method": "where",
            "payload": "{}",
            "response_timeout": 5.0 + ROUND_TRIP,
            "max_round_trip_latency": ROUND_TRIP,
        }
    ]


@virtual_time
async def test_one_that_does_not_answer_is_waited_for_no_longer_than_that() -> None:
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    with pytest.raises(RoomError, match="the app of ann did not answer where in time"):
        await performed(Caller(None), timeout=5.0)
    assert loop.time() - began_at == pytest.approx(5.0)


@pytest.mark.parametrize("code", list(Code))
async def test_every_code_of_livekit_is_explained_in_words(code: Code) -> None:
    with pytest.raises(RoomError) as failure:
        await performed(Caller(rtc.RpcError._built_in(code)))
    told = str(failure.value)
    assert str(int(code)) not in told
    assert "{" not in told
    assert told != rtc.RpcError.ErrorMessage[code]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (rtc.RpcError._built_in(Code.UNSUPPORTED_METHOD), "the app of ann has no method where"),
        (rtc.RpcError._built_in(Code.RECIPIENT_DISCONNECTED), "ann is not in the room any more"),
        (rtc.RpcError(7, "Not allowed", "the person said no"), "refused where: Not allowed: the person said no"),
        (rtc.RpcError(7, "", ""), "refused where: error 7"),
        (AssertionError("natively gone"), "where could not be called: natively gone"),
    ],
)
async def test_what_went_wrong_is_told(error: Exception, told: str) -> None:
    with pytest.raises(RoomError, match=told):
        await performed(Caller(error))


async def test_too_long_a_payload_is_told_with_its_bytes() -> None:
    payload = "ü" * MOST_BYTES
    with pytest.raises(RoomError, match="at most 15,360 bytes, and the payload of where has 30,720"):
        await performed(Caller(rtc.RpcError._built_in(Code.REQUEST_PAYLOAD_TOO_LARGE)), payload)


class Connected:
    """A connection of a membership."""

    reconnecting = False

    def __init__(self, caller: Caller) -> None:
        self.participant = caller


@pytest.mark.parametrize(
    ("linked", "away_until", "fault"),
    [
        (None, None, "the person is not in the room at the moment"),
        ("ann", 9.0, "ann is not in the room at the moment"),
        ("ann", None, None),
    ],
)
async def test_a_person_who_is_not_there_is_not_waited_for(
    linked: str | None, away_until: float | None, fault: str | None
) -> None:
    caller = Caller()
    membership = Membership(url="ws://nowhere", make_token=str, voice=RoomVoice(24_000), emit=lambda _: None)
    membership._connection = Connected(caller)  # type: ignore[assignment]
    membership._linker.linked, membership._linker.away_until = linked, away_until
    if fault is None:
        assert await membership.perform_rpc("where", "{}", 5.0) == "yes"
    else:
        with pytest.raises(RoomError, match=fault):
            await membership.perform_rpc("where", "{}", 5.0)
        assert caller.asked == []

"""Each refusal and each end has its advice; the texts are those of livekit 1.2.0 against livekit-server 1.13.5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit import rtc

from bot.room.endings import Next, after_disconnect, explain_join_failure, may_pass

URL = "ws://127.0.0.1:7880"
# Anything may stand in a token's characters, the words and numbers that are looked for included.
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHBpcmVk.403-404-500-refused-lookup"

REFUSALS = [
    ("engine: signal failure: client error: 401 Unauthorized - invalid API key: nokey", "does not know this API key"),
    (
        f"engine: signal failure: client error: 401 Unauthorized - invalid token: {TOKEN}, "
        "error: token signature is invalid: signature is invalid",
        "the API secret does not fit",
    ),
    (
        f"engine: signal failure: client error: 401 Unauthorized - invalid token: {TOKEN}, "
        "error: token has invalid claims: token is expired",
        "has expired: make a new",
    ),
    (
        f"engine: signal failure: client error: 401 Unauthorized - invalid token: {TOKEN}, "
        "error: token has invalid claims: token is not valid yet",
        "is not valid yet: check this machine's clock",
    ),
    ("engine: signal failure: client error: 401 Unauthorized - permissions denied", "roomJoin"),
    (
        f"engine: signal failure: client error: 401 Unauthorized - {TOKEN}",
        "the server refused the access token: check LIVEKIT_TOKEN",
    ),
    ("engine: signal failure: client error: 400 Bad Request - no room name", "with the grant room"),
    ("engine: signal failure: client error: 403 Forbidden - something else", "check its grants"),
    ("engine: signal failure: client error: 404 Not Found - requested room does not exist", "does not exist"),
]
ACCIDENTS = [
    ("engine: signal failure: handshake error: 500 Internal Server Error", "max_participants"),
    (
        "engine: signal failure: transport connection error: IO error: Connection refused (os error 111)",
        "start the server",
    ),
    (
        "engine: signal failure: transport connection error: IO error: "
        "failed to lookup address information: Name or service not known",
        "host name",
    ),
    ("engine: signal failure: transport timed out", "firewalls"),
    ("engine: signal failure: client error: 429 Too Many Requests", "no LiveKit server answered"),
    ("something that was never seen before", "no LiveKit server answered"),
]


@pytest.mark.parametrize(("error", "advice"), REFUSALS + ACCIDENTS)
def test_a_failed_join_says_what_to_do(error: str, advice: str) -> None:
    text = explain_join_failure(error, URL)
    assert advice in text
    assert URL in text
    assert "eyJ" not in text


@pytest.mark.parametrize(("error", "passes"), [(e, False) for e, _ in REFUSALS] + [(e, True) for e, _ in ACCIDENTS])
def test_only_what_may_pass_is_tried_again(error: str, passes: bool) -> None:
    assert may_pass(error) is passes


@pytest.mark.parametrize("port", [4010, 4030, 14040, 5001])
def test_a_port_is_no_status(port: int) -> None:
    error = f"engine: signal failure: transport connection error: ws://127.0.0.1:{port}: Connection refused"
    assert may_pass(error)
    assert "start the server" in explain_join_failure(error, URL)


@given(st.text("ABCDEFGHIJabcdefghij0134_-", min_size=1))
def test_what_stands_in_a_token_is_no_reason(signature: str) -> None:
    assert may_pass(f"engine: signal failure: transport timed out: eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.{signature}")


FOLLOWS = {
    "CLIENT_INITIATED": Next.LEAVE,
    "PARTICIPANT_REMOVED": Next.LEAVE,
    "ROOM_DELETED": Next.REOPEN,
    "ROOM_CLOSED": Next.REOPEN,
    "DUPLICATE_IDENTITY": Next.GIVE_UP,
}


@pytest.mark.parametrize("reason", [*rtc.DisconnectReason.keys(), "SOMETHING_NEW"])
def test_every_other_disconnect_is_an_accident(reason: str) -> None:
    assert after_disconnect(reason) is FOLLOWS.get(reason, Next.REJOIN)


def test_the_named_reasons_exist() -> None:
    assert set(FOLLOWS) <= set(rtc.DisconnectReason.keys())

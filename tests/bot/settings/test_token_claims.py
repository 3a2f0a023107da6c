"""What a token shows by itself of why it does not fit."""

from typing import Any

import pytest

from bot.settings.token_claims import CLOCK_LEEWAY, token_faults

NOW = 1_700_000_000.0
FITS: dict[str, Any] = {"sub": "cook", "exp": NOW + 3600, "nbf": NOW - 10}
GRANTS: dict[str, Any] = {"roomJoin": True, "room": "kitchen"}


def faults(claims: dict[str, Any], grants: dict[str, Any], room: str | None = "kitchen") -> list[str]:
    given = {**FITS, "video": {**GRANTS, **grants}, **claims}
    return token_faults(given, room=room, identity="cook", now=NOW)


@pytest.mark.parametrize(
    ("claims", "grants"),
    [
        ({}, {}),
        ({}, {"canPublish": None, "canSubscribe": None, "canPublishSources": None, "hidden": None}),
        ({}, {"canPublish": True, "canSubscribe": True, "canPublishSources": [], "hidden": False}),
        ({}, {"canPublishSources": ["camera", "microphone"]}),
        ({}, {"canPublishData": False}),  # the bot talks all the same, and says what is not shown
        ({"exp": NOW - CLOCK_LEEWAY + 1}, {}),
        ({"nbf": NOW + CLOCK_LEEWAY - 1}, {}),
        ({"exp": None, "nbf": None}, {}),
    ],
)
def test_a_token_that_fits(claims: dict[str, Any], grants: dict[str, Any]) -> None:
    assert faults(claims, grants) == []


@pytest.mark.parametrize(
    ("claims", "grants", "fault"),
    [
        ({"exp": NOW - CLOCK_LEEWAY}, {}, "expired at 2023-11-14 22:12 UTC"),
        ({"exp": -1e30}, {}, "expired at an impossible date"),
        ({"nbf": NOW + 3600}, {}, "is not valid before 2023-11-14 23:13 UTC; check this machine's clock"),
        ({}, {"roomJoin": False}, "does not grant roomJoin"),
        ({}, {"room": "Kitchen"}, "is for the room 'Kitchen', not 'kitchen' (capitals matter); change one of them"),
        ({}, {"room": ""}, "names no room"),
        ({}, {"room": None}, "names no room"),
        ({}, {"room": "hall"}, "is for the room 'hall', not 'kitchen'; change one of them"),
        ({}, {"canPublish": False}, "denies canPublish, without which the bot cannot speak"),
        ({}, {"canSubscribe": False}, "denies canSubscribe, without which the bot cannot hear"),
        ({}, {"canPublishSources": ["camera"]}, "allows to publish camera only; add 'microphone'"),
        ({}, {"canPublishSources": ["screen_share", "screen_share_audio"]}, "screen_share, screen_share_audio only"),
        ({}, {"canPublishSources": ["Microphone"]}, "add 'microphone'"),  # the server takes no capitals for it
        ({}, {"hidden": True}, "is hidden, so nobody would hear the bot"),
        ({"sub": None}, {}, "names no identity"),
        ({"sub": "me"}, {}, "is for the identity 'me', not 'cook'"),
    ],
)
def test_a_token_that_does_not_fit_says_why(claims: dict[str, Any], grants: dict[str, Any], fault: str) -> None:
    (told,) = faults(claims, grants)
    assert fault in told


def test_all_faults_are_named_at_once() -> None:
    assert len(faults({"exp": 0, "sub": ""}, {"roomJoin": 1, "room": "hall", "canPublish": False})) == 5

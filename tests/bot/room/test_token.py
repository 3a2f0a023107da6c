"""The bot's access token, judged by LiveKit's own reader of tokens."""

import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jwt
import pytest
from livekit import api

from bot.room.token import TOKEN_LIFE, agent_token, person_token, server_token, visitor_token
from bot.settings.reading import read_settings

KEYS = {"api_key": "key", "api_secret": "a secret that is long enough for PyJWT"}


def test_the_token_is_the_one_that_livekits_own_library_makes() -> None:
    grants = api.VideoGrants(room_join=True, room="lobby", agent=True, can_update_own_metadata=True)
    theirs = api.AccessToken(*KEYS.values()).with_identity("me").with_name("Rawbot").with_kind("agent")
    expected = theirs.with_ttl(TOKEN_LIFE).with_grants(grants).to_jwt()

    verifier = api.TokenVerifier(*KEYS.values())
    ours = verifier.verify(agent_token(**KEYS, room="lobby", identity="me"))
    assert asdict(ours) == asdict(verifier.verify(expected))


def test_the_token_lives_as_long_as_said() -> None:
    claims = jwt.decode(agent_token(**KEYS, room="lobby", identity="me"), options={"verify_signature": False})
    assert abs(claims["nbf"] - time.time()) < 10
    assert claims["exp"] - claims["nbf"] == TOKEN_LIFE.total_seconds()


DEV_KEYS = {"api_key": "devkey", "api_secret": "secret"}
VISITOR: dict[str, Any] = {**DEV_KEYS, "name": "Me", "metadata": "", "attributes": {}, "room_config": None}


@pytest.mark.parametrize(
    "make",
    [
        lambda: agent_token(**DEV_KEYS, room="lobby", identity="me"),
        lambda: person_token(**DEV_KEYS, room="lobby", identity="me"),
        lambda: visitor_token(room="lobby", identity="me", **VISITOR),
        lambda: server_token(**DEV_KEYS, room="lobby"),
    ],
    ids=["agent", "person", "visitor", "server"],
)
def test_the_short_secret_of_a_development_server_is_no_reason_to_warn(
    make: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = jwt.encode

    def watched(*arguments: Any, **keywords: Any) -> str:
        assert warnings.filters == filters, "all threads share the filters: not even for a moment may they change"
        return encode(*arguments, **keywords)

    monkeypatch.setattr(jwt, "encode", watched)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = list(warnings.filters)
        token = make()
        read_settings({}, environ={"LIVEKIT_TOKEN": token}, directory=Path())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api.TokenVerifier(*DEV_KEYS.values()).verify(token)  # the same signature as with the short secret

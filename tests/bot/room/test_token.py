"""The bot's access token, judged by LiveKit's own reader of tokens."""

import time
import warnings
from dataclasses import asdict

import jwt
from livekit import api

from bot.room.token import TOKEN_LIFE, agent_token

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


def test_the_short_secret_of_a_development_server_is_no_reason_to_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agent_token(api_key="devkey", api_secret="secret", room="lobby", identity="me")

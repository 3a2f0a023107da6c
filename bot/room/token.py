"""The access tokens with which the bot joins and asks the server, and with which a caller joins."""

import time
from collections.abc import Mapping
from datetime import timedelta

import jwt

TOKEN_LIFE = timedelta(hours=6)
"""Lifetime of a token for the room. The server renews it for participants; a rejoin makes a new one."""

PERSON_TOKEN_LIFE = timedelta(hours=1)
"""Lifetime of a person's token; it only matters for joining."""

VISITOR_TOKEN_LIFE = timedelta(minutes=15)
"""Lifetime of the token of a visitor of the page; the server renews it for participants."""

SERVER_TOKEN_LIFE = timedelta(minutes=5)
"""Lifetime of a token for the server's API: it is made anew for each use."""

SHORTEST_KEY = 32
"""Bytes of a key of HS256, below which PyJWT warns (RFC 7518, 3.2)."""


def agent_token(*, api_key: str, api_secret: str, room: str, identity: str, name: str = "Rawbot") -> str:
    """A token of kind agent, as LiveKit's frontends look for one.

    `canUpdateOwnMetadata` lets the bot set its `lk.agent.state`: without the grant, setting silently does nothing.
    The claims are those of `livekit.api.AccessToken`, which is not used: importing livekit.api takes half as long as
    all the rest of the bot, as it brings the HTTP client of the server's whole API.
    """
    claims = {
        "sub": identity,
        "name": name,
        "kind": "agent",
        "video": {
            "room": room,
            "roomJoin": True,
            "agent": True,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": True,
            "canUpdateOwnMetadata": True,
        },
    }
    return signed_token(claims, api_key=api_key, api_secret=api_secret, life=TOKEN_LIFE)


def person_token(*, api_key: str, api_secret: str, room: str, identity: str) -> str:
    """A token of the standard kind, for who calls a bot: what bots listen to."""
    video = {"room": room, "roomJoin": True, "canPublish": True, "canSubscribe": True, "canPublishData": True}
    claims = {"sub": identity, "name": identity, "kind": "standard", "video": video}
    return signed_token(claims, api_key=api_key, api_secret=api_secret, life=PERSON_TOKEN_LIFE)


def visitor_token(
    *,
    api_key: str,
    api_secret: str,
    room: str,
    identity: str,
    name: str,
    metadata: str,
    attributes: Mapping[str, str],
    room_config: Mapping[str, object] | None,
    life: timedelta = VISITOR_TOKEN_LIFE,
) -> str:
    """Make a token of the standard kind for a visitor of the page, who may change their own name and attributes."""
    claims: dict[str, object] = {
        "sub": identity,
        "name": name,
        "kind": "standard",
        "metadata": metadata,
        "attributes": dict(attributes),
        "video": {
            "room": room,
            "roomJoin": True,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": True,
            "canUpdateOwnMetadata": True,
        },
    }
    if room_config is not None:
        claims["roomConfig"] = room_config
    return signed_token(claims, api_key=api_key, api_secret=api_secret, life=life)


def server_token(*, api_key: str, api_secret: str, room: str = "") -> str:
    """A token for the server's API: to list, make and delete rooms, and for what goes on in `room`."""
    video = {"roomList": True, "roomCreate": True, "roomAdmin": True, "room": room}
    return signed_token({"video": video}, api_key=api_key, api_secret=api_secret, life=SERVER_TOKEN_LIFE)


def sip_token(*, api_key: str, api_secret: str, room: str) -> str:
    """A token to transfer the telephone calls in a room, with the claims that livekit-api's own would have."""
    claims = {"video": {"roomAdmin": True, "room": room}, "sip": {"call": True}}
    return signed_token(claims, api_key=api_key, api_secret=api_secret, life=SERVER_TOKEN_LIFE)


def worker_token(*, api_key: str, api_secret: str) -> str:
    """A token with which a worker connects: LiveKit may offer it jobs."""
    return signed_token({"video": {"agent": True}}, api_key=api_key, api_secret=api_secret, life=SERVER_TOKEN_LIFE)


def signed_token(claims: Mapping[str, object], *, api_key: str, api_secret: str, life: timedelta) -> str:
    """Sign these claims for `life` from now on; what they say of issuer and time is replaced."""
    now = int(time.time())
    whole = {**claims, "iss": api_key, "nbf": now, "exp": now + int(life.total_seconds())}
    # PyJWT warns of keys under 32 bytes, such as the `secret` of every development server. HMAC itself pads a key with
    # zeros up to 64 bytes (RFC 2104): a key padded here gives the same signature, and no warning to silence.
    return jwt.encode(whole, api_secret.encode().ljust(SHORTEST_KEY, b"\0"), algorithm="HS256")

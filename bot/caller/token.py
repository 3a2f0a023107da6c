"""The access token with which a person joins."""

import time
import warnings
from datetime import timedelta

import jwt

TOKEN_LIFE = timedelta(hours=1)
"""How long it admits to the room; who is in the room stays."""


def person_token(*, api_key: str, api_secret: str, room: str, identity: str) -> str:
    """A token of the standard kind: what bots listen to. The claims are those of `livekit.api.AccessToken`."""
    now = int(time.time())
    video = {"room": room, "roomJoin": True, "canPublish": True, "canSubscribe": True, "canPublishData": True}
    claims = {
        "iss": api_key,
        "sub": identity,
        "name": identity,
        "kind": "standard",
        "nbf": now,
        "exp": now + int(TOKEN_LIFE.total_seconds()),
        "video": video,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)  # the secret is the server's choice
        return jwt.encode(claims, api_secret, algorithm="HS256")

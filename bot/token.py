"""The access token with which the bot joins."""

import time
import warnings
from datetime import timedelta

import jwt

TOKEN_LIFE = timedelta(hours=6)
"""How long a token admits to the room. The server renews it for who is in the room; a rejoin makes a new one."""


def agent_token(*, api_key: str, api_secret: str, room: str, identity: str, name: str = "Rawbot") -> str:
    """A token of kind agent, as LiveKit's frontends look for one.

    `canUpdateOwnMetadata` lets the bot set its `lk.agent.state`: without the grant, setting silently does nothing.
    The claims are those of `livekit.api.AccessToken`, which is not used: importing livekit.api takes half as long as
    all the rest of the bot, as it brings the HTTP client of the server's whole API.
    """
    now = int(time.time())
    claims = {
        "iss": api_key,
        "sub": identity,
        "name": name,
        "kind": "agent",
        "nbf": now,
        "exp": now + int(TOKEN_LIFE.total_seconds()),
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
    with warnings.catch_warnings():
        # The secret is the server's: who runs the bot cannot lengthen the `secret` of a development server.
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        return jwt.encode(claims, api_secret, algorithm="HS256")

"""Tables for refusals and disconnects: what LiveKit reports, and what the bot does about it."""

import re
from enum import Enum, auto

from bot.process.redaction import redact


class Next(Enum):
    """The consequence of a disconnect for the membership of the room."""

    LEAVE = auto()
    """Over, normally."""
    REOPEN = auto()
    """Over, normally; who wants to stay joins the room again, which opens it anew."""
    REJOIN = auto()
    """An accident: join again."""
    GIVE_UP = auto()
    """Over, and joining again would do harm."""


_AFTER = {
    "CLIENT_INITIATED": Next.LEAVE,
    "PARTICIPANT_REMOVED": Next.LEAVE,
    "ROOM_DELETED": Next.REOPEN,
    "ROOM_CLOSED": Next.REOPEN,
    "DUPLICATE_IDENTITY": Next.GIVE_UP,
}


def after_disconnect(reason: str) -> Next:
    """Return what follows a disconnect with this `livekit.DisconnectReason` name; unknown ones are accidents."""
    return _AFTER.get(reason, Next.REJOIN)


def may_pass(error: str) -> bool:
    """Whether the same attempt to join may succeed later: no answer, or a server error, but never a refusal."""
    return not _REFUSED.search(redact(error))


_REFUSED = re.compile(r"error: 4(?!08|29)\d\d")
"""An HTTP status 4xx other than 408 (Request Timeout) and 429 (Too Many Requests), as the client library words it."""

_NOBODY = "nothing listens there: start the server, or correct LIVEKIT_URL"

_ADVICE = (
    (
        "invalid API key",
        "the server does not know this API key: check LIVEKIT_API_KEY and LIVEKIT_URL, or LIVEKIT_TOKEN",
    ),
    (
        "signature is invalid",
        "the API secret does not fit the API key: check LIVEKIT_API_SECRET, or LIVEKIT_TOKEN",
    ),
    ("not valid yet", "the access token is not valid yet: check this machine's clock, or make a new LIVEKIT_TOKEN"),
    ("token is expired", "the access token has expired: make a new LIVEKIT_TOKEN, and check this machine's clock"),
    ("no room name", "the access token names no room: make a LIVEKIT_TOKEN with the grant room"),
    ("permissions denied", "the access token does not allow joining this room: it needs the grants roomJoin and room"),
    ("error: 401", "the server refused the access token: check LIVEKIT_TOKEN, or the API key and secret"),
    ("error: 403", "the server refused the access token: check its grants"),
    ("error: 404", "the room does not exist and the server makes none by itself, or LIVEKIT_URL has a wrong path"),
    ("error: 5", "the server failed; it answers so when the room is full (max_participants), else its log says why"),
    ("Connection refused", _NOBODY),
    ("Connect call failed", _NOBODY),
    ("failed to lookup", "this host name is not known: correct LIVEKIT_URL"),
)
"""Fragments of the client library's and asyncio's connect errors, the most telling first, and what to do. HTTP statuses
stand behind "client error: " (4xx) or "handshake error: " (5xx)."""


def explain_join_failure(error: str, url: str) -> str:
    """Explain the client library's connect error and what to do about it, without secrets."""
    clean = redact(error)  # before looking for fragments, which a token may contain by chance
    advice = next((advice for fragment, advice in _ADVICE if fragment in clean), _NO_ANSWER)
    return f"could not join by {url}: {advice} ({clean})"


_NO_ANSWER = "no LiveKit server answered: check LIVEKIT_URL, and that firewalls let WebSocket and UDP through"

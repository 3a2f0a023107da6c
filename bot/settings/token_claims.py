"""What keeps a LiveKit access token from letting a bot join, as far as the token itself shows it.

The claims, and what is granted where one is missing, are those of livekit/protocol (auth/grants.go). The signature is
the server's to verify: only it knows the secret.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

CLOCK_LEEWAY = 60.0
"""Seconds by which a server lets clocks differ: livekit-server 1.13.5 takes 55 s in both directions, and not 75 s."""

MICROPHONE = "microphone"
"""The source as which the bot publishes its voice."""


def token_faults(claims: Mapping[str, object], *, room: str | None, identity: str | None, now: float) -> list[str]:
    """Return a sentence without its subject, the token, for each reason why it does not fit.

    `room` and `identity` are the wanted ones, None for any; `now` is in seconds since 1970.
    """
    video = claims.get("video")
    grants: Mapping[str, object] = video if isinstance(video, dict) else {}
    return [*_of_time(claims, now), *_of_joining(grants, room), *_of_media(grants), *_of_identity(claims, identity)]


def _of_time(claims: Mapping[str, object], now: float) -> Iterator[str]:
    expires, begins = claims.get("exp"), claims.get("nbf")
    if isinstance(expires, int | float) and expires + CLOCK_LEEWAY <= now:
        yield f"expired at {_instant(expires)}; make a new one, or unset it to use key and secret."
    if isinstance(begins, int | float) and begins - CLOCK_LEEWAY > now:
        yield f"is not valid before {_instant(begins)}; check this machine's clock, or make a new one."


def _of_joining(grants: Mapping[str, object], room: str | None) -> Iterator[str]:
    named = grants.get("room")
    if grants.get("roomJoin") is not True:
        yield "does not grant roomJoin; make one that does."
    elif not named:
        yield "names no room; make one with the grant room."
    if room and named and named != room:
        same = isinstance(named, str) and named.casefold() == room.casefold()
        yield f"is for the room {named!r}, not {room!r}{' (capitals matter)' if same else ''}; change one of them."


def _of_media(grants: Mapping[str, object]) -> Iterator[str]:
    for name, what in (("canPublish", "speak"), ("canSubscribe", "hear")):
        if grants.get(name) is False:
            yield f"denies {name}, without which the bot cannot {what}; make one that does not."
    sources = grants.get("canPublishSources")
    if isinstance(sources, list) and sources and MICROPHONE not in sources:
        yield f"allows to publish {', '.join(map(str, sources))} only; add {MICROPHONE!r} to its canPublishSources."
    if grants.get("hidden") is True:
        yield "is hidden, so nobody would hear the bot; make one without hidden."


def _of_identity(claims: Mapping[str, object], identity: str | None) -> Iterator[str]:
    named = claims.get("sub")
    if not isinstance(named, str) or not named:
        yield "names no identity; make one that does."
    elif identity and identity != named:
        yield f"is for the identity {named!r}, not {identity!r}; leave --identity out or make a new token."


def _instant(seconds: float) -> str:
    """Write seconds since 1970 as a date and time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "an impossible date"

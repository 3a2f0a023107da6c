"""The LiveKit server: whether it answers, takes the keys, and carries a voice from one participant to another."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass

from bot.doctor.finding import Finding
from bot.room.loopback_check import try_room
from bot.room.server import About, Server, ask_about, check_token, measure_round_trip
from bot.room.token import agent_token
from bot.settings.settings import ServerAccess
from bot.settings.values import Secret
from pipeline.errors import RoomError

DELETE_DELAY = 0.5
"""Seconds to delete the room."""

EMPTY_TIMEOUT, DEPARTURE_TIMEOUT = 10, 5
"""Seconds after which the server ends the room by itself, if this process cannot."""


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """Where the server is, and a token made elsewhere, for one room and one identity."""

    url: str
    token: Secret


async def examine_server(access: ServerAccess | TokenAccess) -> list[Finding]:
    """Find out about the server, and about joining its rooms."""
    try:
        round_trip = await measure_round_trip(access.url)
    except RoomError as error:
        return [Finding("server", "fail", str(error))]
    if isinstance(access, TokenAccess):
        return [_server(access.url, About("", ""), round_trip), await _token(access)]
    room = f"rawbot-doctor-{secrets.token_hex(4)}"
    tokens = [
        agent_token(
            api_key=access.api_key.reveal(), api_secret=access.api_secret.reveal(), room=room, identity=identity
        )
        for identity in ("speaker", "listener")
    ]
    about = About("", "")
    try:
        await check_token(access.url, tokens[0])
        async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server:
            await server.make_room(room, empty_timeout=EMPTY_TIMEOUT, departure_timeout=DEPARTURE_TIMEOUT)
            try:
                with suppress(RoomError):  # joining says what is wrong
                    about = await ask_about(access.url, tokens[0])
                trial = await try_room(access.url, tokens[0], tokens[1])
            finally:
                with suppress(RoomError, TimeoutError):  # the server ends it by itself
                    async with asyncio.timeout(DELETE_DELAY):
                        await server.delete_room(room)
    except RoomError as error:
        return [_server(access.url, about, round_trip), Finding("room", "fail", str(error))]
    joined_ms, heard_ms = 1000 * trial.joined_delay, 1000 * trial.heard_delay
    text = f"key accepted; joined and published in {joined_ms:.0f} ms, heard by another {heard_ms:.0f} ms later"
    return [_server(access.url, about, round_trip), Finding("room", "ok", text)]


async def _token(access: TokenAccess) -> Finding:
    try:
        await check_token(access.url, access.token.reveal())
    except RoomError as error:
        return Finding("room", "fail", str(error))
    text = "LIVEKIT_TOKEN accepted; joining was not tried, as it would throw out a bot that uses this token"
    return Finding("room", "ok", text)


def _server(url: str, about: About, round_trip: float) -> Finding:
    version = f"LiveKit {about.version}" if about.version else "LiveKit"
    region = f" in the region {about.region}" if about.region else ""
    text = f"{version}{region} at {url}, {1000 * round_trip:.1f} ms from here and back"
    return Finding("server", "ok", text, round_trip)

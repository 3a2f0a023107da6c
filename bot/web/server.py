"""The page of a talk and its token endpoint, on loopback.

The endpoint has the schema of LiveKit's `TokenSource.endpoint`, so that LiveKit's starter apps can use it as well.
"""

import json
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.process.loopback_port import HOST
from bot.room.room_config import room_config_claim
from bot.room.token import visitor_token
from bot.settings.loopback import is_loopback
from bot.settings.settings import ServerAccess
from bot.web.page_files import page_files

REQUEST_LIMIT = 64 * 1024
"""Bytes of a request's body, at most."""

CLOSE_DELAY = 0.5
"""Seconds that open requests get to finish when the page closes."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Headers of every answer, beside the Content-Security-Policy."""

CLOUD = ".livekit.cloud"
"""Servers below it send their clients to others below it, each for its region."""


@dataclass(frozen=True)
class Invitation:
    """The room that visitors are admitted to, and its server."""

    server: ServerAccess
    room: str
    person: str | None = None
    """The identity for every visitor, when the bot talks to that person only."""
    notes: tuple[str, ...] = field(default=())
    """Lines about the bot that the page shows."""


class BadRequest(Exception):
    """A malformed request; the message is for the person in front of the client."""


@asynccontextmanager
async def open_page(invitation: Invitation, client: Path, bound: socket.socket) -> AsyncIterator[str]:
    """Serve the page on a listening socket of loopback while the block lasts; yield its address.

    `client` is the file with `livekit-client`.
    """
    runner = web.AppRunner(page_app(invitation, client), access_log=None, shutdown_timeout=CLOSE_DELAY)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield f"http://{HOST}:{bound.getsockname()[1]}/"
    finally:
        await runner.cleanup()


def page_app(invitation: Invitation, client: Path) -> web.Application:
    """Make the application: the page's files, GET /api/about and POST /api/token."""

    async def about(_: web.Request) -> web.Response:
        return web.json_response({"notes": invitation.notes})

    async def token(request: web.Request) -> web.Response:
        try:
            decoded = json.loads(await request.text() or "{}")
            return web.json_response(answer_token_request(invitation, decoded))
        except (BadRequest, ValueError, web.HTTPRequestEntityTooLarge) as refusal:
            text = str(refusal) if isinstance(refusal, BadRequest) else "The request must be JSON of at most 64 KiB."
            return web.Response(status=400, text=text)

    async def preflight(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application(client_max_size=REQUEST_LIMIT, middlewares=[_guard(security_policy(invitation.server.url))])
    for path, file in page_files(client).items():
        app.router.add_get(path, file.serve)
    app.router.add_get("/api/about", about)
    app.router.add_post("/api/token", token)
    app.router.add_options("/api/token", preflight)
    return app


def answer_token_request(invitation: Invitation, request: object) -> dict[str, str]:
    """Answer a decoded request to the token endpoint. Raises BadRequest.

    All fields of `livekit_token_source.proto` are optional. The room is always the bot's, whichever was requested.
    """
    if not isinstance(request, dict):
        raise BadRequest("The request must be a JSON object.")
    identity = invitation.person or _text(request, "participant_identity") or f"person-{secrets.token_hex(4)}"
    name = _text(request, "participant_name") or identity
    config = request.get("room_config")
    try:
        room_config = room_config_claim(config) if config else None
    except ValueError:
        raise BadRequest("room_config must be a RoomConfiguration.") from None
    token = visitor_token(
        api_key=invitation.server.api_key.reveal(),
        api_secret=invitation.server.api_secret.reveal(),
        room=invitation.room,
        identity=identity,
        name=name,
        metadata=_text(request, "participant_metadata"),
        attributes=_attributes(request),
        room_config=room_config,
    )
    return {
        "server_url": invitation.server.url,
        "participant_token": token,
        "room_name": invitation.room,
        "participant_name": name,
    }


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name) or ""
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text.")
    return value


def _attributes(request: Mapping[str, Any]) -> dict[str, str]:
    given = request.get("participant_attributes") or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadRequest("participant_attributes must be an object with text values.")
    return given


def security_policy(server_url: str) -> str:
    """Return the Content-Security-Policy: the page runs its own files only, and connects to its LiveKit server only."""
    _, _, place = server_url.partition("://")
    host = place.partition("/")[0]
    places = (host, f"*{CLOUD}") if (urlsplit(server_url).hostname or "").endswith(CLOUD) else (host,)
    schemes = ("wss", "https") if urlsplit(server_url).scheme in ("wss", "https") else ("ws", "http")
    server = " ".join(f"{scheme}://{place}" for place in places for scheme in schemes)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {server}; "
        "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


def _guard(policy: str) -> Middleware:
    """Allow frontends on this machine only, and no web site: a token admits to the room and to the people in it."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and not _is_local(origin):
            return web.Response(status=403, text="Only pages served from this machine may use this endpoint.")
        response = await handler(request)
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = policy
        response.headers.add("Vary", "Origin")
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        return response

    return guard


def _is_local(origin: str) -> bool:
    return is_loopback(urlsplit(origin).hostname or "")

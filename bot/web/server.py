"""The page of a talk and its token endpoint, on loopback.

The endpoint has the schema of LiveKit's `TokenSource.endpoint`, so that LiveKit's starter apps can use it as well.
"""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL
from aiohttp.typedefs import Handler, Middleware

from bot.settings.loopback import LOOPBACK
from bot.settings.settings import ServerAccess
from bot.web.api.body import BODY_LIMIT, read_object
from bot.web.api.origins import Origins
from bot.web.api.problems import answer_problems
from bot.web.api.token_request import answer, read_token_request
from bot.web.headers import protect, security_policy
from bot.web.page_files import page_files

CLOSE_DELAY = 0.5
"""Seconds that open requests get to finish when the page closes."""


@dataclass(frozen=True)
class Invitation:
    """The room that visitors are admitted to, and its server."""

    server: ServerAccess
    room: str
    person: str | None = None
    """The identity for every visitor, when the bot talks to that person only."""
    notes: tuple[str, ...] = field(default=())
    """Lines about the bot that the page shows."""


@asynccontextmanager
async def open_page(invitation: Invitation, client: Path, bound: socket.socket) -> AsyncIterator[str]:
    """Serve the page on a listening socket of loopback while the block lasts; yield its address.

    `client` is the file with `livekit-client`.
    """
    runner = web.AppRunner(page_app(invitation, client), access_log=None, shutdown_timeout=CLOSE_DELAY)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield f"http://{LOOPBACK}:{bound.getsockname()[1]}/"
    finally:
        await runner.cleanup()


def page_app(invitation: Invitation, client: Path) -> web.Application:
    """Make the application: the page's files, GET /api/about and POST /api/token."""

    async def about(_: web.Request) -> web.Response:
        return web.json_response({"notes": invitation.notes})

    async def token(request: web.Request) -> web.Response:
        """Admit to the bot's room, whichever was requested."""
        wanted = read_token_request(await read_object(request))
        identity = invitation.person or wanted.identity or f"person-{secrets.token_hex(4)}"
        config = wanted.room_config
        return web.json_response(
            answer(invitation.server, wanted, room=invitation.room, identity=identity, room_config=config)
        )

    async def preflight(_: web.Request) -> web.Response:
        return web.Response(status=204)

    guard = _guard(Origins(), security_policy(invitation.server.url))
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[guard, answer_problems])
    for path, file in page_files(client).items():
        app.router.add_get(path, file.serve)
    app.router.add_get("/api/about", about)
    app.router.add_post("/api/token", token)
    app.router.add_options("/api/token", preflight)
    return app


def _guard(origins: Origins, policy: str) -> Middleware:
    """Allow frontends on this machine only, and no web site: a token admits to the room and to the people in it."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (refusal := origins.refusal(request)) is not None:
            return refusal.response()
        response = await handler(request)
        protect(response, policy)
        origins.mark(request, response, "POST, OPTIONS")
        if request.path.startswith("/api/"):
            response.headers[CACHE_CONTROL] = "no-store"
        return response

    return guard

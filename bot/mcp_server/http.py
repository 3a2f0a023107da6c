"""The server over streamable HTTP: on this machine only, for clients that have the token."""

import asyncio
import hmac
import logging
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from bot.mcp_server.server import make_server
from bot.mcp_server.setup import Setup
from bot.settings.loopback import LOOPBACK
from pipeline.errors import SettingsError

PATH = "/mcp"

TOKEN_VARIABLE = "RAWBOT_MCP_TOKEN"
SHORTEST_TOKEN = 16
"""Characters of a token; any program on this machine may try any number of tokens."""

IDLE_DELAY = 120.0
"""Seconds without a request or an open stream of a client after which its session ends and the room is left."""

MOST_SESSIONS = 16


class OneToken:
    """The SDK's TokenVerifier for a single token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return the holder of a token; None for a wrong one."""
        if not hmac.compare_digest(token.encode(), self._token):
            return None
        return AccessToken(token=token, client_id="local", scopes=[])


def chosen_token(environ: Mapping[str, str]) -> tuple[str, bool]:
    """Return the token, and whether it was generated here. Raises SettingsError for one that is too short."""
    token = environ.get(TOKEN_VARIABLE, "")
    if not token:
        return secrets.token_urlsafe(32), True
    if len(token) < SHORTEST_TOKEN:
        raise SettingsError(
            [f"{TOKEN_VARIABLE} has less than {SHORTEST_TOKEN} characters: take a longer one, or none."]
        )
    return token, False


def address_of(bound: socket.socket) -> str:
    """Return the URL of the server."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}{PATH}"


async def serve_http(
    setup: Setup, bound: socket.socket, token: str, *, stop: asyncio.Event, idle_delay: float = IDLE_DELAY
) -> None:
    """Serve on the socket until `stop` is set; then leave all rooms."""
    server = make_server(setup, token_verifier=OneToken(token), auth=_auth_settings(address_of(bound)))
    app = server.streamable_http_app(
        streamable_http_path=PATH, session_idle_timeout=idle_delay, max_sessions=MOST_SESSIONS, host=LOOPBACK
    )
    config = uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=0,  # streams that clients keep open never end by themselves
    )
    logging.getLogger("uvicorn.error").addFilter(_is_unexpected)
    web = _Web(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(web.serve([bound]))
        await stop.wait()
        web.should_exit = True


class _Web(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The command takes signals itself."""
        yield


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Drop the error that uvicorn logs at each end because it was given no time for a graceful shutdown."""
    return "graceful shutdown exceeded" not in str(record.msg)


def _auth_settings(address: str) -> AuthSettings:
    return AuthSettings(issuer_url=AnyHttpUrl(address), resource_server_url=None)

"""Finds the client session of a request: one for each connection, closed with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import UNSUPPORTED_PROTOCOL_VERSION, UnsupportedProtocolVersionErrorData
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS

from bot.mcp_server.client_session import ClientSession
from bot.mcp_server.setup import Setup

_KEY = "rawbot.client"

_current: ContextVar[ClientSession] = ContextVar("client")
"""The client of the request that is being answered. A variable, as the SDK gives a resource no context."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Lives as long as the server: the group that runs all room sessions, and the client of stdio."""

    setup: Setup
    group: asyncio.TaskGroup
    only: ClientSession
    """The one client of a transport without requests of their own: stdio, or memory streams."""


Ctx = Context[Sessions, Any]
"""What the SDK gives a tool that asks for it."""


def current_client() -> ClientSession:
    """Return the session of the client whose request is being answered."""
    return _current.get()


def lifespan(setup: Setup) -> Callable[[MCPServer[Sessions]], AbstractAsyncContextManager[Sessions]]:
    """Keep the sessions while the server runs; at its end all rooms are left."""

    @asynccontextmanager
    async def sessions(_: MCPServer[Sessions]) -> AsyncIterator[Sessions]:
        async with asyncio.TaskGroup() as group:
            only = ClientSession(setup, group)
            try:
                yield Sessions(setup, group, only)
            finally:
                await only.leave()

    return sessions


async def identify_client(ctx: ServerRequestContext[Sessions, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: find the client session of a request.

    Over HTTP a client has to open a session: by the protocol of 2026-07-28 each request stands alone, so two clients
    could not be distinguished, nor a lost one be noticed. Clients that know that protocol fall back to the handshake.
    """
    sessions = ctx.lifespan_context
    if ctx.request is None:
        client = sessions.only
    elif ctx.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS:
        supported = UnsupportedProtocolVersionErrorData(
            supported=list(HANDSHAKE_PROTOCOL_VERSIONS), requested=ctx.protocol_version
        )
        raise MCPError(
            code=UNSUPPORTED_PROTOCOL_VERSION,
            message="this server keeps sessions: begin one with initialize",
            data=supported.model_dump(mode="json"),
        )
    else:
        client = _client_of(_connection(ctx), sessions)
    token = _current.set(client)
    try:
        return await call_next(ctx)
    finally:
        _current.reset(token)


def _client_of(connection: Connection, sessions: Sessions) -> ClientSession:
    """Return the connection's client session, a new one at its first request; its end leaves the room."""
    client: ClientSession | None = connection.state.get(_KEY)
    if client is None:
        client = connection.state[_KEY] = ClientSession(sessions.setup, sessions.group)
        connection.exit_stack.push_async_callback(client.leave)
    return client


def _connection(ctx: ServerRequestContext[Sessions, Any]) -> Connection:
    """The SDK intends it for handlers and middleware, and has no public way to it yet."""
    return ctx.session._connection

"""Which assistant a request comes from: one for each connection of a client, and gone with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import UNSUPPORTED_PROTOCOL_VERSION, UnsupportedProtocolVersionErrorData
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS

from bot.mcp_server.client_session import ClientSession
from bot.mcp_server.setup import Setup

_KEY = "rawbot.assistant"

_assistant: ContextVar[ClientSession] = ContextVar("assistant")
"""Whose request is being answered; set for just that time."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """What lives as long as the server: the tasks of all stays, and the assistant of a transport with one client."""

    setup: Setup
    group: asyncio.TaskGroup
    only: ClientSession


def current_assistant() -> ClientSession:
    """The one whose request is being answered."""
    return _assistant.get()


def lifespan(setup: Setup) -> Callable[[MCPServer[Sessions]], AbstractAsyncContextManager[Sessions]]:
    """Keeps the sessions; when the server ends, all rooms are left."""

    @asynccontextmanager
    async def sessions(_: MCPServer[Sessions]) -> AsyncIterator[Sessions]:
        async with asyncio.TaskGroup() as group:
            only = ClientSession(setup, group)
            try:
                yield Sessions(setup, group, only)
            finally:
                await only.leave()

    return sessions


async def find_assistant(ctx: ServerRequestContext[Sessions, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: the request is its assistant's.

    Over HTTP a client has to open a session: by the protocol of 2026-07-28 each request stands alone, so that nobody
    could tell two clients apart, or notice that one is gone. Clients that know it fall back to the handshake.
    """
    sessions = ctx.lifespan_context
    if ctx.request is None:
        assistant = sessions.only
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
        assistant = _of(_connection(ctx), sessions)
    token = _assistant.set(assistant)
    try:
        return await call_next(ctx)
    finally:
        _assistant.reset(token)


def _of(connection: Connection, sessions: Sessions) -> ClientSession:
    """The assistant at the other end of a connection; when it is closed, or has been idle for too long, the room is
    left."""
    assistant: ClientSession | None = connection.state.get(_KEY)
    if assistant is None:
        assistant = connection.state[_KEY] = ClientSession(sessions.setup, sessions.group)
        connection.exit_stack.push_async_callback(assistant.leave)
    return assistant


def _connection(ctx: ServerRequestContext[Sessions, Any]) -> Connection:
    """The SDK means it for handlers and middleware, and hands it to neither yet."""
    return ctx.session._connection

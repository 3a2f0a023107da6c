"""One tool call that takes time: it reports progress, and returns within CALL_LIMIT seconds."""

import asyncio
import math
from collections.abc import Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from mcp.server.mcpserver import Context

from bot.mcp_server import views
from bot.mcp_server.limits import CALL_LIMIT, DEAF_DELAY
from bot.mcp_server.progress import report_progress
from bot.mcp_server.room_session import RoomSession, end_reason
from pipeline.errors import RoomError, VoiceBotError

T = TypeVar("T")

LISTEN_STEP = 1.0
"""Seconds between looks at who is there, and why nothing is heard."""

TAKEN_BACK = "it was taken back before anything of it was heard"


class ToolCall:
    """A context manager: progress is reported while its block runs."""

    def __init__(self, context: Context[Any, Any], session: RoomSession) -> None:
        self._context, self._session = context, session
        self._began_at = asyncio.get_running_loop().time()
        self._left_before = session.left

    def __enter__(self) -> Self:
        activity = partial(views.current_activity, self._session.bot)
        self._reporting = self._session.start(report_progress(self._context, activity))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reporting.cancel()

    @property
    def remaining(self) -> float:
        """Seconds until the call has to return."""
        return max(0.0, self._began_at + CALL_LIMIT - asyncio.get_running_loop().time())

    @property
    def left(self) -> str | None:
        """Identity of the person who has left for good since the call began."""
        left = self._session.left
        return left.identity if left is not None and left is not self._left_before else None

    @property
    def problem(self) -> str | None:
        """Why nothing is heard, and what to do."""
        problem = self._session.bot.hearing().problem
        return "; ".join(filter(None, (self.left and f"{self.left} has left the room", problem))) or None

    async def speak(
        self, speech: Coroutine[Any, Any, T], away: float = math.inf
    ) -> "tuple[T | None, asyncio.Future[T]]":
        """Start speech and wait for its end, as `wait_for` does. Raises VoiceBotError when the bot may not speak."""
        started = self._session.start_speech(speech)
        return await self.wait_for(started, away), started

    async def wait_for(self, work: "asyncio.Future[T]", away: float = math.inf) -> T | None:
        """Return the result of `work`; None when time is up and it goes on, or when the person has left and it ended.

        While the person is away it waits `away` seconds for them. Cancelling the call cancels the work. Raises what the
        work raised.
        """
        try:
            while not work.done() and (patience := self._patience(away)) > 0:
                await asyncio.wait({work}, timeout=min(LISTEN_STEP, patience))
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not work.done():
            return None
        if work.cancelled():
            if self._session.ended:
                raise RoomError(f"the room is left: {await end_reason(self._session)}")
            if self.left is None:
                raise VoiceBotError(TAKEN_BACK)
            return None
        return work.result()

    async def listen(self, seconds: float) -> "tuple[str, bool]":
        """Return what the person has said since the last call, and whether they have finished.

        Waits `seconds` for them to begin and finish; only DEAF_DELAY while they cannot be heard, and not at all once
        they have left.
        """
        loop = asyncio.get_running_loop()
        end_at = loop.time() + min(seconds, self.remaining)
        deaf_since: float | None = None
        bot, said = self._session.bot, self._session.unclaimed
        while not said:
            heard = await bot.listen(min(LISTEN_STEP, max(0.0, end_at - loop.time())))
            if heard.is_over:
                said.append(heard.text)
                break
            if self.left is not None:
                return heard.text, False
            now = loop.time()
            if heard.text or bot.hearing().problem is None:
                deaf_since = None
            elif deaf_since is None:
                deaf_since = now
            if now >= end_at or (deaf_since is not None and now - deaf_since >= DEAF_DELAY):
                return heard.text, False
        while (heard := await bot.listen(0.0)).is_over:
            said.append(heard.text)
        self._session.unclaimed = []
        return " ".join(said), True

    def _patience(self, away: float) -> float:
        """Seconds for which to wait on, as things are now."""
        if (since := self._session.away_since) is None:
            return self.remaining
        gone_for = asyncio.get_running_loop().time() - max(since, self._began_at)
        return min(self.remaining, away - gone_for)

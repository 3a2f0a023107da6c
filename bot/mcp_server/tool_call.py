"""One call of a tool that takes its time: it reports how it goes, and comes back in bounded time."""

import asyncio
import math
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from mcp.server.mcpserver import Context

from bot.mcp_server import views as telling
from bot.mcp_server.limits import CALL_LIMIT, DEAF_DELAY, PROGRESS_INTERVAL
from bot.mcp_server.room_session import RoomSession
from pipeline.errors import RoomError, VoiceBotError

T = TypeVar("T")

LISTEN_STEP = 1.0
"""Seconds between looks at who is there, and why nothing is heard."""

TAKEN_BACK = "it was taken back before anything of it was heard"


class ToolCall:
    """A context manager around the waiting."""

    def __init__(self, context: Context[Any, Any], stay: RoomSession) -> None:
        self._context, self._stay = context, stay
        self._began_at = asyncio.get_running_loop().time()
        self._left_before = stay.left

    def __enter__(self) -> Self:
        self._reporting = self._stay.begin(self._report())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reporting.cancel()

    @property
    def remaining(self) -> float:
        """Seconds until the call has to come back."""
        return max(0.0, self._began_at + CALL_LIMIT - asyncio.get_running_loop().time())

    @property
    def left(self) -> str | None:
        """Who has left the room for good since the call began."""
        left = self._stay.left
        return left.identity if left is not None and left is not self._left_before else None

    @property
    def problem(self) -> str | None:
        """Why nothing is heard, and what to do."""
        problem = self._stay.bot.hearing().problem
        return "; ".join(filter(None, (self.left and f"{self.left} has left the room", problem))) or None

    async def spoken(
        self, wanted: Coroutine[Any, Any, T], away: float = math.inf
    ) -> "tuple[T | None, asyncio.Future[T]]":
        """Have something spoken; None when the time is up, and it goes on, or when the person has left, and it does
        not. Somebody who is away is waited for `away` seconds. A client that cancels breaks it off.
        """
        text = self._stay.begin_text(wanted)
        return await self.finished(text, away), text

    async def finished(self, doing: "asyncio.Future[T]", away: float = math.inf) -> T | None:
        """What comes of something; None and `away` as above. Raises what it raised."""
        try:
            while not doing.done() and (patience := self._patience(away)) > 0:
                await asyncio.wait({doing}, timeout=min(LISTEN_STEP, patience))
        except asyncio.CancelledError:
            doing.cancel()
            raise
        if not doing.done():
            return None
        if doing.cancelled():
            if self._stay.ended:
                raise RoomError(f"the room is left: {self._stay.ended}")
            if self.left is None:
                raise VoiceBotError(TAKEN_BACK)
            return None
        return doing.result()

    async def heard(self, seconds: float) -> "tuple[str, bool]":
        """All that the person has said and nobody was told, and whether they have ended; it waits for them to begin
        and to end, less long when they cannot be heard, and no longer than they are there.
        """
        loop = asyncio.get_running_loop()
        end_at = loop.time() + min(seconds, self.remaining)
        deaf_since: float | None = None
        bot, said = self._stay.bot, self._stay.unclaimed
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
        self._stay.unclaimed = []
        return " ".join(said), True

    def _patience(self, away: float) -> float:
        """Seconds for which to wait on, as things are."""
        if (since := self._stay.away_since) is None:
            return self.remaining
        gone_for = asyncio.get_running_loop().time() - max(since, self._began_at)
        return min(self.remaining, away - gone_for)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_INTERVAL)
            elapsed = asyncio.get_running_loop().time() - self._began_at
            await self._context.report_progress(elapsed, CALL_LIMIT, telling.doing(self._stay.bot))

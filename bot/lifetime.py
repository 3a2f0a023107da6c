"""The life of a bot in a block of a program: one root task, and all the ways in which it can end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.hooks.shutdown import HOOKS_DELAY, ShutdownHooks
from bot.process.sigterm import REASON, on_sigterm
from bot.room.arrival import ARRIVAL_DELAY
from pipeline.errors import RoomClosed, VoiceBotError

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOSE_DELAY = 1.5 + ARRIVAL_DELAY
"""Seconds for leaving the room, once the last words have arrived, and ending all tasks; what is not done by then is
left behind and logged."""

LEFT = "CLIENT_INITIATED"
"""The reason for an end that the bot, or its program, wanted: LiveKit's name for it."""


class Lifetime:
    """Begun by the task that runs the block. When the bot breaks, that task is cancelled, and leaving raises why."""

    def __init__(self, hooks: ShutdownHooks, end_delay: Callable[[], float] = float) -> None:
        """`end_delay` returns the seconds that the life itself may take for its end, besides leaving the room."""
        self.end_reason = LEFT
        """LiveKit's name for why the room ended."""
        self._hooks, self._end_delay = hooks, end_delay
        self._entered = False
        self._closing = False
        self._is_over = False
        self._host_cancelled = False
        self._others: frozenset[asyncio.Task[None]] = frozenset()
        """Bots' lives that a SIGTERM ends, too."""

    def begin(self, life: Coroutine[Any, Any, None], on_ended: Callable[[], None]) -> None:
        """Run `life` until it returns or breaks; `on_ended` is called then."""
        host = asyncio.current_task()
        assert host is not None
        self._host = host
        self._on_ended = on_ended
        # The one task made outside a group: the group's root, so that leaving can be bounded in time.
        self._root = asyncio.get_running_loop().create_task(self._live(life), name="voicebot")
        self._root.add_done_callback(self._ended)
        self._forget_sigterm = on_sigterm(self._on_sigterm, self._root)

    def entered(self) -> None:
        """Note that the block runs from now on: it is cancelled when the bot breaks."""
        self._entered = True

    async def race_with_end(self, wanted: Awaitable[T]) -> T:
        """Return the result of `wanted`. Raises why the bot has ended when that comes first."""
        waiting = asyncio.ensure_future(wanted)
        try:
            await asyncio.wait({waiting, self._root}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done() and not waiting.cancelled():
                return waiting.result()
            await self.closed()  # it is, or has cancelled `waiting` and soon will be
            raise self.end()
        finally:
            waiting.cancel()

    async def closed(self) -> None:
        """Return when the bot has ended, in whatever way."""
        await asyncio.wait({self._root})

    def end(self) -> BaseException:
        """Return why a bot that has ended can do nothing more."""
        return self.failure() or RoomClosed(self.end_reason)

    def failure(self) -> BaseException | None:
        """Return what broke the bot, as it was raised; of several expected failures the first."""
        if not self._root.done() or self._root.cancelled():
            return None
        return _unwrapped(self._root.exception())

    async def close(self) -> None:
        """End the bot, in bounded time."""
        self._closing = True
        self._forget_sigterm()
        self._stop()
        patience = CLOSE_DELAY + self._end_delay() + (HOOKS_DELAY if self._hooks or self._others else 0.0)
        _, pending = await asyncio.wait({self._root, *self._others}, timeout=patience)
        if self._root in pending:
            log.warning("some of the bot's tasks did not end in time and are left behind")

    def raise_on_leaving(self, error: BaseException | None) -> None:
        """Raise what broke the bot instead of the cancellation that it has caused; `error` is the block's own."""
        cancelled_from_outside = self._host_cancelled and self._host.uncancel() > 0
        failure = self.failure()
        if failure is None or failure is error:
            return
        if error is None or (isinstance(error, asyncio.CancelledError) and not cancelled_from_outside):
            raise failure from None
        log.error("the bot broke, too: %s", failure)

    async def _live(self, life: Coroutine[Any, Any, None]) -> None:
        reason: str | None = None
        try:
            await life
        except Exception as failure:
            cause = _unwrapped(failure)
            reason = f"{type(cause).__name__}: {cause}"
            raise
        finally:
            self._is_over = True
            await self._hooks.run(reason or self.end_reason)

    def _stop(self) -> None:
        """Cancel the life once, and not while its hooks run: they and the disconnect must not be interrupted."""
        if not self._is_over and not self._root.cancelling():
            self._root.cancel()

    def _on_sigterm(self, lives: frozenset[asyncio.Task[None]]) -> None:
        self.end_reason = REASON
        self._others = lives - {self._root}
        self._stop()
        self._host.cancel()

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._on_ended()
        if self.failure() is not None and self._entered and not self._closing:
            self._host_cancelled = True
            self._host.cancel()


def _unwrapped(failure: BaseException | None) -> BaseException | None:
    while isinstance(failure, BaseExceptionGroup):
        if len(failure.exceptions) > 1 and failure.split(VoiceBotError)[1] is not None:
            return failure
        failure = failure.exceptions[0]
    return failure

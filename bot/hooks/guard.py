"""Calls a hook so that it can neither end nor hold up its bot."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from functools import partial

from bot.tools.blocking import WatchedCoroutine
from pipeline.containment import contained
from pipeline.failure_log import log_failure

log = logging.getLogger(__name__)


async def call_hook(name: str, hook: Callable[..., object], *arguments: object) -> None:
    """Call a hook, and await it if it asks for that. Raises what it raises; warns when it blocks the event loop."""

    async def call() -> None:
        done = hook(*arguments)
        if inspect.isawaitable(done):
            await done

    await WatchedCoroutine(call(), partial(_warn, name))


async def call_guarded(name: str, hook: Callable[..., object], *arguments: object, budget: float) -> None:
    """As `call_hook`, for at most `budget` seconds. Raises nothing but the cancellation of its task."""
    limit = asyncio.timeout(budget)

    async def call() -> None:
        async with limit:
            await call_hook(name, hook, *arguments)

    def failed(error: BaseException) -> None:
        if limit.expired():
            log.error("the hook %s has taken %g s and is cancelled", name, budget)
        else:
            log_failure(log, "the hook %s has failed", name, error=error)

    await contained(call, failed)


def _warn(name: str, duration: float) -> None:
    log.warning("the hook %s has blocked the bot for %.1f s: make it async, and await what takes time", name, duration)

"""Hooks of the embedding program, which run when its bot ends: always, and in bounded time."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

HOOKS_DELAY = 5.0
"""Seconds for all hooks together; they run side by side."""

ShutdownHook = Callable[[str], Awaitable[object] | object]
"""Called with the reason: LiveKit's name for why the room ended, or what broke the bot."""


class ShutdownHooks:
    """Hooks that are called once, each whether or not the others fail."""

    def __init__(self) -> None:
        self._hooks: list[ShutdownHook] = []

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, hook: ShutdownHook) -> None:
        """Call a hook at the end."""
        self._hooks.append(hook)

    async def run(self, reason: str) -> None:
        """Call all hooks, and await those that are asynchronous. A hook that fails or takes too long is logged."""
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(_guarded(hook, reason))


async def _guarded(hook: ShutdownHook, reason: str) -> None:
    name = getattr(hook, "__qualname__", repr(hook))
    try:
        async with asyncio.timeout(HOOKS_DELAY):
            done = hook(reason)
            if inspect.isawaitable(done):
                await done
    except TimeoutError:
        log.error("the shutdown hook %s has taken %.0f s and is cancelled", name, HOOKS_DELAY)
    except Exception:
        log.exception("the shutdown hook %s failed", name)

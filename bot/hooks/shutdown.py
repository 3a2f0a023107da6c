"""Hooks of the embedding program, which run when its bot ends: always, and in bounded time."""

import asyncio
from collections.abc import Callable

from bot.hooks.guard import call_guarded

HOOKS_DELAY = 5.0
"""Seconds for all hooks together; they run side by side."""

ShutdownHook = Callable[[str], object]
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
                group.create_task(call_guarded(_name(hook), hook, reason, budget=HOOKS_DELAY))


def _name(hook: ShutdownHook) -> str:
    return f"{getattr(hook, '__qualname__', repr(hook))} of the shutdown"

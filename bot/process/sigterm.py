"""SIGTERM in a program that embeds bots: they leave their rooms and hooks run, instead of the process dying at once.

The signal is handled only while there are bots, and only if the program has no handler of its own.
"""

import asyncio
import signal
import threading
from collections.abc import Callable

REASON = "SIGTERM"
"""The reason that the shutdown hooks are called with."""

Leave = Callable[[frozenset[asyncio.Task[None]]], None]
"""Called with the lives of all bots that leave, its own among them. The program may end with the first block that is
left, so each waits until the last bot's life has ended."""


class _Leaving:
    """The signal's handler, and so the one place that knows all bots."""

    def __init__(self) -> None:
        self.bots: list[tuple[asyncio.Task[None], Leave]] = []

    def __call__(self, *_: object) -> None:
        lives = frozenset(life for life, _ in self.bots)
        for life, leave in self.bots:
            life.get_loop().call_soon_threadsafe(leave, lives)


def on_sigterm(leave: Leave, life: asyncio.Task[None]) -> Callable[[], None]:
    """Call `leave` at a SIGTERM, in the loop of `life`, the bot's root task. Returns a function that takes this back.

    Does nothing outside the main thread, which alone may handle signals, or where the program has a handler.
    """
    if threading.current_thread() is not threading.main_thread():
        return _nothing
    handler = signal.getsignal(signal.SIGTERM)
    if handler is signal.SIG_DFL:
        handler = _Leaving()
        signal.signal(signal.SIGTERM, handler)
    if not isinstance(handler, _Leaving):
        return _nothing
    leaving, bot = handler, (life, leave)
    leaving.bots.append(bot)

    def take_back() -> None:
        leaving.bots.remove(bot)
        if not leaving.bots and signal.getsignal(signal.SIGTERM) is leaving:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return take_back


def _nothing() -> None: ...

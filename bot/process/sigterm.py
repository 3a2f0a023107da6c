"""SIGTERM in somebody's own program: bots leave their rooms and hooks run, where the process would else die at once.

Only where the program has left the signal as it is, and only while there are bots.
"""

import asyncio
import signal
import threading
from collections.abc import Callable

REASON = "SIGTERM"
"""What the shutdown hooks are told."""

Leave = Callable[[frozenset[asyncio.Task[None]]], None]
"""Takes the lives of all bots that are told, its own among them: the first block that is left may end the program, and
must not be before the last bot's life has come to its end."""


class _Leaving:
    """The handler; being the signal's disposition it is itself the one place that knows who is to be told."""

    def __init__(self) -> None:
        self.told: list[tuple[asyncio.Task[None], Leave]] = []

    def __call__(self, *_: object) -> None:
        lives = frozenset(life for life, _ in self.told)
        for life, leave in self.told:
            life.get_loop().call_soon_threadsafe(leave, lives)


def on_sigterm(leave: Leave, life: asyncio.Task[None]) -> Callable[[], None]:
    """Have `leave` called at a SIGTERM, in the loop of `life`, the bot's root task; returns what takes that back.

    Nothing happens beside the main thread, which alone may handle signals, and where the program has a handler.
    """
    if threading.current_thread() is not threading.main_thread():
        return _nothing
    handler = signal.getsignal(signal.SIGTERM)
    if handler is signal.SIG_DFL:
        handler = _Leaving()
        signal.signal(signal.SIGTERM, handler)
    if not isinstance(handler, _Leaving):
        return _nothing
    leaving, told = handler, (life, leave)
    leaving.told.append(told)

    def take_back() -> None:
        leaving.told.remove(told)
        if not leaving.told and signal.getsignal(signal.SIGTERM) is leaving:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return take_back


def _nothing() -> None: ...

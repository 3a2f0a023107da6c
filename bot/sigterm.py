"""SIGTERM in somebody's own program: bots leave their rooms and hooks run, where the process would else die at once.

Only where the program has left the signal as it is, and only while there are bots.
"""

import asyncio
import signal
import threading
from collections.abc import Callable

REASON = "SIGTERM"
"""What the shutdown hooks are told."""

Leave = Callable[[], None]


class _Leaving:
    """The handler; being the signal's disposition it is itself the one place that knows who is to be told."""

    def __init__(self) -> None:
        self.told: list[tuple[asyncio.AbstractEventLoop, Leave]] = []

    def __call__(self, *_: object) -> None:
        for loop, leave in self.told:
            loop.call_soon_threadsafe(leave)


def on_sigterm(leave: Leave) -> Leave:
    """Have the running loop call `leave` at a SIGTERM; returns what takes that back.

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
    leaving, told = handler, (asyncio.get_running_loop(), leave)
    leaving.told.append(told)

    def take_back() -> None:
        leaving.told.remove(told)
        if not leaving.told and signal.getsignal(signal.SIGTERM) is leaving:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return take_back


def _nothing() -> None: ...

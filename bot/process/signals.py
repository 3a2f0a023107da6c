"""Ends the process on request within a bounded time, and distinguishes requests from native panics.

LiveKit's client library sends SIGTERM to its own process when its native half panics. A signal does not say who sent
it, but Python audits `os.kill`, which the library calls: a process that signals itself has panicked.

Windows has no SIGTERM: other processes end one there at once, and only Ctrl-C and Ctrl-Break are requests.
"""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from bot.process.exit_codes import ExitCode
from bot.process.interruption import STOPPED
from bot.process.terminal import write_last

log = logging.getLogger(__name__)

LEAVE_DELAY = 1.75
"""Seconds from the request to the end of the process, even when the rest of it is stuck; documented are 2."""

REQUESTS = [signal.SIGINT, signal.SIGTERM]
if sys.platform == "win32":
    REQUESTS.append(signal.SIGBREAK)

_PANIC = "The native LiveKit library panicked, see above; nothing can be saved, so the process ends. Start it again.\n"


class LeaveRequests:
    """Handles SIGINT and SIGTERM from its creation on. For the command only, never for embedders.

    The interpreter's C code writes the signal's number to a socket that a thread reads, so that a stuck event loop or
    a native call that never returns cannot keep the process alive.
    """

    def __init__(self) -> None:
        self.made = False
        """Whether a request has come."""
        self._leave: Callable[[], object] | None = None
        self._numbers, self._sender = socket.socketpair()
        self._sender.setblocking(False)  # the interpreter requires it
        for request in REQUESTS:
            signal.signal(request, lambda *_: None)  # without a handler nothing is written
        self._send()
        threading.Thread(target=self._watch, name="leave-requests", daemon=True).start()

    def call(self, leave: Callable[[], object]) -> None:
        """Call `leave` in the running event loop at the first request, and end the process soon after in any case.

        Until this is called a request ends the process at once; afterwards a second one does.
        """
        import asyncio  # not earlier: requests must be handled from the process's first moments on

        loop = asyncio.get_running_loop()

        def on_request(number: int) -> None:
            log.info("%s: leaving", signal.Signals(number).name)
            leave()

        self._leave = lambda: loop.call_soon_threadsafe(on_request, self._number)
        self._send()  # Windows' event loops have taken the signals for themselves

    def _send(self) -> None:
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)

    def _watch(self) -> None:
        self._number = self._next()
        self.made = True
        if self._leave is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._leave()
            self._numbers.settimeout(LEAVE_DELAY)
            with suppress(TimeoutError):
                self._next()
        # A live line on the terminal goes in any case.
        write_last("" if self._leave is not None else f"{STOPPED}\n")
        # Nothing is flushed, which could block for ever; the log writes each line at once.
        os._exit(ExitCode.OK)

    def _next(self) -> int:
        while (number := self._numbers.recv(1)[0]) not in REQUESTS:
            pass
        return number


def end_on_panic() -> None:
    """End the process at a SIGTERM that it sends to itself: a panic. This cannot be undone."""

    def audit(event: str, args: tuple[object, ...]) -> None:
        if event == "os.kill" and args == (os.getpid(), signal.SIGTERM):
            _end_panicked()

    sys.addaudithook(audit)


def _end_panicked() -> NoReturn:
    """End at once, without the log or the event loop: the thread that panicked may hold any lock."""
    write_last(_PANIC)
    os._exit(ExitCode.NATIVE_PANIC)

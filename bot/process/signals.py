"""Ending the process on request, in bounded time, and telling a request from a native panic.

LiveKit's native library, when it panics, sends SIGTERM to its own process. Nothing in a signal says who sent it, but
Python audits `os.kill`, which is what the client library calls: a process that kills itself has panicked.

Windows has no SIGTERM to ask with: whoever ends a process there ends it at once, and only Ctrl-C and Ctrl-Break ask.
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

log = logging.getLogger(__name__)

LEAVE_DELAY = 1.75
"""Seconds from the request to the end of the process, however stuck the rest of it is: 2 are promised, also on a busy
machine."""

REQUESTS = [signal.SIGINT, signal.SIGTERM]
if sys.platform == "win32":
    REQUESTS.append(signal.SIGBREAK)

_PANIC = b"The native LiveKit library panicked, see above; nothing can be saved, so the process ends. Start it again.\n"


class LeaveRequests:
    """Takes SIGINT and SIGTERM from now on. For the command only, never for embedders.

    The signals' numbers go from the interpreter's C code through a socket to a thread, so that a stuck event loop or a
    native call that never returns cannot keep the process alive.
    """

    def __init__(self) -> None:
        self.made = False
        """Somebody has asked to leave."""
        self._leave: Callable[[], object] | None = None
        self._numbers, self._sender = socket.socketpair()
        self._sender.setblocking(False)  # the interpreter wants it so
        for request in REQUESTS:
            signal.signal(request, lambda *_: None)  # a handler there must be, or nothing is sent
        self._send()
        threading.Thread(target=self._watch, name="leave-requests", daemon=True).start()

    def call(self, leave: Callable[[], object]) -> None:
        """Have the running event loop call `leave` at the first request, and end the process soon after in any case.

        Before this is called a request ends the process at once; so does a second one after it.
        """
        import asyncio  # not earlier: requests are taken from the process's first moments on

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
        else:
            os.write(2, f"{STOPPED}\n".encode())
        # Nothing is flushed, as that may wait for ever; the log writes each line at once.
        os._exit(ExitCode.OK)

    def _next(self) -> int:
        while (number := self._numbers.recv(1)[0]) not in REQUESTS:
            pass
        return number


def end_on_panic() -> None:
    """From now on, a SIGTERM that the process sends to itself is a panic and ends it; this cannot be taken back."""

    def audit(event: str, args: tuple[object, ...]) -> None:
        if event == "os.kill" and args == (os.getpid(), signal.SIGTERM):
            _end_panicked()

    sys.addaudithook(audit)


def _end_panicked() -> NoReturn:
    """End now: the thread that panicked may hold any lock, so neither the log nor the event loop is called."""
    with suppress(OSError):
        os.write(2, _PANIC)
    os._exit(ExitCode.NATIVE_PANIC)

"""Ctrl-C, SIGTERM and SIGHUP for the commands; a bot in a room has `bot.process.signals`. Standard library only.

Python's own answer to Ctrl-C is an exception at any place, an import for instance, with a long traceback at the end.
"""

import os
import signal
from typing import NoReturn

from bot.process.exit_codes import ExitCode
from bot.process.terminal import write_last

STOPPED = "stopped"
"""What an interrupted command says of itself."""

_ENDS = ("SIGINT", "SIGTERM", "SIGHUP")


def end_on_request(code: int = ExitCode.STOPPED, line: str = STOPPED) -> None:
    """End the process at the first request, with one line on stderr: for imports and whatever leaves nothing behind.

    A signal that the parent has turned off stays off, as with `nohup` or in the background of a script.
    """

    def end(*_: object) -> NoReturn:
        write_last(f"{line}\n")
        os._exit(code)

    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def raise_on_request() -> None:
    """Raise KeyboardInterrupt at each request, to stop what was started; also where a shell has turned SIGINT off."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _numbers():
        if number is not signal.SIGINT and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def _numbers() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _ENDS if hasattr(signal, name)]

"""Requests to end, all taken as Ctrl-C."""

import signal


def take_requests() -> None:
    """Whatever asks this process to end does what Ctrl-C does, also where a shell has turned that off."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: signal.raise_signal(signal.SIGINT))

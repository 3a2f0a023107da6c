"""A warning that may have its cause many times a second: it must neither be lost nor fill the log."""

import logging

from pipeline.clock import loop_time

WARNING_INTERVAL = 5.0
"""Seconds between two lines of one warning."""


class RepeatedWarning:
    """One warning of a logger. Called with the values of its text, it writes a line, or counts it as left out."""

    def __init__(self, log: logging.Logger, text: str) -> None:
        self._log, self._text = log, text
        self._next_at = float("-inf")  # loop time from which a line may be written
        self._left_out = 0

    def __call__(self, *values: object) -> None:
        """Warn, unless the last line was written less than WARNING_INTERVAL ago; each line says how many were not."""
        now = loop_time()
        if now < self._next_at:
            self._left_out += 1
            return
        more = f" ({self._left_out} more such warnings were left out)" if self._left_out else ""
        self._log.warning(f"{self._text}%s", *values, more)
        self._next_at, self._left_out = now + WARNING_INTERVAL, 0

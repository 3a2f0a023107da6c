"""A circuit breaker: a provider that fails again and again is left alone for a while, then tried by one request.

Pure: time comes in as `now`, loop seconds.

    closed     all requests go through; FAILURES in a row, or a refusal, open it
    open       none goes through until `retry_at`
    half-open  one request goes through, the probe; its outcome closes the breaker, or opens it for twice as long
"""

from pipeline.errors import ProviderError, Refused, Unavailable

FAILURES = 3
"""In a row: one or two happen to any provider, and cost less than a needless change of the voice."""

FIRST_DELAY = 5.0
"""Seconds for which it opens first; doubled with each probe in vain."""

LONGEST_DELAY = 60.0
"""Seconds: a provider that is back is noticed within a minute."""

PROBE_LIMIT = 20.0
"""Seconds after which a probe without an outcome counts for nothing: its reply was called off."""


class Breaker:
    """One provider's, for the life of a process."""

    def __init__(self) -> None:
        self._failures = 0
        self._delay = 0.0
        self._probed_at: float | None = None
        self.retry_at: float | None = None
        """From when on a request may go through; None while it is closed."""

    def allows(self, now: float) -> bool:
        """Whether a request may go through."""
        if self.retry_at is None:
            return True
        is_probing = self._probed_at is not None and now < self._probed_at + PROBE_LIMIT
        return now >= self.retry_at and not is_probing

    def begin(self, now: float) -> None:
        """Note that a request goes through."""
        if self.retry_at is not None and now >= self.retry_at:
            self._probed_at = now

    def worked(self) -> None:
        """Note that a request was served."""
        self._failures, self._delay, self._probed_at, self.retry_at = 0, 0.0, None, None

    def failed(self, error: ProviderError, now: float) -> None:
        """Note that a request failed, and how."""
        self._failures += 1
        was_probe, self._probed_at = self._probed_at is not None, None
        wait = error.retry_after if isinstance(error, Unavailable) else None
        if was_probe or wait is not None or isinstance(error, Refused) or self._failures >= FAILURES:
            self._delay = min(max(2 * self._delay, FIRST_DELAY), LONGEST_DELAY)
            if isinstance(error, Refused):
                self._delay = LONGEST_DELAY
            self.retry_at = now + max(self._delay, min(wait or 0.0, LONGEST_DELAY))


class Breakers:
    """The breakers of a process, by the name of what they stand before."""

    def __init__(self) -> None:
        self._by_name: dict[str, Breaker] = {}

    def of(self, name: str) -> Breaker:
        """Return the breaker of this name, the same each time."""
        return self._by_name.setdefault(name, Breaker())

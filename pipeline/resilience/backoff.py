"""How long to wait before the next attempt."""

LONGEST_DELAY = 2.0
"""Seconds: someone is waiting in a conversation."""

LONGEST_DELAY_GIVEN_UP = 15.0
"""Seconds between attempts with a provider that refuses, or was waited for in vain: an owner may set the key right, and
what was asked meanwhile is then answered."""


def patient_delay(attempt: int, jitter: float) -> float:
    """Return the seconds to wait before another attempt with a provider that is given up."""
    return backoff_delay(attempt + 1, jitter, first=2.0, longest=LONGEST_DELAY_GIVEN_UP)


def backoff_delay(attempt: int, jitter: float, *, first: float = 0.25, longest: float = LONGEST_DELAY) -> float:
    """Return the seconds to wait before another attempt, after `attempt` earlier ones that were made again.

    The first one is made at once, as most often an idle connection was cut; then `first` seconds, doubled each time.
    `jitter` in [0, 1) takes up to half of it: bots that lost the same server must not all come back at once.
    """
    if attempt == 0:
        return 0.0
    doubled = first * 2.0 ** min(attempt - 1, 32)
    return min(doubled, longest) * (1.0 - 0.5 * jitter)

"""How often an address may ask: a bucket of tokens each, which fills again with time. Pure; time comes in."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network

MOST_ADDRESSES = 10_000
"""Buckets that are kept; of more addresses the one that has asked longest ago starts afresh."""


class RateLimit:
    """Lets each address ask `per_minute` times a minute, and half of that at once. `now` is in seconds."""

    def __init__(self, per_minute: float) -> None:
        self._burst = max(1.0, per_minute / 2)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: what was left, and when that was."""

    def delay(self, address: str, now: float) -> float:
        """Count a request; return 0 when it may be served, else in how many seconds one may."""
        network = network_of(address)
        left, at = self._buckets.pop(network, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        is_admitted = left >= 1
        self._buckets[network] = (left - is_admitted, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0.0 if is_admitted else (1 - left) / self._per_second


def network_of(address: str) -> str:
    """Return what counts as one: an address, or of IPv6 the 64 bits that a subscriber is given, all others theirs."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)

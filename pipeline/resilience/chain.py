"""Several providers of one kind in the order in which they are asked, and which of them is asked next."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pipeline.clock import loop_time
from pipeline.errors import Declined, Malformed, ProviderError, Refused, Unavailable
from pipeline.events import RepeatKind
from pipeline.resilience.breaker import Breaker

T = TypeVar("T")

ATTEMPTS = 2
"""Of one provider for one reply while there is another: once more helps against an idle connection that was cut, or a
server that one request has hit badly."""

OnRepeat = Callable[[RepeatKind, str, str], None]
"""Is called when a request is made again: how, the name of the link that is asked now, and the error before; empty when
the request before is only late."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Link(Generic[T]):
    """One provider of a chain."""

    provider: T
    name: str
    """For the log."""
    breaker: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True, slots=True, eq=False)
class Chain(Generic[T]):
    """At least one link."""

    links: tuple[Link[T], ...]

    @property
    def first(self) -> Link[T]:
        """Return the link that is asked as long as it works."""
        return self.links[0]


def chain_of(provider: T) -> Chain[T]:
    """Return the chain that a provider is made of, see `pipeline.resilience.chained`; of any other one its own."""
    known = getattr(provider, "chain", None)
    if isinstance(known, Chain):
        return known
    return Chain((Link(provider, getattr(provider, "provider_name", type(provider).__name__)),))


class Attempts(Generic[T]):
    """The attempts at one reply, or in one stretch of a stream: who is asked, and who follows whom.

    A provider is asked ATTEMPTS times, one that refuses once. When all have failed those that are only unavailable are
    asked again, in their order: how often is the caller's to say.
    """

    def __init__(self, chain: Chain[T], on_repeat: OnRepeat, *, forgives_rubbish: bool = False) -> None:
        """With `forgives_rubbish` a provider that has sent it twice is still asked again when no other is left."""
        self._chain, self._on_repeat, self._forgives_rubbish = chain, on_repeat, forgives_rubbish
        self._failures = Counter[int]()  # by the place in the chain
        self._useless = set[int]()
        self._latest: Link[T] | None = None
        self._error = ""  # of the last attempt that failed

    @property
    def is_useless(self) -> bool:
        """Whether no provider is left that might serve."""
        return len(self._useless) == len(self._chain.links)

    def has_another(self, link: Link[T]) -> bool:
        """Whether there is another link that has not failed ATTEMPTS times yet."""
        others = [it for place, it in enumerate(self._chain.links) if place not in self._useless and it is not link]
        return any(self.failures_of(it) < ATTEMPTS for it in others)

    def failures_of(self, link: Link[T]) -> int:
        """Return how often a link has failed."""
        return self._failures[self._place(link)]

    def begin(self, besides: Link[T] | None = None) -> Link[T]:
        """Return whom to ask now, another one than `besides` if there is one. At least one must be left."""
        link = self._choose(besides)
        now = loop_time()
        link.breaker.begin(now)
        if self._latest is not None and link is not self._latest:
            _log.warning("%s takes over from %s", link.name, self._latest.name)
        if besides is not None:
            self._on_repeat("second", link.name, "")
        elif self._latest is not None:
            self._on_repeat("retry" if link is self._latest else "failover", link.name, self._error)
        self._latest = link
        return link

    def failed(self, link: Link[T], error: ProviderError, count: int = 1) -> None:
        """Note that an attempt has failed; it counts for so many, as ATTEMPTS when waiting for it took long."""
        place, self._error = self._place(link), str(error)
        self._failures[place] += count
        if not isinstance(error, Declined):  # of this one request, and no sign of an outage
            link.breaker.failed(error, loop_time())
        is_odd = isinstance(error, Malformed) and self._failures[place] >= ATTEMPTS
        if isinstance(error, Refused | Declined) or (is_odd and not self._forgives_rubbish):
            self._useless.add(place)

    def worked(self, link: Link[T]) -> None:
        """Note that a link does its work."""
        link.breaker.worked()
        self._failures.pop(self._place(link), None)

    def _choose(self, besides: Link[T] | None) -> Link[T]:
        links = [link for place, link in enumerate(self._chain.links) if place not in self._useless]
        links = [link for link in links if link is not besides] or links
        now = loop_time()
        fresh = [it for it in links if self.failures_of(it) < ATTEMPTS and it.breaker.allows(now)]
        if fresh:
            return fresh[0]
        return min(links, key=lambda link: (self.failures_of(link), link.breaker.retry_at or 0.0))

    def _place(self, link: Link[T]) -> int:
        return self._chain.links.index(link)


def retry_delay(error: ProviderError, delay: float) -> float:
    """Return the seconds to wait after `error` before the same provider is asked again; `delay` is the usual pause."""
    wait = error.retry_after if isinstance(error, Unavailable) else None
    return delay if wait is None else max(delay, wait)

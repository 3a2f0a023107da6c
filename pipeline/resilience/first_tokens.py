"""How long a language model takes to its first token, and when one that takes longer is worth a second request."""

import math
from collections import deque
from contextlib import suppress
from weakref import WeakKeyDictionary

KEPT = 50
"""Requests of which the time is known: some minutes of talk, as a model's speed changes by the hour."""

LEAST_KNOWN = 20
"""Of fewer the slowest in twenty is a guess."""

SHARE = 0.95
"""Of the requests that have their first token by then: one in twenty is made twice."""

LEAST_DELAY = 0.4
"""Seconds before which no second request is worth its tokens: the connection and the queue take as long again."""


class FirstTokenTimes:
    """The latest times to the first token of one model. Seconds.

    Of a request that was called off the time until then counts: without it the slow ones would be left out, and the
    others would seem slower and slower.
    """

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """Take one more."""
        self._latest.append(seconds)

    @property
    def hedge_delay(self) -> float | None:
        """Seconds without a token after which a second request is made; None while too few times are known."""
        if len(self._latest) < LEAST_KNOWN:
            return None
        place = math.ceil(SHARE * len(self._latest)) - 1
        return max(sorted(self._latest)[place], LEAST_DELAY)


class FirstTokens:
    """The times of all models of a process. Of an object to which no weak reference can be made nothing is learned."""

    def __init__(self) -> None:
        self._by_name: dict[str, FirstTokenTimes] = {}
        self._by_model: WeakKeyDictionary[object, FirstTokenTimes] = WeakKeyDictionary()

    def share(self, model: object, name: str) -> None:
        """Let a model count together with all others of this name."""
        with suppress(TypeError):
            self._by_model[model] = self._by_name.setdefault(name, FirstTokenTimes())

    def of(self, model: object) -> FirstTokenTimes:
        """Return those of a model, the same each time."""
        try:
            return self._by_model.setdefault(model, FirstTokenTimes())
        except TypeError:
            return FirstTokenTimes()


FIRST_TOKENS = FirstTokens()
"""Of this process."""


class Hedging:
    """Whether a reply may ask a second time by what is usual; at most once from one committed turn to the next."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._is_spent = False

    def delay(self, times: FirstTokenTimes, otherwise: float) -> float:
        """Return the seconds without a token after which the second request is made; `otherwise` at the latest."""
        usual = times.hedge_delay if self._is_on and not self._is_spent else None
        return otherwise if usual is None else min(usual, otherwise)

    def spend(self) -> None:
        """Note that a second request was made."""
        self._is_spent = True

    def renew(self) -> None:
        """Note that a turn was committed."""
        self._is_spent = False

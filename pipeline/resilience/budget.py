"""How long a person may be kept waiting for one reply, by all providers and attempts together."""

from pipeline.clock import loop_time


class Budget:
    """Counts the seconds in which a reply waits for a provider; a pause in between does not count."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        """Seconds."""
        self._used = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """Count from now on; does nothing while it counts already."""
        if self._since is None:
            self._since = loop_time()

    def pause(self) -> None:
        """Stop counting, as a provider has answered; what was used stays used."""
        if self._since is not None:
            self._used += loop_time() - self._since
            self._since = None

    def renew(self) -> None:
        """Stop counting and begin anew: the reply goes on."""
        self._used, self._since = 0.0, None

    def exhaust(self) -> None:
        """Note that all of it is used."""
        self._used, self._since = self.limit, None

    @property
    def deadline(self) -> float:
        """Loop time at which it is used up, when it counts without a pause."""
        since = loop_time() if self._since is None else self._since
        return since + self.limit - self._used

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.deadline <= loop_time()

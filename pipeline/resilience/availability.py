"""Whether a provider can be used, since when not, and what the log says about it."""

import logging
import math
from collections.abc import Callable

from pipeline.clock import loop_time
from pipeline.current_reply import CURRENT_REPLY
from pipeline.errors import OutOfReach, ProviderError
from pipeline.events import ProviderName, ProviderStage, RepeatKind, RequestRepeated
from pipeline.resilience.model_use import ModelUse
from pipeline.resilience.resend_buffer import KEPT_DURATION

PATIENCE = 30.0
"""Seconds that a provider without which nothing goes on may be away: longer than a restart of its server or of a
router. Nobody holds the line for longer."""

_log = logging.getLogger(__name__)


_STAGES: dict[ProviderName, ProviderStage] = {"transcriber": "stt", "language model": "llm", "voice": "tts"}

OnChange = Callable[["Availability", ProviderError | None], None]
"""Is called with an error when a provider keeps the person waiting, and again when it is given up; and without one when
such a provider works again."""


class Health:
    """The availability of a session's three providers, and the seconds that they may keep a person waiting.

    And who uses the language model.
    """

    def __init__(
        self,
        budget: float,
        emit: Callable[[RequestRepeated], None] = lambda event: None,
        on_change: OnChange = lambda availability, error: None,
    ) -> None:
        self.budget = budget
        self.transcriber = Availability("transcriber", KEPT_DURATION, emit, on_change)
        self.language_model = Availability("language model", PATIENCE, emit, on_change)
        self.synthesizer = Availability("voice", PATIENCE, emit, on_change)
        self.model_use = ModelUse()

    @property
    def all(self) -> "tuple[Availability, ...]":
        """Those of the three providers."""
        return self.transcriber, self.language_model, self.synthesizer


class Availability:
    """One provider's, for the life of a session; shared by all that is asked of it."""

    def __init__(
        self,
        name: ProviderName,
        patience: float = PATIENCE,
        emit: Callable[[RequestRepeated], None] = lambda event: None,
        on_change: OnChange = lambda availability, error: None,
    ) -> None:
        """`emit` takes each request that is made again."""
        self.name, self._emit, self._on_change = name, emit, on_change
        self.is_given_up = False
        """It refuses, or was waited for in vain. It is still asked now and then."""
        self.error: ProviderError | None = None
        """Why the person waits for it; None while nobody does."""
        self._patience = patience
        self.lost_at: float | None = None
        """Loop time of the first failure since it last worked; None while it works."""
        self.has_worked = False
        """It has done its work at least once in this session."""
        self._has_answered = False
        self._attempts = 0

    def failed(self, error: ProviderError, *, is_silent: bool = False) -> None:
        """Note a failed attempt; `is_silent` says that nothing at all came, not even an error."""
        self._has_answered |= not is_silent
        self._attempts += 1
        if self.lost_at is None:
            self.lost_at = loop_time()
            _log.warning("the %s is lost: %s", self.name, error)
        else:
            _log.debug("the %s is still lost: %s", self.name, error)

    def awaited(self, error: ProviderError) -> None:
        """Note that a person waits for it, and will for some time."""
        if self.error is None:
            self.error = error
            self._on_change(self, error)

    def give_up(self, error: ProviderError) -> None:
        """Note that it refuses, or that waiting for it is useless."""
        self.lost_at = loop_time() if self.lost_at is None else self.lost_at
        if not self.is_given_up:
            self.is_given_up, self.error = True, error
            _log.error("the %s is given up: %s", self.name, error)
            self._on_change(self, error)

    def worked(self, kept: str = "") -> None:
        """Note that it does its work; `kept` says what was kept for it meanwhile."""
        self.has_worked = True
        self.reached(kept)

    def reached(self, kept: str = "") -> None:
        """Note that it can be reached, though it may not have done any work yet."""
        if self.lost_at is None:
            return
        detail = f"; {kept}" if kept else ""
        _log.warning(
            "the %s is back after %.1f s and %d failed attempts%s",
            self.name,
            loop_time() - self.lost_at,
            self._attempts,
            detail,
        )
        self.lost_at, self._attempts, self.is_given_up = None, 0, False
        if self.error is not None:
            self.error = None
            self._on_change(self, None)

    def repeated(self, how: RepeatKind, provider: str, reason: str) -> None:
        """Report that a request is made again, see `RequestRepeated`."""
        self._emit(RequestRepeated(loop_time(), _STAGES[self.name], how, provider, reason, CURRENT_REPLY.get()))

    def start_delay(self, provider: object) -> float:
        """Seconds that the first answer of a provider may take at least, as it loads data of its own.

        It says so by its attribute `start_timeout`, see `pipeline.ports`; 0 once it has worked.
        """
        return 0.0 if self.has_worked else float(getattr(provider, "start_timeout", 0.0))

    @property
    def lost_for(self) -> float:
        """Seconds since it was lost; 0 while it works."""
        return 0.0 if self.lost_at is None else loop_time() - self.lost_at

    @property
    def give_up_at(self) -> float:
        """Loop time from which waiting for it is useless.

        A provider that has never given any answer in this session, good or bad, is not waited for.
        """
        if self.lost_at is None:
            return math.inf
        return self.lost_at + (self._patience if self.has_worked or self._has_answered else 0.0)

    def out_of_reach(self, error: ProviderError) -> OutOfReach:
        """Return the error that ends the bot, as waiting for the provider is useless; `error` was its last."""
        message = str(error).removeprefix(f"{error.provider}: ")
        if self.lost_for >= 1.0:  # otherwise it was never there
            message = f"the {self.name} was away for {self.lost_for:.0f} s; {message}"
        return OutOfReach(error.provider, message)

"""The attempts to speak one reply: how long each may take, whether there is another, and when to wait for the voice."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.ports import Synthesizer
from pipeline.resilience.availability import Availability
from pipeline.resilience.backoff import backoff_delay, patient_delay
from pipeline.resilience.budget import Budget
from pipeline.resilience.chain import ATTEMPTS, Attempts, chain_of, retry_delay
from pipeline.speech import Speech, WordTime

FIRST_AUDIO_TIMEOUT = 2.5
"""Seconds to the first audio while there is another voice to ask."""

STALL_TIMEOUT = 3.0
"""Seconds without more audio, in mid-reply, of a voice that has text to speak: it is made faster than it is heard."""

LEAST_SECONDS = 0.035
"""Of speech a character, half of what is usual: as long as there is less, a voice has not spoken all of its text."""


WAIT_LOOK = 1.0
"""Seconds between calls of `on_wait`."""


async def _at_once() -> None:
    pass


class SpeechAttempts:
    """Speaks with a voice or a chain of them, one attempt at a time.

    Within the budget the voice is asked again soon. When the budget is spent, the reply waits until the voice is back
    and longer; `on_wait` is called then, and each second, so that the text can be shown meanwhile.
    """

    def __init__(
        self,
        voice: Synthesizer,
        budget: Budget,
        availability: Availability,
        on_wait: Callable[[ProviderError], bool] = lambda error: True,
    ) -> None:
        """`on_wait` returns whether the reply waits; otherwise it ends with the failure."""
        self._voice, self._budget, self._availability, self._on_wait = voice, budget, availability, on_wait
        self._attempts = Attempts(chain_of(voice), availability.repeated, forgives_rubbish=True)
        self._link, self._attempt = self._attempts.begin(), 0
        self._attempts_given_up = 0
        self._limit: asyncio.Timeout | None = None  # of the wait for the first audio, while that runs
        self._due_at: float | None = None  # loop time; None until the voice has text to speak
        self._is_silent = self._has_begun = False  # this attempt gave no answer at all; it has given audio
        self.characters = 0
        """Given to the voice, those that were given again included."""

    @property
    def rate(self) -> int:
        """Hz of the audio."""
        return self._voice.rate

    @property
    def word_times(self) -> bool:
        """Whether the voice reports when each word is spoken."""
        return self._link.provider.capabilities.word_times

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Make one attempt to speak chunks as they come.

        Raises the voice's ProviderError, or Unavailable when its first audio does not come in time.
        """
        self._has_begun = self._is_silent = False
        self._given, self._made, self._due_at, self._waits_for_text = 0, 0, None, True
        async with aclosing(self._link.provider.speak(self._noted(text))) as pieces:
            while (piece := await self._next(pieces)) is not None:
                if isinstance(piece, Speech) and len(piece.samples):
                    self._made += len(piece.samples)
                    if not self._has_begun:
                        self._has_begun = True
                        self._budget.pause()
                yield piece

    def advance(self) -> None:
        """Note that the voice has spoken a word or a chunk to its end. Less does not count: it would come again."""
        self._attempt = 0
        self._attempts.worked(self._link)
        self._budget.renew()
        self._availability.worked("what waited for it is spoken")

    async def recover(self, failure: ProviderError, is_over: Callable[[], Awaitable[None]] = _at_once) -> None:
        """Return when another attempt may be made after `failure`; before it raises it awaits `is_over`.

        One that refuses, or was waited for in vain, is given up, and asked now and then. Raises `failure` when another
        attempt is useless, and when the reply does not wait.
        """
        try:
            await self._recover(failure)
        except ProviderError:
            await is_over()  # what is missing of the text is to be known, and the tools that it asks for
            raise

    async def _recover(self, failure: ProviderError) -> None:
        self._attempts.failed(self._link, failure, ATTEMPTS if self._is_silent else 1)
        if self._attempts.is_useless:
            if not failure.ends_bot:
                raise failure
            await self._be_patient(failure)
            return
        self._availability.failed(failure, is_silent=self._is_silent)
        self._budget.start()
        before, self._link = self._link, self._attempts.begin()
        if self._link is not before and not self._attempts.failures_of(self._link):
            self._attempt = 0
            if not self._budget.is_spent:
                return
        delay = retry_delay(failure, backoff_delay(self._attempt, random.random()))
        self._attempt += 1
        if self._is_waiting or loop_time() + delay >= self._budget.deadline:
            self._budget.exhaust()
            if loop_time() + delay >= self._availability.give_up_at:
                await self._be_patient(self._availability.out_of_reach(failure))
                return
            if isinstance(failure, Malformed):
                raise failure
            self._availability.awaited(failure)
            await self._wait(failure, delay)
            return
        await asyncio.sleep(delay)

    async def _be_patient(self, failure: ProviderError) -> None:
        """Give the voice up, and begin anew after a while."""
        self._budget.renew()  # what the language model may take is not the voice's to use up
        self._availability.give_up(failure)
        await self._wait(failure, patient_delay(self._attempts_given_up, random.random()))
        self._attempts_given_up += 1
        self._attempts = Attempts(chain_of(self._voice), self._availability.repeated, forgives_rubbish=True)
        self._link, self._attempt = self._attempts.begin(), 0

    async def _wait(self, failure: ProviderError, delay: float) -> None:
        """Return after so many seconds; the reply may go on air, or more of its text be written, meanwhile."""
        until = loop_time() + delay
        while True:
            if not self._on_wait(failure):
                raise failure
            if (left := until - loop_time()) <= 0:
                return
            await asyncio.sleep(min(left, WAIT_LOOK))

    async def _noted(self, text: AsyncIterator[str]) -> AsyncGenerator[str, None]:
        """Pass the chunks on; from the first one on the voice owes audio."""
        async for chunk in text:
            self._given += len(chunk)
            self.characters += 0 if getattr(self._link.provider, "is_free", False) else len(chunk)
            if self._due_at is None:
                self._budget.start()
                self._due_at = self._deadline
            self._note_wait(for_text=False)
            yield chunk
            self._note_wait(for_text=True)
        self._note_wait(for_text=False)  # it has all

    def _note_wait(self, *, for_text: bool) -> None:
        self._waits_for_text = for_text
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(self._due())

    async def _next(self, pieces: AsyncGenerator[Speech | WordTime, None]) -> Speech | WordTime | None:
        """Return the next piece, None at the end. Raises Unavailable when no audio is there in time."""
        limit = asyncio.timeout_at(self._due())
        try:
            async with limit:
                self._limit = limit
                return await anext(pieces, None)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._late() from None
        finally:
            self._limit = None

    def _due(self) -> float | None:
        """Loop time at which audio, or its end, must have come; None while none is owed, or the voice runs here."""
        if not self._has_begun:
            return self._due_at
        is_local = getattr(self._link.provider, "start_timeout", 0.0) > 0.0
        owes = not self._waits_for_text or self._given * LEAST_SECONDS > self._made / self.rate
        return loop_time() + STALL_TIMEOUT if owes and not is_local else None

    def _late(self) -> Unavailable:
        if self._has_begun:
            return Unavailable("the voice", f"no more audio within {STALL_TIMEOUT:g} s")
        self._is_silent = True
        patience = max(self._budget.limit, self._start_delay)
        if self._attempts.has_another(self._link):
            patience = FIRST_AUDIO_TIMEOUT
        else:
            self._budget.exhaust()
        return Unavailable("the voice", f"no audio within {patience:g} s")

    @property
    def _start_delay(self) -> float:
        return self._availability.start_delay(self._link.provider)

    @property
    def _is_waiting(self) -> bool:
        is_spent = self._budget.is_spent or self._availability.is_given_up
        return is_spent or self._availability.lost_for > self._budget.limit

    @property
    def _deadline(self) -> float:
        """Loop time until which the first audio of this attempt must have come."""
        now = loop_time()
        if self._attempts.has_another(self._link):
            return now + max(FIRST_AUDIO_TIMEOUT, self._start_delay)
        if not self._is_waiting:
            return max(self._budget.deadline, now + self._start_delay)
        give_up_at = math.inf if self._availability.is_given_up else self._availability.give_up_at
        return min(now + self._budget.limit, max(give_up_at, now))

"""A language model that is asked again within the budget of a reply, another one in its place, or to go on."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipeline.bridge import Outlet, bridge
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.messages import Prompt
from pipeline.ports import LanguageModel, ReplyPart
from pipeline.resilience.availability import Availability
from pipeline.resilience.backoff import backoff_delay, patient_delay
from pipeline.resilience.budget import Budget
from pipeline.resilience.chain import Attempts, Link, chain_of, retry_delay
from pipeline.resilience.first_tokens import FIRST_TOKENS, Hedging
from pipeline.resilience.model_round import FIRST_TOKEN_DELAY, ModelRound
from pipeline.resilience.partial_reply import PartialReply

MOST_BREAKS = 4
"""How often one reply may break off in mid-text and be asked to go on."""


class RetryingLanguageModel:
    """A `pipeline.ports.LanguageModel` around another one or a chain of them, for one reply.

    A request that fails before its first text is made again, until the budget is spent. When it breaks off later the
    model is asked to go on from the last word, so that the whole reply is heard; the voice's budget is left alone then.
    One that refuses before it has begun is given up, and asked now and then: the reply waits.
    """

    def __init__(self, model: LanguageModel, budget: Budget, availability: Availability, hedging: Hedging) -> None:
        self._model, self._budget, self._availability, self._hedging = model, budget, availability, hedging
        self._chain, self._first_at = chain_of(model), 0.0

    async def warm(self) -> None:
        """Warm the model."""
        await self._model.warm()

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream one reply. Raises the last attempt's ProviderError when time is up, or asking is useless."""

        async def work(outlet: Outlet[ReplyPart]) -> None:
            await self._make(prompt, outlet)

        async with aclosing(bridge(work)) as parts:
            async for part in parts:
                yield part

    async def _make(self, prompt: Prompt, outlet: Outlet[ReplyPart]) -> None:
        reply, attempts = PartialReply(), Attempts(self._chain, self._availability.repeated)
        self._first_at = loop_time()
        link, breaks, refusals = attempts.begin(), list[ProviderError](), 0
        go_on_until = math.inf
        while True:
            had_begun, length = reply.has_begun, len(reply.text)
            one = ModelRound(
                reply,
                prompt,
                attempts,
                emit=outlet.put_nowait,
                on_begun=self._availability.worked if had_begun else self._on_begun,
                on_another=self._hedging.spend,
            )
            await self._run(one, link, go_on_until, had_begun=had_begun)
            if reply.is_whole or (failure := one.failure) is None:
                return
            if failure.retryable:
                self._availability.failed(failure)
            if reply.has_begun and len(reply.text) > length:
                breaks.append(failure)
                go_on_until = loop_time() + self._budget.limit
            elif not reply.has_begun:
                self._budget.start()
            if attempts.is_useless and failure.ends_bot:
                self._availability.give_up(failure)
                if reply.has_begun:
                    raise failure
                await asyncio.sleep(patient_delay(refusals, random.random()))
                attempts, refusals = Attempts(self._chain, self._availability.repeated), refusals + 1
                link, self._first_at = attempts.begin(), loop_time()
                continue
            if attempts.is_useless or len(breaks) > MOST_BREAKS:
                raise breaks[-1] if breaks else failure
            link = attempts.begin()
            failures = attempts.failures_of(link)
            delay = retry_delay(failure, backoff_delay(failures - 1, random.random())) if failures else 0.0
            if loop_time() + delay >= (go_on_until if reply.has_begun else self._deadline):
                raise breaks[-1] if breaks else failure
            await asyncio.sleep(delay)

    async def _run(self, one: ModelRound, link: Link[LanguageModel], go_on_until: float, *, had_begun: bool) -> None:
        """Let the requests of a round have what is left of the time: of the budget, or to go on."""
        start_delay = self._availability.start_delay(link.provider)
        is_local = getattr(link.provider, "start_timeout", 0.0) > 0.0  # its two requests would share one processor
        delay = FIRST_TOKEN_DELAY
        if not had_begun:
            delay = self._hedging.delay(FIRST_TOKENS.of(link.provider), otherwise=FIRST_TOKEN_DELAY)
        another_at = math.inf if is_local else loop_time() + delay
        if had_begun:
            await one.run(link, go_on_until, another_at)
            return
        self._budget.start()
        patience = max(self._deadline, loop_time() + start_delay)
        await one.run(link, patience, another_at)

    @property
    def _deadline(self) -> float:
        """Loop time until which a first part must have come, whatever the voice has used of the budget by then."""
        return max(self._budget.deadline, self._first_at + self._budget.limit)

    def _on_begun(self) -> None:
        if self._budget.is_spent:  # the model had to be loaded: that is not the voice's to pay
            self._budget.renew()
        self._budget.pause()
        self._availability.worked()

"""A language model that is asked again within the budget of a reply."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipeline.clock import loop_time
from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.messages import Prompt
from pipeline.ports import Finished, LanguageModel, ReplyPart, Usage
from pipeline.resilience.availability import Availability
from pipeline.resilience.backoff import backoff_delay
from pipeline.resilience.budget import Budget

EMPTY_ANSWERS = 2
"""Requests that may be answered without a word: asked once more a model mostly finds some."""


class RetryingLanguageModel:
    """A `pipeline.ports.LanguageModel` around another one, for one reply.

    A request that fails before its first text is made again, until the budget is spent. One that breaks off later is
    not: its words may have been heard.
    """

    def __init__(self, model: LanguageModel, budget: Budget, availability: Availability) -> None:
        self._model, self._budget, self._availability = model, budget, availability

    async def warm(self) -> None:
        """Warm the model."""
        await self._model.warm()

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream one reply. Raises the last attempt's ProviderError when the budget is spent, or asking is useless."""
        attempt = 0
        while True:
            has_begun = False
            failure: ProviderError = Malformed("the language model", "it answered without a word: choose another model")
            can_repeat = attempt + 1 < EMPTY_ANSWERS
            try:
                async with aclosing(self._model.generate(prompt)) as parts:
                    while (part := await self._next(parts, has_begun)) is not None:
                        if not has_begun and not isinstance(part, Usage | Finished):
                            has_begun = True
                            if self._budget.is_spent:  # the model had to be loaded: that is not the voice's to pay
                                self._budget.renew()
                            self._budget.pause()
                            self._availability.worked()
                        yield part
                if has_begun:
                    return
            except ProviderError as error:
                if has_begun or not error.retryable:
                    raise
                self._availability.failed(error)
                failure, can_repeat = error, True
            delay = backoff_delay(attempt, random.random())
            self._budget.start()
            if not can_repeat or loop_time() + delay >= self._budget.deadline:
                raise failure
            attempt += 1
            await asyncio.sleep(delay)

    async def _next(self, parts: AsyncGenerator[ReplyPart, None], has_begun: bool) -> ReplyPart | None:
        """Return the next part, None at the end. Raises Unavailable when none comes in time."""
        start_delay = self._availability.start_delay(self._model)
        if has_begun:  # the budget is the voice's now
            deadline = loop_time() + self._budget.limit
        else:
            self._budget.start()
            deadline = max(self._budget.deadline, loop_time() + start_delay)
        try:
            async with asyncio.timeout_at(deadline) as limit:
                return await anext(parts, None)
        except TimeoutError:
            if not limit.expired():
                raise
            if not has_begun:
                self._budget.exhaust()
            what = "the reply broke off: no more text" if has_begun else "no answer"
            patience = max(self._budget.limit, start_delay)
            raise Unavailable("the language model", f"{what} within {patience:g} s") from None

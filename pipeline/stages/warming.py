"""Connections to the providers, ready before they are needed."""

import asyncio
import random

from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.errors import ProviderError
from pipeline.ports import AgentParts, LanguageModel, Synthesizer, Transcriber
from pipeline.resilience.availability import Availability, Health
from pipeline.resilience.backoff import backoff_delay, patient_delay

Provider = Transcriber | LanguageModel | Synthesizer


class ConnectionWarmer:
    """Warms each provider, never twice at the same time."""

    def __init__(self, parts: AgentParts, health: Health) -> None:
        self._budget = health.budget
        self.use(parts, health)
        self._all = [*self._speakers, *_given((parts.transcriber, health.transcriber))]
        self._under_way: set[int] = set()

    @property
    def start_delay(self) -> float:
        """Seconds that one of them may take at least until its first answer, as it loads data of its own."""
        return max((availability.start_delay(provider) for provider, availability in self._all), default=0.0)

    async def run(self) -> None:
        """Connect before the first word. One that cannot be reached is given up, and tried now and then."""
        async with asyncio.TaskGroup() as group:
            for provider, availability in self._all:
                group.create_task(self._reach(provider, availability))

    def use(self, parts: AgentParts, health: Health) -> None:
        """Have these ready from now on when a reply is to be made."""
        self._speakers = _given((parts.language_model, health.language_model), (parts.synthesizer, health.synthesizer))

    def again(self, children: TaskStarter) -> None:
        """Have what makes a reply ready, in tasks that `children` starts; an outage shows when the reply is made.

        With a refusal the provider is given up.
        """
        for provider, availability in self._speakers:
            if id(provider) not in self._under_way:
                children.create_task(self._again(provider, availability))

    async def _reach(self, provider: Provider, availability: Availability) -> None:
        """Connect, until it turns out that the provider works; it is given up when the budget of seconds is over."""
        attempt, give_up_at = 0, loop_time() + self._budget
        while True:
            try:
                await self._warm(provider)
            except ProviderError as error:
                if availability.has_worked:
                    return
                delay = self._delay(availability, error, attempt, give_up_at)
            else:
                availability.reached()
                return
            attempt += 1
            await asyncio.sleep(delay)

    def _delay(self, availability: Availability, error: ProviderError, attempt: int, give_up_at: float) -> float:
        """Return the seconds before another attempt, after one that has failed."""
        if error.ends_bot:
            availability.give_up(error)
            return patient_delay(attempt, random.random())
        availability.failed(error)
        delay = backoff_delay(attempt, random.random())
        if loop_time() + delay >= give_up_at:
            availability.give_up(availability.out_of_reach(error))
            delay = patient_delay(attempt, random.random())
        return delay

    async def _again(self, provider: Provider, availability: Availability) -> None:
        try:
            await self._warm(provider)
        except ProviderError as error:
            if error.ends_bot:
                availability.give_up(error)

    async def _warm(self, provider: Provider) -> None:
        self._under_way.add(id(provider))
        try:
            await provider.warm()
        finally:
            self._under_way.discard(id(provider))


def _given(*providers: tuple[Provider | None, Availability]) -> list[tuple[Provider, Availability]]:
    return [(provider, availability) for provider, availability in providers if provider is not None]

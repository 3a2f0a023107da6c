"""Connections to the providers, ready before they are needed."""

import asyncio
import logging

from pipeline.errors import ProviderError, Refused
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

log = logging.getLogger(__name__)

Provider = Transcriber | LanguageModel | Synthesizer


class ConnectionWarmer:
    """Warms each provider, never twice at the same time."""

    def __init__(
        self, transcriber: Transcriber | None, language_model: LanguageModel | None, synthesizer: Synthesizer | None
    ) -> None:
        speakers = (language_model, synthesizer)
        self._to_answer: list[Provider] = [provider for provider in speakers if provider is not None]
        self._all = [*self._to_answer, *([transcriber] if transcriber is not None else [])]
        self._under_way: set[int] = set()

    async def run(self) -> None:
        """Connect before the first word. A provider that refuses ends the bot now, rather than in mid-call."""
        async with asyncio.TaskGroup() as group:
            for provider in self._all:
                group.create_task(self._warm(provider, refusal_ends=True))

    def again(self, group: asyncio.TaskGroup) -> None:
        """Have what makes a reply ready, in tasks of `group`; a failure shows when the reply is made."""
        for provider in self._to_answer:
            if id(provider) not in self._under_way:
                group.create_task(self._warm(provider))

    async def _warm(self, provider: Provider, *, refusal_ends: bool = False) -> None:
        self._under_way.add(id(provider))
        try:
            await provider.warm()
        except ProviderError as error:
            if refusal_ends and isinstance(error, Refused):
                raise
            log.warning("%s", error)
        finally:
            self._under_way.discard(id(provider))

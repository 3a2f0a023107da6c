"""The summary of a conversation that is over, for its hook."""

import asyncio
import logging
from contextlib import suppress

from pipeline.clock import loop_time
from pipeline.messages import ConversationSummary, Message
from pipeline.stages.summarize import Summaries

LAST_SUMMARY_DELAY = 3.5
"""Seconds for a summary when the bot ends: some 300 tokens. Hooks and memory do without one then."""

log = logging.getLogger(__name__)


class EndSummary:
    """Makes one summary at a time."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries
        self._deadline: float | None = None
        self._limit: asyncio.Timeout | None = None

    async def make(self, history: tuple[Message, ...], older: ConversationSummary | None) -> str | None:
        """Return a summary; `older` is that of the first part, if there is one. None when none can be made."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._deadline) as self._limit:
                return await self._summaries.of_conversation(history, older)
        log.warning("no summary of the conversation within %g s", LAST_SUMMARY_DELAY)
        return None

    def hurry(self) -> None:
        """Give what is being made, and what is made from now on, little time: the bot ends."""
        self._deadline = loop_time() + LAST_SUMMARY_DELAY
        if self._limit is not None and not self._limit.expired():
            with suppress(RuntimeError):  # it is over
                self._limit.reschedule(self._deadline)

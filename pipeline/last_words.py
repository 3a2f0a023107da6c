"""What is still said when a provider is lost for good: nobody is left with a bot that has fallen silent in mid-call."""

import asyncio
from collections.abc import Callable

from pipeline.children import TaskStarter
from pipeline.errors import ProviderError
from pipeline.turn.state import State

LONGEST = 15.0
"""Seconds for the end of the turn and an apology; then the bot ends whatever is still to be said."""

LOOK = 0.1
"""Seconds between looks at whether all is said."""


class LastWords:
    """Ends the session with the error of a provider, once what is to be said has been."""

    def __init__(self, state: Callable[[], State]) -> None:
        """`state` returns that of the conversation."""
        self._state = state
        self._is_under_way = False

    def begin(self, error: ProviderError, children: TaskStarter) -> None:
        """Note that a provider is lost; the first error is the one that the session ends with."""
        if not self._is_under_way:
            self._is_under_way = True
            children.create_task(self._end(error), name="last words")

    async def _end(self, error: ProviderError) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                await asyncio.sleep(LOOK)
                while self._is_busy():  # noqa: ASYNC110 - the state changes with each of many events
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            pass
        raise error

    def _is_busy(self) -> bool:
        """Whether something is being said, or is to be."""
        state = self._state()
        is_awaited = bool(state.turn.text) and state.turn.has_failed  # the end of the turn, and then an apology
        return bool(state.on_air or state.pending_reply or state.speech_queue or state.owes_apology or is_awaited)

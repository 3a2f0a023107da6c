"""The replies that the embedding program has asked for, until it is told what became of them."""

import asyncio
from dataclasses import dataclass
from itertools import count

from pipeline.errors import ProviderError, VoiceBotError


@dataclass(frozen=True, slots=True)
class SpeechOutcome:
    """What became of a reply. Loop times; `began_at` is when it began to be heard, None when it never was."""

    heard: str
    is_cut: bool
    began_at: float | None = None


class SpeechHandles:
    """Names the replies that are asked for, and answers whoever waits for one."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[SpeechOutcome]] = {}
        self._numbers = count(1)
        self._is_closed = False

    def new(self) -> str:
        """The id of one more reply. Raises VoiceBotError when the session has ended."""
        if self._is_closed:
            raise VoiceBotError("the session has ended: nothing can be said in it any more")
        reply_id = f"say-{next(self._numbers)}"
        self._waiting[reply_id] = asyncio.get_running_loop().create_future()
        return reply_id

    async def outcome(self, reply_id: str) -> SpeechOutcome:
        """Wait for it. Raises ProviderError when not all of it could be made; cancelled when the session ends first."""
        try:
            return await self._waiting[reply_id]
        finally:
            del self._waiting[reply_id]

    def tell(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """It is over; one that was cut is no failure. Replies that nobody asked for are passed over."""
        waiting = self._waiting.get(reply_id)
        if waiting is None or waiting.done():
            return
        if failure is not None and not outcome.is_cut:
            waiting.set_exception(failure)
        else:
            waiting.set_result(outcome)

    def close(self) -> None:
        """No more replies: those that wait get none."""
        self._is_closed = True
        for waiting in self._waiting.values():
            waiting.cancel()

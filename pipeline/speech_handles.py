"""The replies that the embedding program has asked for, and the calls that wait for them."""

import asyncio
from dataclasses import dataclass, field
from itertools import count

from pipeline.errors import ProviderError, VoiceBotError


@dataclass(frozen=True, slots=True)
class SpeechOutcome:
    """The outcome of a reply. `began_at` is the loop time at which it began to be heard, None when it never was."""

    heard: str
    is_cut: bool
    began_at: float | None = None
    is_dropped: bool = False
    """The person whom it was for had left before any of it was heard."""


@dataclass(slots=True)
class _Waiting:
    """A call that waits for a reply."""

    done: "asyncio.Future[SpeechOutcome]"
    has_parts: bool
    """More than one reply may belong to it: it is over when that is said."""
    parts: list[SpeechOutcome] = field(default_factory=list)
    failure: ProviderError | None = None

    def take(self, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Take the outcome of one part. A cut is no failure."""
        self.parts.append(outcome)
        if not outcome.is_cut:
            self.failure = self.failure or failure

    def finish(self, *, is_cut: bool = False) -> None:
        """Wake the call."""
        if self.done.done():
            return
        if self.failure is not None:
            self.done.set_exception(self.failure)
        else:
            self.done.set_result(_whole(self.parts, is_cut=is_cut))


class SpeechHandles:
    """The replies that were asked for and are not over yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._continued: dict[str, frozenset[str]] = {}
        """By the id of a reply that is being made: the replies that it goes on with."""
        self._numbers = count(1)
        self._is_closed = False

    def new(self, *, has_parts: bool = False) -> str:
        """Return the id of one more reply that is waited for. Raises VoiceBotError when the session has ended."""
        reply_id = self.new_id()
        self._waiting[reply_id] = _Waiting(asyncio.get_running_loop().create_future(), has_parts)
        return reply_id

    def new_id(self) -> str:
        """Return the id of one more reply. Raises VoiceBotError when the session has ended."""
        if self._is_closed:
            raise VoiceBotError("the session has ended: nothing can be said in it any more")
        return f"say-{next(self._numbers)}"

    async def outcome(self, reply_id: str) -> SpeechOutcome:
        """Wait for the reply. Raises ProviderError when not all of it could be made; is cancelled by `close`."""
        try:
            return await self._waiting[reply_id].done
        finally:
            del self._waiting[reply_id]

    def attribute(self, reply_id: str, continues: frozenset[str]) -> None:
        """Note what a reply goes on with."""
        if continues & self._waiting.keys():
            self._continued[reply_id] = continues

    def resolve(self, reply_id: str, outcome: SpeechOutcome, failure: ProviderError | None) -> None:
        """Take the outcome of a reply, and wake the call that waits for it alone. Other replies are ignored."""
        for waiting_id in {reply_id, *self._continued.pop(reply_id, ())}:
            if (waiting := self._waiting.get(waiting_id)) is not None:
                waiting.take(outcome, failure)
                if not waiting.has_parts:
                    waiting.finish()

    def finish(self, reply_id: str) -> None:
        """Wake the call that waits for a generated reply, with the outcome of all its parts."""
        if (waiting := self._waiting.get(reply_id)) is not None:
            waiting.finish()

    def close(self, *, is_broken: bool = False) -> None:
        """Wake all that wait, where something was heard and nothing is broken; there will be no more replies."""
        self._is_closed = True
        for waiting in self._waiting.values():
            if waiting.parts and not is_broken:
                waiting.finish(is_cut=True)
            else:
                waiting.done.cancel()


def _whole(parts: list[SpeechOutcome], *, is_cut: bool) -> SpeechOutcome:
    """The outcome of several replies in a row; without any, as of a text that was never begun."""
    return SpeechOutcome(
        " ".join(part.heard for part in parts if part.heard),
        is_cut=is_cut or any(part.is_cut for part in parts),
        began_at=next((part.began_at for part in parts if part.began_at is not None), None),
        is_dropped=bool(parts) and all(part.is_dropped for part in parts),
    )

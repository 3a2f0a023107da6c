"""What was answered to requests with an Idempotency-Key, so that whoever asks again gets the same answer."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.web.api.problems import Problem
from pipeline.clock import loop_time

MOST_ANSWERS = 10_000

KEY_LIMIT = 255
"""Characters of a key."""

T = TypeVar("T")


@dataclass(slots=True)
class _Answer(Generic[T]):
    fingerprint: str
    expires_at: float
    value: "asyncio.Future[T]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Idempotency(Generic[T]):
    """Keeps each answer for `life` seconds; of more than 10,000 the oldest goes. What failed may be tried again."""

    def __init__(self, life: float) -> None:
        self._life = life
        self._answers: OrderedDict[str, _Answer[T]] = OrderedDict()

    async def once(self, key: str, fingerprint: str, make: Callable[[], Awaitable[T]]) -> T:
        """Return what was made for this key, or make it now. Raises Problem where the key was for another request.

        Whoever asks while it is made waits for it, and shares its failure.
        """
        self._drop_old()
        if (known := self._answers.get(key)) is None:
            return await self._make(key, fingerprint, make)
        if known.fingerprint != fingerprint:
            raise Problem(422, "This Idempotency-Key was used for another request: take a new one.")
        return await asyncio.shield(known.value)

    async def _make(self, key: str, fingerprint: str, make: Callable[[], Awaitable[T]]) -> T:
        answer = _Answer[T](fingerprint, loop_time() + self._life)
        self._answers[key] = answer
        try:
            value = await make()
        except BaseException as failure:
            if self._answers.get(key) is answer:
                del self._answers[key]
            is_said = isinstance(failure, Exception)
            answer.value.set_exception(failure if is_said else Problem(503, "This service is ending: try again."))
            answer.value.exception()  # nobody may have waited for it
            raise
        answer.value.set_result(value)
        return value

    def _drop_old(self) -> None:
        """Drop what has expired, and what is too much; never what is being made, which is the newest."""
        while self._answers:
            oldest = next(iter(self._answers.values()))
            if oldest.expires_at > loop_time() and len(self._answers) < MOST_ANSWERS:
                return
            self._answers.popitem(last=False)


def read_key(text: str) -> str:
    """Read the header's value. Raises Problem."""
    if not text.strip() or len(text) > KEY_LIMIT or not text.isprintable():
        raise Problem(400, f"Idempotency-Key must be a text of at most {KEY_LIMIT} printable characters.")
    return text

"""The whole mouth: texts are spoken one after the other, and each knows afterwards what of it was heard."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

from pipeline.errors import ProviderError
from pipeline.events import PlayoutEvent, PlayoutFinished
from pipeline.ports import AudioOut, Synthesizer
from pipeline.stages.playout import Playout
from pipeline.stages.speak import SpokenReply


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of a text. `failure` is why its rest was not synthesised; it is no cut."""

    heard: str
    cut: bool
    failure: ProviderError | None = None


class Mouth:
    """One synthesizer into one room."""

    def __init__(self, synthesizer: Synthesizer, out: AudioOut) -> None:
        self.playout = Playout(out, self._on_playout)
        self._synthesizer = synthesizer
        self._ids = count(1)
        self._turn = asyncio.Lock()
        self._on_air: str | None = None
        self._ended: asyncio.Future[int | None] | None = None

    async def run(self) -> None:
        """Serve the room; for the life of the session."""
        await self.playout.run()

    async def say(self, text: AsyncIterator[str]) -> Spoken:
        """Speak a text as it comes, after those before it; returns when it has been played or was interrupted.

        When the synthesizer fails, what it has made until then is still played. Cancelling it breaks it off.
        """
        reply_id = f"reply-{next(self._ids)}"
        reply = SpokenReply(reply_id, self._synthesizer, self.playout)
        try:
            async with asyncio.TaskGroup() as group:
                synthesis = group.create_task(reply.run(text))
                async with self._turn:
                    cut_at = await self._play(reply_id)
                if cut_at is not None:
                    synthesis.cancel()
                    return Spoken(reply.heard(cut_at), cut=True)
                failure = await synthesis
                return Spoken(reply.heard(reply.made), cut=False, failure=failure)
        finally:
            self.playout.end(reply_id)

    def interrupt(self) -> None:
        """Break off what is being said, now; the text after it has its turn."""
        if self._on_air is not None and self._ended is not None and not self._ended.done():
            self._ended.set_result(self.playout.end(self._on_air))

    async def _play(self, reply_id: str) -> int | None:
        """Put a reply on air until it ends; returns how many samples were played when it was cut, else None."""
        self._on_air = reply_id
        self._ended = asyncio.get_running_loop().create_future()
        self.playout.release(reply_id)
        try:
            return await self._ended
        finally:
            self._on_air = self._ended = None
            self.playout.end(reply_id)  # a cancelled one must not stay on air

    def _on_playout(self, event: PlayoutEvent) -> None:
        finished = isinstance(event, PlayoutFinished) and event.reply_id == self._on_air
        if finished and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

"""Captions in the room: the person's words as they are transcribed, the bot's words as they are heard."""

import asyncio
from uuid import uuid4

from pipeline.audio import FRAME_DURATION
from pipeline.ports import Captions
from pipeline.stages.reply import Reply

CAPTION_INTERVAL = 0.05
"""Shortest time in seconds between two looks at what was heard of the reply on air."""

LONGEST_CAPTION_INTERVAL = 0.25
"""Longest time in seconds between two looks. The next word may be further away, but another reply may be on air."""


class Captioner:
    """Shows what both sides say. Segment ids get a prefix, as there may be other bots with captions in the room."""

    def __init__(self, captions: Captions) -> None:
        self._captions = captions
        self._prefix = uuid4().hex[:8]
        self._reply: Reply | None = None
        self._went_on_air = asyncio.Event()

    def show_person(self, segment_id: str, text: str, *, final: bool) -> None:
        """Show the whole text of the person's segment so far; a final one closes the segment."""
        self._captions.person(self._segment(segment_id), text, final=final)

    def follow(self, reply: Reply) -> None:
        """Caption this reply from now on, word by word as it is heard."""
        self._reply = reply
        self._went_on_air.set()

    def close_reply(self, reply_id: str, heard: str) -> None:
        """Show all that was heard of the reply on air and close its segment."""
        self._reply = None
        self._captions.bot(self._segment(reply_id), heard, final=True)

    async def run(self) -> None:
        """Update the bot's captions for the life of the session."""
        shown: tuple[str, str] | None = None
        while True:
            if (reply := self._reply) is None:
                self._went_on_air.clear()
                await self._went_on_air.wait()
                continue
            played = reply.played
            caption = self._segment(reply.reply_id), reply.heard(played)
            if caption != shown:
                shown = caption
                self._captions.bot(*caption, final=False)
            wait = (reply.grows_after(played) or 0.0) + FRAME_DURATION  # what was played is known frame by frame
            await asyncio.sleep(min(max(wait, CAPTION_INTERVAL), LONGEST_CAPTION_INTERVAL))

    def _segment(self, segment_id: str) -> str:
        return f"{self._prefix}-{segment_id}"

"""Captions in the room: the person's words as they are transcribed, the bot's words as they are heard."""

import asyncio
from collections import Counter
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
        self._unspoken: dict[str, str] = {}  # the text of replies that wait for the voice, by their ids
        self._closed: Counter[str] = Counter()  # segments that a reply has closed without having been spoken
        self._went_on_air = asyncio.Event()
        self._open_person: tuple[str, str] | None = None

    def show_person(self, segment_id: str, text: str, *, final: bool) -> None:
        """Show the whole text of the person's segment so far; a final one closes the segment."""
        self._open_person = None if final else (segment_id, text)
        self._captions.person(self._segment(segment_id), text, final=final)

    def follow(self, reply: Reply) -> None:
        """Caption this reply from now on, word by word as it is heard."""
        self._reply = reply
        self._went_on_air.set()

    def show_unspoken(self, reply_id: str, text: str) -> None:
        """Show the written text of a reply that waits for the voice: the person can read what cannot be said yet."""
        self._unspoken[reply_id] = text
        self._captions.bot(self._reply_segment(reply_id), text, final=False)

    def close_unspoken(self, reply_id: str) -> None:
        """Close the segment of a reply that will not be spoken any more."""
        if (text := self._unspoken.pop(reply_id, None)) is not None:
            self._captions.bot(self._reply_segment(reply_id), text, final=True)
            self._closed[reply_id] += 1  # a reply that is made anew under the same id opens another

    def close_reply(self, reply_id: str, text: str, unheard: str) -> None:
        """Show what was heard of the reply on air and close its segment; text that was shown before stays.

        `unheard` is what was written behind `text`.
        """
        self._reply = None
        segment_id = self._reply_segment(reply_id)
        if (unspoken := self._unspoken.pop(reply_id, None)) is not None:
            text, unheard = unspoken, ""
        self._captions.bot(segment_id, text, final=True, unheard=unheard)

    def close(self) -> None:
        """Close the person's segment, as nothing is added to it any more."""
        if self._open_person is not None:
            segment_id, text = self._open_person
            self.show_person(segment_id, text, final=True)

    async def run(self) -> None:
        """Update the bot's captions for the life of the session."""
        shown: tuple[str, str] | None = None
        while True:
            if (reply := self._reply) is None:
                self._went_on_air.clear()
                await self._went_on_air.wait()
                continue
            played = reply.played
            text = self._unspoken.get(reply.reply_id) or reply.shown(played)
            caption = self._reply_segment(reply.reply_id), text
            if caption != shown:
                shown = caption
                self._captions.bot(*caption, final=False)
            wait = (reply.grows_after(played) or 0.0) + FRAME_DURATION  # what was played is known frame by frame
            await asyncio.sleep(min(max(wait, CAPTION_INTERVAL), LONGEST_CAPTION_INTERVAL))

    def _reply_segment(self, reply_id: str) -> str:
        closed = self._closed[reply_id]
        return self._segment(f"{reply_id}-{closed + 1}" if closed else reply_id)

    def _segment(self, segment_id: str) -> str:
        return f"{self._prefix}-{segment_id}"

"""One reply's text, as it is written, becomes audio in playout."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import cast

from pipeline.closing import closing
from pipeline.errors import ProviderError, first_error
from pipeline.port_check import unexpected
from pipeline.ports import Synthesizer
from pipeline.resilience.tts import SpeechAttempts
from pipeline.speech import Speech, WordTime
from pipeline.stages.playout import Playout
from pipeline.stages.reply_text import ReplyText
from pipeline.text.heard import Alignment

AHEAD = 8.0
"""Seconds of speech ahead of the playhead beyond which text waits: a cut wastes at most so much synthesis."""

AHEAD_CHECK = 0.1
"""Seconds between looks at how much is ahead."""

SECONDS_A_CHARACTER = 0.065
"""Of speech, about 15 characters a second: an estimate for text that has no audio yet."""

LOW = 2.0
"""Seconds of audio ahead of the playhead below which text never waits: a voice that speaks faster than estimated would
in the end have nothing to say, while its text waits for being said."""

_log = logging.getLogger(__name__)


class SpokenReply:
    """One reply between its text and the room, and what of it was heard.

    `on_first_audio` is called once the first samples have gone into playout, `on_spoken` once all of the text has.
    """

    def __init__(
        self,
        reply_id: str,
        voice: SpeechAttempts,
        playout: Playout,
        on_first_audio: Callable[[], None] = lambda: None,
        *,
        text: ReplyText,
        on_spoken: Callable[[], None] = lambda: None,
        may_speak: bool = True,
    ) -> None:
        """Fill `text`, and speak none of it before `may_speak`, or `speak`."""
        self.reply_id = reply_id
        self._voice, self._playout, self._on_spoken = voice, playout, on_spoken
        self._on_first_audio: Callable[[], None] | None = on_first_audio
        self._rate = voice.rate
        self._audio = playout.open(reply_id)
        self.text = text
        self._alignment = Alignment()
        self._voice_failure: ProviderError | None = None
        self._may_speak = asyncio.Event()
        if may_speak:
            self._may_speak.set()
        self._sent = 0  # characters given to the synthesizer
        self._untimed_from: int | None = None  # the first sample of a chunk without word times that is not all there

    def heard(self, played: int, *, in_full: bool = False) -> str:
        """Return the text that was heard when `played` samples were; `in_full` with all that is only to be read."""
        self._guess(played)
        return (self._alignment.shown if in_full else self._alignment.heard)(played / self._rate)

    def words(self, played: int) -> tuple[WordTime, ...]:
        """Return the written words that were heard when `played` samples were, in seconds of the audio."""
        self._guess(played)
        return self._alignment.text.words(played / self._rate)

    def grows_after(self, played: int) -> float | None:
        """Return the seconds of audio behind `played` samples after which more is heard; None when unknown yet."""
        grows_at = self._alignment.grows_at(played / self._rate)
        return None if grows_at is None else grows_at - played / self._rate

    def is_whole(self, played: int) -> bool:
        """Whether all of it has been made, and every word of it was heard when `played` samples were."""
        return self._audio.complete and self.heard(played, in_full=True) == self._alignment.written.strip()

    @property
    def failure(self) -> ProviderError | None:
        """Why the rest of it is missing."""
        return self.text.failure or self._voice_failure

    def speak(self) -> None:
        """Let the text become audio, if it was not to do so from the start."""
        self._may_speak.set()

    @property
    def made(self) -> int:
        """Samples of audio so far."""
        return self._audio.end

    async def run(self, text: AsyncGenerator[str | None, None]) -> None:
        """Speak a text as it comes; returns when all its audio is in playout, or after a provider's failure.

        A failure is kept, not raised, as what was made before it is still to be played: then, and when this is
        cancelled, the reply is complete with what there is. The text is closed when no more of it is wanted.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.text.read(text))
                await self._speak_all()
                self._alignment.finish()
                self._audio.finish()  # the source may still be counting what it has cost
                self._on_spoken()
        except* ProviderError as failures:
            self._voice_failure = cast(ProviderError, first_error(failures))
        finally:
            self._audio.finish()

    async def _speak_all(self) -> None:
        """Speak all of the text, again from behind the last whole word when the voice breaks off.

        What was made beyond that word comes again, and is dropped where it is not yet written to the room; after the
        last failure, too. Without word times it is the last word of the chunk before: rather half a sentence is heard
        twice than its other half not at all.
        """
        unspoken = ""
        while True:
            try:
                await self._speak(unspoken)
                return
            except ProviderError as failure:
                spoken_until, unspoken = self._alignment.restart()
                if not unspoken and self.text.is_spent:
                    _log.warning("%s; %s was complete by then", failure, self.reply_id)
                    return
                self._audio.drop(round(spoken_until * self._rate))
                self._guess(self._audio.end)  # of what stays, as it is said again from its start
                await self._voice.recover(failure, self.text.whole)

    async def _speak(self, unspoken: str) -> None:
        """Let the synthesizer speak the rest of what it was given already, and all that comes."""
        async with closing(self._paced(unspoken)) as chunks:
            if self._voice.word_times:
                await self._speak_timed(chunks)
                return
            # Without word times, each chunk is a request of its own, so that at least its own place is known.
            async for chunk in chunks:
                self._untimed_from = start = self._audio.end
                async with closing(self._spoken(once(chunk))) as pieces:
                    async for _ in pieces:
                        pass
                self._untimed_from = None
                self._alignment.spread(start / self._rate, self._audio.end / self._rate)
                self._voice.advance()

    async def _speak_timed(self, chunks: AsyncIterator[str]) -> None:
        start = self._audio.end / self._rate
        coming: deque[WordTime] = deque()  # words without all of their audio: they count only when it has come
        async with closing(self._spoken(chunks)) as pieces:
            async for piece in pieces:
                if isinstance(piece, WordTime):
                    coming.append(WordTime(piece.text, start + piece.start, start + piece.end))
                while coming and round(coming[0].end * self._rate) <= self._audio.end:
                    self._add_word(coming.popleft())
        for word in coming:
            self._add_word(word)

    def _guess(self, until: int) -> None:
        """Count the words before `until` in a chunk of unknown duration."""
        if self._untimed_from is not None:
            self._alignment.guess(self._untimed_from / self._rate, until / self._rate)

    def _add_word(self, word: WordTime) -> None:
        self._alignment.add_word(word)
        self._audio.words.append(word)
        self._voice.advance()

    async def _spoken(self, chunks: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Pass on what the synthesizer makes of the chunks; its audio has gone into playout by then."""
        async with closing(self._voice.speak(chunks)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Speech):
                    self._audio.feed(piece.samples)
                    if self._audio.end and (notify := self._on_first_audio) is not None:
                        self._on_first_audio = None
                        notify()
                elif not isinstance(piece, WordTime):
                    raise unexpected(piece, Synthesizer, "Speech(samples) or WordTime")
                yield piece

    async def _paced(self, unspoken: str) -> AsyncGenerator[str, None]:
        """Give the chunks to speak, none sooner than it is needed; `unspoken` is text that was given before."""
        await self._may_speak.wait()
        self.text.begin()
        if unspoken:
            yield unspoken
        while (chunk := await self.text.next()) is not None:
            self._alignment.add_chunk(chunk)  # before anything can break this off: from now on it is not lost
            while self._has_enough():  # noqa: ASYNC110 - a playhead moves without events
                await asyncio.sleep(AHEAD_CHECK)
            self._sent += len(chunk.text)
            if chunk.text:
                yield chunk.text

    def _has_enough(self) -> bool:
        played = self._playout.played(self.reply_id) / self._rate
        made, given = self._audio.end / self._rate, self._sent * SECONDS_A_CHARACTER
        return max(made, given) - played > AHEAD and not (played and made - played < LOW)


async def once(text: str) -> AsyncIterator[str]:
    """Give a text that is there as a whole like one that comes piece by piece."""
    yield text

"""Speech for when the voice cannot speak: made by it while it could, else a recording that comes with the package."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from pipeline.audio import Pcm, silence
from pipeline.children import TaskStarter
from pipeline.closing import closing
from pipeline.errors import ProviderError
from pipeline.ports import Synthesizer, SynthesizerCapabilities
from pipeline.speech import Speech, WordTime
from pipeline.stages.speak import once

TIME_LIMIT = 10.0
"""Seconds in which the voice has to make one sentence; nobody waits for it."""

LONGEST = 10.0
"""Seconds of a sentence that are kept."""

LOOK = 0.2
"""Seconds between looks at whether the voice is free."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class KeptSpeech:
    """A text and its sound."""

    text: str
    samples: Pcm
    words: tuple[WordTime, ...]
    rate: int


SpareVoice = Callable[[str, str, int], KeptSpeech]
"""Returns what to play instead of a text, in a language, at a rate in Hz; its own text may differ."""


class KeptVoice:
    """A `pipeline.ports.Synthesizer` that says one kept sentence, whatever it is given."""

    capabilities = SynthesizerCapabilities(word_times=True)
    is_free = True
    """What it is given costs nothing."""

    def __init__(self, kept: KeptSpeech) -> None:
        self._kept = kept
        self.rate = kept.rate

    async def warm(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Give the sound once the text has come."""
        async for _ in text:
            pass
        yield Speech(self._kept.samples)
        for word in self._kept.words:
            yield word


class KeptSentences:
    """What the voices of a session have made ahead."""

    def __init__(self, spare: SpareVoice, is_free: Callable[[], bool], on_used: Callable[[int], None]) -> None:
        """`is_free` returns whether no reply needs a voice now; `on_used` takes the characters given to one."""
        self._spare, self._is_free, self._on_used = spare, is_free, on_used
        self._kept: dict[tuple[str, str], KeptSpeech] = {}  # by agent and text

    def keep(self, agent_id: str, text: str, voice: Synthesizer, children: TaskStarter) -> None:
        """Have a voice make a text when it is free, in a task that `children` starts."""
        if (agent_id, text) not in self._kept:
            children.create_task(self._make(agent_id, text, voice), name="kept sentence")

    def voice_for(self, agent_id: str, text: str, language: str, rate: int) -> tuple[str, KeptVoice]:
        """Return a voice for this text, and the text that it says."""
        kept = self._kept.get((agent_id, text)) or self._spare(text, language, rate)
        return kept.text, KeptVoice(kept)

    async def _make(self, agent_id: str, text: str, voice: Synthesizer) -> None:
        try:
            while not self._is_free():  # noqa: ASYNC110 - replies begin and end with many events
                await asyncio.sleep(LOOK)
            self._on_used(len(text))
            async with asyncio.timeout(TIME_LIMIT):
                self._kept[agent_id, text] = await make(text, voice)
        except (ProviderError, TimeoutError) as error:
            _log.info("the voice made no sentence ahead: %s", str(error) or "it took too long")
        except Exception as error:  # noqa: BLE001 - of anybody's voice: a sentence that may never be needed ends no call
            _log.warning("the voice has a bug, and made no sentence ahead: %r", error)


async def make(text: str, voice: Synthesizer) -> KeptSpeech:
    """Have a voice say a text. Raises its ProviderError."""
    parts, words, count = list[Pcm](), list[WordTime](), 0
    async with closing(voice.speak(once(text))) as pieces:
        async for piece in pieces:
            if isinstance(piece, WordTime):
                words.append(piece)
            elif isinstance(piece, Speech) and count < LONGEST * voice.rate:
                parts.append(piece.samples.copy())
                count += len(piece.samples)
    samples = np.concatenate([silence(0), *parts])
    if not len(samples):
        raise ProviderError("the voice", "it gave no audio")
    return KeptSpeech(text, samples, tuple(words) or spread_words(text, len(samples) / voice.rate), voice.rate)


def spread_words(text: str, duration: float) -> tuple[WordTime, ...]:
    """Estimate when each word is said, in the proportion of their letters."""
    words = text.split()
    ends = list(accumulate(len(word) + 1 for word in words))
    starts = [0, *ends]
    scale = duration / ends[-1]
    return tuple(
        WordTime(word, start * scale, end * scale) for word, start, end in zip(words, starts, ends, strict=False)
    )

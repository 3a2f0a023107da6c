"""Audio and words in time, on their way between a provider and the pipeline."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is not needed to speak of words
    from pipeline.audio import Pcm


@dataclass(frozen=True, slots=True)
class WordTime:
    """A spoken word and its place in the audio of its stream, seconds from the stream's first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Finalize:
    """In the audio to a transcriber: answer at once for everything before this point."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcriber's text for a stretch of audio.

    `start` and `end` are seconds of audio from the first sample of the stream, across reconnects. An interim may change
    and is replaced by the next one; a final stands. `words` may be empty for interims.

    The words until `end` are all in the transcripts so far. An empty interim reports audio without words: a transcriber
    that neither reports it nor answers Finalize seems to be behind after a noise that was detected as speech.
    """

    text: str
    is_final: bool
    start: float
    end: float
    words: tuple[WordTime, ...] = ()
    answers_finalize: bool = False
    """It is the answer to the last Finalize; its text may be empty, which then says that there is nothing more."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Synthesized audio, shape (samples,) at the synthesizer's rate."""

    samples: "Pcm"

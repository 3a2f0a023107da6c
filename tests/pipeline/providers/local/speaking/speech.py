"""Texts for the voices of this machine, and what comes of them."""

from collections.abc import AsyncIterator, Iterable

from pipeline.ports import Synthesizer
from pipeline.speech import Speech, WordTime

LONG = "He counted the waves, the gulls and the boats, and when he had counted all of them he began again. " * 5


async def chunks(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def spoken(synthesizer: Synthesizer, *texts: str) -> tuple[int, list[WordTime]]:
    """Samples of audio, and the words."""
    return split([piece async for piece in synthesizer.speak(chunks(*texts))])


async def drain(speech: AsyncIterator[Speech | WordTime], into: list[Speech | WordTime] | None = None) -> None:
    async for piece in speech:
        if into is not None:
            into.append(piece)


def split(pieces: Iterable[Speech | WordTime]) -> tuple[int, list[WordTime]]:
    pieces = list(pieces)
    words = [piece for piece in pieces if isinstance(piece, WordTime)]
    return sum(piece.samples.size for piece in pieces if isinstance(piece, Speech)), words

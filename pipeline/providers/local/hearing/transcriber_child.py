"""The process of a transcriber's engine: orders in, transcripts out. It loads no numpy, which not all engines need.

Times are counted in samples inside, and in seconds from the first sample in what is answered.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypedDict

from pipeline.providers.local.process.frames import Kind, OrdersAhead, Parent
from pipeline.providers.local.process.loading import loaded

RATE = 16_000
"""Hz of the audio it takes; as `pipeline.audio.LISTEN_RATE`, whose module would load numpy."""

Word = tuple[str, float, float]
"""A word, its start and its end."""


class TranscriptFields(TypedDict, total=False):
    """The fields of a `pipeline.speech.Transcript`."""

    text: str
    is_final: bool
    start: float
    end: float
    words: Sequence[Word]
    answers_finalize: bool


class StreamDecoder(Protocol):
    """An engine at work on one stream."""

    def hear(self, data: bytes) -> Iterable[TranscriptFields]:
        """Take samples, 16 bits each, any number of them; what follows from them."""
        ...

    def finalize(self) -> TranscriptFields:
        """The final transcript of all that is not final yet; its text may be empty."""
        ...

    def catch_up(self, is_asked: Callable[[], bool]) -> Iterable[TranscriptFields]:
        """Do what need not be done for each piece, as all that has come was taken.

        `is_asked` says whether an answer is waited for by now, which is then more urgent.
        """
        ...


def serve(load: Callable[[], StreamDecoder]) -> None:
    """Be the process. `load` raises an error when the engine will never do."""
    parent = Parent()
    decoder = loaded(parent, load)
    orders = OrdersAhead(parent)
    parent.answer(Kind.READY)
    for kind, payload in orders:
        for answer in decoder.hear(payload) if kind is Kind.HEAR else [decoder.finalize() | {"answers_finalize": True}]:
            _send(parent, answer)
        if kind is Kind.FINISH:
            parent.answer(Kind.FINISHED)
            return
        if not orders.is_waiting():
            for answer in decoder.catch_up(lambda: orders.is_waiting(Kind.FINALIZE, Kind.FINISH) or orders.have_ended):
                _send(parent, answer)


def seconds(samples: int) -> float:
    """The time of a sample, to the millisecond."""
    return round(samples / RATE, 3)


def _send(parent: Parent, answer: TranscriptFields) -> None:
    parent.answer(Kind.HEARD, json.dumps(answer).encode())

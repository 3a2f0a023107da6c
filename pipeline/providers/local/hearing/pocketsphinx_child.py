"""PocketSphinx in a child process: samples in; interim and final transcripts out.

Speech takes a fifth of a core or more. Silence is not decoded: the WebRTC VAD that comes with the package opens an
utterance, with the audio just before, and a Finalize, or a longer silence, closes it.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pipeline.providers.local.hearing.transcriber_child import RATE, TranscriptFields, Word, serve

DECODER = {
    "samprate": RATE,
    "loglevel": "FATAL",
    "fwdflat": False,
    "bestpath": True,
    "maxhmmpf": 3000,
    "pl_window": 5,
}
"""PocketSphinx's parameters. Its second pass (fwdflat) would answer a Finalize some 170 ms later; the last two take a
third off the CPU. On short recordings of people 31 % of words were wrong, against 27 % with its own defaults."""

FRAMES_PER_SECOND = 100
"""Of its times."""

PREROLL = 0.3
"""Seconds decoded from before the VAD's first speech: it notices a soft first consonant late."""

SILENCE = 1.0
"""Seconds without speech that close an utterance which nobody finalized."""

LONGEST_UTTERANCE = 20.0
"""Seconds after which an utterance is closed in any case, as memory and the answer's delay grow with it."""

INTERIM_INTERVAL = 0.24
"""Seconds of audio from one interim to the next."""

_FILLER = re.compile(r"[<\[+].*")  # <s>, <sil>, [NOISE], ++BREATH++
_ALTERNATE = re.compile(r"\(\d+\)\Z")  # the(2): the same word, pronounced in another way


def spoken_words(segments: Sequence[tuple[str, int, int]], start: float) -> list[Word]:
    """The words among a decoder's segments (text, first frame, last frame), in seconds; `start` is where frame 0 is."""
    return [
        (
            _ALTERNATE.sub("", text),
            round(start + first / FRAMES_PER_SECOND, 3),
            round(start + (last + 1) / FRAMES_PER_SECOND, 3),
        )
        for text, first, last in segments
        if not _FILLER.match(text)
    ]


class PocketsphinxDecoder:
    """A `transcriber_child.StreamDecoder`."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder, Vad

        self._decoder: Any = Decoder(**DECODER)
        self._vad: Any = Vad(mode=Vad.STRICT, sample_rate=RATE)
        self._block: int = self._vad.frame_bytes  # 30 ms
        self._partial = b""  # less than a block
        self._before: deque[bytes] = deque(maxlen=_size(PREROLL) // self._block)
        self._position = 0  # bytes taken, without the partial block
        self._start: int | None = None  # of the utterance, in bytes; None between two
        self._speech_end = 0  # bytes
        self._told = 0  # bytes; where the last answer ended

    def hear(self, data: bytes) -> Iterator[TranscriptFields]:
        """Take samples; what follows from them."""
        self._partial += data
        while len(self._partial) >= self._block:
            block, self._partial = self._partial[: self._block], self._partial[self._block :]
            yield from self._take(block)

    def finalize(self) -> TranscriptFields:
        """Close the utterance, if there is one; the final transcript."""
        if self._partial:
            self._position += len(self._partial)
            self._decode(self._partial)
            self._partial = b""
        return self._close()

    def catch_up(self, is_asked: Callable[[], bool]) -> Iterable[TranscriptFields]:
        """Do nothing: all is done as audio comes."""
        return ()

    def _take(self, block: bytes) -> Iterator[TranscriptFields]:
        self._position += len(block)
        if self._vad.is_speech(block):
            self._speech_end = self._position
            if self._start is None:
                self._open()
        self._decode(block)
        if self._start is not None and (
            self._position - self._speech_end >= _size(SILENCE)
            or self._position - self._start >= _size(LONGEST_UTTERANCE)
        ):
            yield self._close()
        elif self._position - self._told >= _size(INTERIM_INTERVAL):
            yield self._answer(is_final=self._start is None)  # a final without words: there is nothing to come

    def _open(self) -> None:
        self._decoder.start_utt()
        before = b"".join(self._before)
        self._before.clear()
        self._start = self._position - self._block - len(before)
        if before:
            self._decoder.process_raw(before, False, False)

    def _decode(self, data: bytes) -> None:
        if self._start is None:
            self._before.append(data)
        else:
            self._decoder.process_raw(data, False, False)

    def _close(self) -> TranscriptFields:
        if self._start is not None:
            self._decoder.end_utt()
        answer = self._answer(is_final=True)
        self._start = None
        return answer

    def _answer(self, is_final: bool) -> TranscriptFields:
        start = self._told if self._start is None else self._start
        words: list[Word] = []
        if self._start is not None and self._decoder.hyp() is not None:
            segments = [(segment.word, segment.start_frame, segment.end_frame) for segment in self._decoder.seg()]
            words = spoken_words(segments, _seconds(start))
        self._told = self._position
        return {
            "text": " ".join(text for text, _, _ in words),
            "is_final": is_final,
            "start": _seconds(start),
            "end": _seconds(self._position),
            "words": words,
        }


def _size(duration: float) -> int:
    """Bytes of audio in so many seconds."""
    return round(duration * RATE) * 2


def _seconds(size: int) -> float:
    return round(size / 2 / RATE, 3)


if __name__ == "__main__":
    serve(PocketsphinxDecoder)

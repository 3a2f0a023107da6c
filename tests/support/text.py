"""Whole texts through the steps that the pipeline takes piece by piece."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache

from pipeline.speech import WordTime
from pipeline.text.heard import Alignment
from pipeline.text.sentences import SentenceChunker, sentence_end
from pipeline.text.speakable import Speakable, SpeakableFilter
from pipeline.text.spoken.verbalizer import Verbalizer, make_verbalizer


def chunks_of(text: str) -> Iterator[str]:
    """The chunks of a text that is there as a whole."""
    chunker = SentenceChunker()
    yield from chunker.feed(text, at=0.0)
    yield from chunker.flush()


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, without early cuts."""
    found: list[str] = []
    while text:
        end, _ = sentence_end(text, 0, complete=True)
        assert end, "a sentence has at least one character"
        found.append(text[:end])
        text = text[end:]
    return found


def speakable(chunk: str) -> Speakable:
    """What is spoken of a chunk that stands alone."""
    speakable_filter = SpeakableFilter()
    first, last = speakable_filter.feed(chunk), speakable_filter.flush()
    if not last.written:
        return first
    ends = (*first.ends, *(len(first.written) + end for end in last.ends[1:]))
    return Speakable(first.text + last.text, first.written + last.written, ends if last.text else first.ends)


def spoken_end(chunk: Speakable, written_end: int) -> int:
    """How much of `text` has been said when written[:written_end] has."""
    return max(bisect_right(chunk.ends, written_end) - 1, 0)


def heard_text(chunks: Iterable[Speakable], words: Iterable[WordTime], played: float) -> str:
    """The written text that was heard after `played` seconds of a reply that was synthesized as a whole."""
    alignment = Alignment()
    for chunk in chunks:
        alignment.add_chunk(chunk)
    for word in words:
        alignment.add_word(word)
    alignment.finish()
    return alignment.heard(played)


def heard_text_by_time(chunks: Iterable[tuple[Speakable, float, float]], played: float) -> str:
    """The same for a voice without word times: by letters between each chunk's start and end in seconds."""
    alignment = Alignment()
    for chunk, start, end in chunks:
        alignment.add_chunk(chunk)
        alignment.spread(start, end)
    return alignment.heard(played)


@cache
def verbalizer(language: str) -> Verbalizer:
    """What makes words of the numbers of a language."""
    return make_verbalizer({}, language)


def said(text: str, language: str) -> str:
    """What a voice that says no numbers by itself is given of a text that is one chunk."""
    return verbalizer(language)(speakable(text)).text


def speakables(tokens: Iterable[str], step: float = 0.0) -> Iterator[Speakable]:
    """What a voice gets of tokens that come `step` seconds apart, each as early as it may be cut."""
    chunker, speakable_filter = SentenceChunker(), SpeakableFilter()
    for index, token in enumerate(tokens):
        for chunk in chunker.feed(token, at=index * step):
            yield speakable_filter.feed(chunk)
    for chunk in chunker.flush():
        yield speakable_filter.feed(chunk)
    yield speakable_filter.flush()


def spoken(tokens: Iterable[str], step: float = 0.0) -> str:
    """All of that as one text, with one space where there is white space."""
    return " ".join("".join(chunk.text if chunk.text else " " for chunk in speakables(tokens, step)).split())

"""The silence between two texts that a voice speaks one after the other."""

import re

from pipeline.text.marks import CLOSERS, STOPS

SENTENCE_PAUSE, CLAUSE_PAUSE = 0.3, 0.15
"""Seconds behind a text that ends a sentence, and behind one that ends a clause: espeak-ng's own pauses."""

_SENTENCE_END = re.compile(rf"[{re.escape(STOPS)}][{CLOSERS}]*\s*\Z")
_CLAUSE_END = re.compile(rf"[,;:–—،、，；：][{CLOSERS}]*\s*\Z")


def pause_after(text: str) -> float:
    """Seconds of silence behind a text that is not the last one."""
    if _SENTENCE_END.search(text):
        return SENTENCE_PAUSE
    return CLAUSE_PAUSE if _CLAUSE_END.search(text) else 0.0

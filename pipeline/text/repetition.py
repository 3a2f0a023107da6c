"""Notices a language model in a loop: the same words again and again, or blanks without end."""

from pipeline.text.marks import ends_sentence

PHRASE = 48
"""Characters that a repeat counts as at least: "no, no, no" is none, and a few words may come more often than many."""

STEP = 32
"""Characters between two looks at the text: about seven tokens, so that a look costs little."""

PROBE = 24
"""Characters by which a place is known again."""

REACH = 4096
"""Characters in which that is looked for."""


class RepetitionDetector:
    """Takes the tokens of one reply, and notices when it has begun to repeat itself for good.

    It has when its end, `max_repeats` repeats long, is the same as what stands a period before it.
    """

    def __init__(self, max_repeats: int) -> None:
        self._max_repeats = max_repeats
        self._text = ""
        self._looked_at = 0  # characters
        self._ends_by: int | None = None  # characters, the text of a loop

    def feed(self, token: str) -> bool:
        """Take the next token; returns whether to end here: in a loop, at the end of a sentence if there is one."""
        self._text += token
        for end in range(self._looked_at + STEP, len(self._text) + 1, STEP):
            self._looked_at = end
            if self._ends_by is None and (period := self._period(end)):
                self._ends_by = end + period
        return self._ends_by is not None and (len(self._text) >= self._ends_by or ends_sentence(self._text[-PROBE:]))

    def _period(self, end: int) -> int:
        """Return the characters after which text[:end] repeats itself; 0 when it does not."""
        text = self._text
        before = text.rfind(text[end - PROBE : end], max(end - REACH, 0), end - 1)
        period = end - PROBE - before
        start = end - self._max_repeats * max(period, PHRASE)
        if before < 0 or start < period:
            return 0
        return period if text[start:end] == text[start - period : end - period] else 0

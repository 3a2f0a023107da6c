"""Which audio a streaming transcriber still owes words for, so that a lost connection loses and doubles none of them.

Pure bookkeeping, the same for every transcriber that counts time from the first sample of its connection: what to send
next, where that lies in the stream, and what an answer adds to the words there already are.
"""

from collections import deque
from dataclasses import replace

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.speech import Finalize, Transcript, WordTime
from pipeline.text.joining import ending

KEPT_DURATION = 60.0
"""Seconds of audio kept without an answer: longer than a reconnect that is worth waiting for; 1.9 MB."""

LONGEST_WORD = 1.0
"""Seconds before the end of a final that are kept all the same: a Finalize may have cut into a word."""

SHORTEST_WORD = 0.05
"""Seconds: what ends less than this behind the last final word is the tail of it, heard as a word."""


class ResendBuffer:
    """The audio of one stream from the last final word on, with the Finalizes in it, and how much of it was sent."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Pcm | Finalize]] = deque()  # sent on this connection; with the sample it starts at
        self._unsent: deque[tuple[int, Pcm | Finalize]] = deque()
        self._taken = 0  # samples, ever
        self._zero: int | None = None  # the first sample sent on this connection
        self._sent = 0  # the sample after the last one sent on this connection
        self._final_until = float("-inf")  # seconds; end of the last final word
        self._decided_until = 0.0  # seconds; nothing before it will be answered again
        self._interim: Transcript | None = None  # that stands
        self._covered_until = 0.0  # seconds; the end of what was accepted
        self.lost_samples = 0
        """Samples that were dropped before they could be sent, because more than KEPT_DURATION waited."""

    def add(self, item: Pcm | Finalize) -> None:
        """Take what comes next in the stream; audio has shape (samples,) at LISTEN_RATE."""
        if not isinstance(item, Finalize) and not item.size:
            return  # an empty message would mean the end of the stream to some transcribers
        self._unsent.append((self._taken, item))
        self._taken += _samples(item)
        self._drop_surplus()

    def rewind(self) -> None:
        """A new connection begins: send again what the last one leaves open.

        Of several unanswered Finalizes only the last is sent again: answers to the others are of no use any more.
        """
        items = [*self._kept, *self._unsent]
        last = max((at for at, item in items if isinstance(item, Finalize)), default=-1)
        self._unsent = deque((at, item) for at, item in items if not isinstance(item, Finalize) or at == last)
        self._kept.clear()
        self._zero = None
        if self._unsent and isinstance(self._unsent[0][1], Finalize) and last <= self.undecided_from:
            self._unsent.popleft()  # all that it would close is final
        self._cut_first()

    def next(self) -> Pcm | Finalize | None:
        """What to send now; None until more is added."""
        if not self._unsent:
            return None
        at, item = self._unsent.popleft()
        if self._zero is None:
            self._zero = at
        self._sent = at + _samples(item)
        self._kept.append((at, item))
        return item

    @property
    def unsent_samples(self) -> int:
        """Samples that wait to be sent."""
        return sum(_samples(item) for _, item in self._unsent)

    def accept(self, answer: Transcript) -> Transcript | None:
        """What an answer says that is new, in the stream's time; None when nothing is.

        `answer` has the times of its connection, and `answers_finalize` when it answers any Finalize. What comes out is
        empty when it takes back an interim, answers the last Finalize, or shows that more audio holds no word.
        """
        shift = (self._zero or 0) / LISTEN_RATE
        heard = tuple(WordTime(word.text, word.start + shift, word.end + shift) for word in answer.words)
        words = tuple(word for word in heard if not self._is_double(word))
        start, end = answer.start + shift, answer.end + shift
        text = answer.text
        if len(words) < len(heard):
            text, start = ending(text, [word.text for word in words]), max(start, min(self._final_until, end))
        elif not heard and end <= self._final_until + SHORTEST_WORD:
            text = ""
        nothing_new = bool(answer.text) and not text
        answers = answer.answers_finalize and self._answer_finalize(end)
        if answer.is_final:
            self._decide(max([word.end for word in words], default=end if text else self._final_until), end)
        covered_until = max(self._covered_until, min(end, self._sent / LISTEN_RATE))
        covers_more, self._covered_until = covered_until > self._covered_until, covered_until
        if not answers and not text and (nothing_new or self._interim is None):
            if not covers_more or self._interim is not None:
                return None
            return Transcript("", is_final=False, start=covered_until, end=covered_until)
        new = replace(answer, text=text, start=start, end=end, words=words, answers_finalize=answers)
        self._interim = new if text and not new.is_final else None
        return new

    def give_up(self) -> Transcript | None:
        """Do without an answer about what was sent so far; returns the words of it that were understood, as final.

        Those of an earlier connection that had got further are among them, and their audio is left out, too: it would
        be heard once more. A word that was not over yet is heard again, unless that would be from its middle on.
        """
        sent_until = self._sent / LISTEN_RATE
        interim, self._interim = self._interim, None
        understood = None if interim is None else _without_open_word(interim, sent_until)
        until = max(sent_until, 0.0 if understood is None else min(understood.end, self._covered_until))
        self._final_until = max(self._final_until, until)
        self._decided_until = max(self._decided_until, until)
        return understood

    def _is_double(self, word: WordTime) -> bool:
        """Whether it was final before: heard again it may have moved, but not by half its length."""
        middle = (word.start + word.end) / 2
        return middle <= self._final_until or word.end <= self._final_until + SHORTEST_WORD

    def _answer_finalize(self, end: float) -> bool:
        """Whether an answer about audio up to `end` seconds is that to the last Finalize.

        Answers do not name what they answer, and some never come: the Finalize that is nearest in the audio is meant.
        """
        open_at = [at for at, item in self._kept if isinstance(item, Finalize)]
        if not open_at:
            return False
        nearest = min(reversed(open_at), key=lambda at: abs(at / LISTEN_RATE - end))
        self._kept = deque((at, i) for at, i in self._kept if not isinstance(i, Finalize) or at > nearest)
        return nearest == open_at[-1] and not any(isinstance(item, Finalize) for _, item in self._unsent)

    def _decide(self, final_until: float, decided_until: float) -> None:
        sent_until = self._sent / LISTEN_RATE  # a wrong time beyond it would silence all words until then
        self._final_until = max(self._final_until, min(final_until, sent_until))
        self._decided_until = max(self._decided_until, min(decided_until, sent_until))
        while self._kept and self._kept[0][0] + _samples(self._kept[0][1]) < self.undecided_from:
            self._kept.popleft()

    @property
    def undecided_from(self) -> int:
        """The first sample that may belong to a word that is not final."""
        return round(max(self._final_until, self._decided_until - LONGEST_WORD, 0.0) * LISTEN_RATE)

    def _cut_first(self) -> None:
        """Begin exactly behind the last final word: half a window more would be heard as a word of its own."""
        while self._unsent and (surplus := self.undecided_from - self._unsent[0][0]) > 0:
            at, item = self._unsent.popleft()
            if not isinstance(item, Finalize) and surplus < item.size:
                self._unsent.appendleft((at + surplus, item[surplus:]))

    def _drop_surplus(self) -> None:
        limit = round(KEPT_DURATION * LISTEN_RATE)
        while self._kept and self._taken - self._kept[0][0] > limit:
            self._kept.popleft()
        # On a living connection nothing may be left out: its count of samples is its clock.
        while self._zero is None and self._unsent and self._taken - self._unsent[0][0] > limit:
            self.lost_samples += _samples(self._unsent.popleft()[1])


def _without_open_word(interim: Transcript, sent_until: float) -> Transcript | None:
    """An interim as final, without its last word where that may have gone on, and began after `sent_until` seconds."""
    *words, last = interim.words or (None,)
    place = -1 if last is None else interim.text.rfind(last.text)
    if last is None or place < 0 or last.start < sent_until or last.end < interim.end - SHORTEST_WORD:
        return replace(interim, is_final=True)
    if not words:
        return None
    text = interim.text[:place].rstrip()
    return replace(interim, is_final=True, text=text, words=tuple(words), end=words[-1].end)


def _samples(item: Pcm | Finalize) -> int:
    return 0 if isinstance(item, Finalize) else item.size

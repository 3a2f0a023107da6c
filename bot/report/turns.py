"""A call, turn by turn: from the person's first word to their next one. Times are seconds from its beginning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.journal import Replayed
from pipeline.journal.moments import Moment
from pipeline.messages import Message
from pipeline.metrics import Latencies
from pipeline.metrics.interaction import WORD_SLACK
from pipeline.metrics.waterfall import Waterfall


@dataclass(slots=True)
class ReportedTurn:
    """One turn with all that followed; the first, without a number, is what came before any turn."""

    number: int
    at: float
    until: float = 0.0
    messages: list[Message] = field(default_factory=list)
    """What was said and called, in the order of the history."""
    waterfall: Waterfall | None = None
    """Of its answer, if there was one."""
    moments: list[Moment] = field(default_factory=list)
    failures: int = 0
    """Replies that failed or broke off."""
    discarded: int = 0
    """Drafts that were made for nothing."""

    @property
    def total(self) -> float | None:
        """Seconds from the person's last word to the bot's first sound."""
        return self.waterfall.total if self.waterfall is not None else None

    @property
    def question(self) -> str:
        """The person's words."""
        return next((message.text for message in self.messages if message.is_turn), "")


def turns_of(
    steps: Iterable[Replayed], moments: Iterable[Moment], answers: Sequence[Latencies], zero: float
) -> list[ReportedTurn]:
    """The turns of a session that began at the loop time `zero`."""
    cutter = _Cutter(zero)
    for step in steps:
        cutter.add(step.entry.event, step.commands)
    turns = cutter.finished()
    by_reply = {
        reply_id: turn for turn, reply_ids in zip(turns, cutter.released, strict=True) for reply_id in reply_ids
    }
    for answer in answers:
        if (turn := by_reply.get(answer.reply_id)) is not None:
            turn.waterfall = Waterfall.of(replace(answer, asked_at=answer.asked_at - zero))
    _share_out(turns, moments)
    return turns


def _share_out(turns: list[ReportedTurn], moments: Iterable[Moment]) -> None:
    """Give each moment to the turn whose time it is in."""
    place = 0
    for moment in moments:
        while place + 1 < len(turns) and turns[place + 1].at <= moment.at:
            place += 1
        turns[place].moments.append(moment)


class _Cutter:
    """Finds where each turn begins: with the speech of the first word since the one before was committed."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._at = 0.0
        self._turns = [ReportedTurn(0, 0.0)]
        self.released: list[list[str]] = [[]]
        """The ids of the replies that were put on air in each turn."""
        self._speech_at: list[float] = []
        """When speech began, since then."""
        self._words_at: float | None = None
        self._drafts: set[str] = set()
        self._discarded = self._failures = 0
        """Of the turn that is not committed yet."""

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        self._at = event.at - self._zero
        self._take(event)
        for command in ordered:
            match command:
                case commands.TurnCommitted(message):
                    self._commit(message)
                case commands.ReplyCommitted(_, message) | commands.ToolCommitted(_, message):
                    self._turns[-1].messages.append(message)
                case commands.StartReply(reply_id, answers_turn=True):
                    self._drafts.add(reply_id)
                case commands.Discard(reply_id) if reply_id in self._drafts:
                    self._drafts.discard(reply_id)
                    self._discarded += 1
                case commands.Release(reply_id):
                    self._drafts.discard(reply_id)
                    self.released[-1].append(reply_id)

    def finished(self) -> list[ReportedTurn]:
        for turn, following in pairwise(self._turns):
            turn.until = following.at
        last = self._turns[-1]
        last.until, last.failures, last.discarded = (
            self._at,
            last.failures + self._failures,
            last.discarded + self._discarded,
        )
        return self._turns

    def _take(self, event: Event) -> None:
        match event:
            case events.SpeechStarted():
                self._speech_at.append(event.began_at - self._zero)
            case events.InterimTranscript() | events.FinalTranscript() if event.text.strip():
                self._hear((event.words[0] if event.words else event).began_at)
            case events.TextReceived() | events.DtmfReceived():
                self._hear(event.at)
            case events.ReplyFailed() if event.reply_id in self._drafts:
                self._drafts.discard(event.reply_id)
                self._failures += 1
            case events.ReplyFailed() | events.ReplyEnded(error=str()):
                self._turns[-1].failures += 1

    def _hear(self, at: float) -> None:
        if self._words_at is None:
            self._words_at = at - self._zero

    def _commit(self, message: Message) -> None:
        if message.is_turn:
            words_at = self._at if self._words_at is None else self._words_at
            speech_at = max((at for at in self._speech_at if at <= words_at + WORD_SLACK), default=words_at)
            at = max(min(speech_at, words_at), self._turns[-1].at)
            turn = ReportedTurn(self._turns[-1].number + 1, at, failures=self._failures, discarded=self._discarded)
            self._discarded = self._failures = 0
            self._turns.append(turn)
            self.released.append([])
        self._turns[-1].messages.append(message)
        self._words_at = None
        self._speech_at.clear()

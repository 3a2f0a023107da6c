"""What became of each tale that the caller spoke into."""

from dataclasses import dataclass

from pipeline.turn.history import CUT_MARK
from tests.bench.evidence import Evidence, answer_to, folded_words, last_of
from tests.bench.talk import FALSE_BARGE_INS
from tests.support.tone_code import misheard


@dataclass(frozen=True)
class BargeIn:
    """What the caller did to a tale, and what became of it. Times in seconds from the caller's first sample."""

    kind: str
    text: str
    at: float
    """Loop time of the caller's first sample."""
    is_disturbed: bool
    """By a stall of the caller's, or because there was no tale."""
    stop: float | None
    """Until the bot was silent."""
    silence: float | None
    """How long it was silent before the tale went on; None when it did not, or was never silent."""
    heard: tuple[str, ...]
    """Of the tale: until it was cut, or all of it."""
    told: str | None
    """What the language model was told of that, with the first request after it."""
    errors: int | None
    """Words between the two; of a tale that was to go on, words of it that were lost or doubled."""
    requests: int
    """To the language model, until the caller's next words."""

    @property
    def is_false(self) -> bool:
        """Nothing that should have ended the tale."""
        return self.kind in FALSE_BARGE_INS

    @property
    def is_lost(self) -> bool:
        """It ended a tale that should have gone on."""
        return self.is_false and self.silence is None and bool(self.errors and self.errors > 1)


def barge_ins(evidence: Evidence) -> list[BargeIn]:
    """All of a talk."""
    kinds = ("barge-in", *FALSE_BARGE_INS)
    return [_barge_in(evidence, number) for number, said in enumerate(evidence.said) if said.kind in kinds]


def _barge_in(evidence: Evidence, number: int) -> BargeIn:
    tale, said = evidence.said[number - 1 : number + 1]
    recording, until_at = evidence.recording, evidence.until_at(number)
    is_false = said.kind in FALSE_BARGE_INS
    tale_at, silent_at = recording.onset_after(tale.end_at), recording.silent_after(said.start_at)
    again_at = recording.onset_after(silent_at) if is_false and silent_at is not None else None
    heard_until_at = until_at if is_false else silent_at
    words = evidence.heard(tale_at, heard_until_at) if tale_at and heard_until_at else []
    heard = [word.text for word in words]
    told = _told(evidence, said.start_at)
    expected = answer_to(tale.utterance.text) if is_false else folded_words(told) if told is not None else None
    return BargeIn(
        kind=said.kind,
        text=said.utterance.text,
        at=said.start_at,
        is_disturbed=bool(said.holes) or not said.was_ready,
        stop=silent_at - said.start_at if silent_at is not None else None,
        silence=again_at - silent_at if again_at and silent_at and again_at < until_at else None,
        heard=tuple(heard),
        told=told,
        errors=misheard(heard, expected) if expected is not None else None,
        requests=len(evidence.requests(said.start_at, until_at)),
    )


def _told(evidence: Evidence, at: float) -> str | None:
    """The bot's last words in the first request after a loop time."""
    requests = evidence.requests(at, float("inf"))
    text = last_of(requests[0]["messages"], "assistant") if requests else None
    return text.removesuffix(CUT_MARK) if text is not None else None

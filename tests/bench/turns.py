"""What became of each turn of the caller's."""

from dataclasses import dataclass, field
from itertools import pairwise

from bot.caller.recording import Recording
from pipeline.metrics import Latencies, Metrics
from tests.bench.evidence import Evidence, answer_to, folded_words, last_of
from tests.bench.talk import FALSE_BARGE_INS, Said
from tests.support.tone_code import misheard

EARLY = 0.1
"""Seconds after the end of speech before which the bot's voice was begun during the speech: the transport alone takes
half of it, and no model answers in the other."""

WORD_GAP, GAP = 0.080, 0.150
"""Seconds between two words of the simulated voice, and from which on it is a hole in the audio."""


@dataclass(frozen=True)
class Turn:
    """A turn of the caller's, and the answer to it. Times in seconds, counted from the caller's last sample."""

    kind: str
    text: str
    at: float
    """Loop time of the caller's last sample."""
    is_disturbed: bool
    """By a stall of the caller's, or because the bot was still speaking."""
    is_early: bool
    """The bot spoke into it."""
    voice_to_voice: float | None
    simulators: float
    """How long at least one of the simulators was at work on the answer."""
    requests: int
    """To the language model."""
    understood: str | None
    """The turn, as the language model was told of it last."""
    misheard_words: int
    """Of it: lost or doubled by the transcriber, as a hole in the transport makes it."""
    lost_words: int
    """Of it: lost or doubled between the transcriber and the model."""
    answer: tuple[str, ...] = ()
    """What was heard of the answer."""
    answer_errors: int | None = None
    """Words of it that were lost, doubled or wrong; None when it was cut short."""
    holes: tuple[float, ...] = ()
    """In the answer's audio."""
    parts: dict[str, float] = field(default_factory=dict)
    """What the bot had done by when, by its journal."""


def turns(evidence: Evidence) -> list[Turn]:
    """All of a talk, those that interrupted the bot included."""
    return [_turn(evidence, n) for n, said in enumerate(evidence.said) if said.kind not in FALSE_BARGE_INS]


def _turn(evidence: Evidence, number: int) -> Turn:
    said, until_at = evidence.said[number], evidence.until_at(number)
    onset_at = _onset_at(evidence.recording, said, until_at)
    is_early = onset_at is not None and onset_at < said.end_at + EARLY
    requests = evidence.requests(said.start_at, until_at)
    understood = last_of(requests[-1]["messages"], "user") if requests else None
    spoken = folded_words(said.utterance.text)
    written = folded_words(evidence.recognized(said.start_at, until_at))
    read = folded_words(understood or "")
    heard = evidence.heard(onset_at, until_at) if onset_at is not None else []
    is_cut = said.kind == "tale" and until_at != evidence.end_at
    gaps = [after.start_at - before.end_at for before, after in pairwise(heard)]
    return Turn(
        kind=said.kind,
        text=said.utterance.text,
        at=said.end_at,
        is_disturbed=bool(said.holes) or not said.was_ready,
        is_early=is_early,
        voice_to_voice=None if onset_at is None or is_early else onset_at - said.end_at,
        simulators=evidence.simulators(said.end_at, onset_at) if onset_at is not None else 0.0,
        requests=len(requests),
        understood=understood,
        misheard_words=misheard(written, spoken),
        lost_words=min(misheard(read, written), misheard(read, spoken)),  # a final may come after the answer
        answer=tuple(word.text for word in heard),
        answer_errors=None if is_cut else misheard([word.text for word in heard], answer_to(understood or "")),
        holes=() if is_cut else tuple(round(gap - WORD_GAP, 3) for gap in gaps if gap > GAP),
        parts=parts_of(evidence.metrics, said.end_at, onset_at) if onset_at is not None else {},
    )


def delay_of(recording: Recording, said: Said, until_at: float) -> float | None:
    """Voice-to-voice of one turn alone, in seconds; None when no answer was heard, or it began within the turn."""
    onset_at = _onset_at(recording, said, until_at)
    return None if onset_at is None or onset_at < said.end_at + EARLY else onset_at - said.end_at


def _onset_at(recording: Recording, said: Said, until_at: float) -> float | None:
    """When the answer was heard; what a barge-in cuts off is no answer to it."""
    quiet_at = recording.silent_after(said.start_at) if said.kind == "barge-in" else said.start_at
    onset_at = recording.onset_after(quiet_at) if quiet_at is not None else None
    return onset_at if onset_at is not None and onset_at < until_at else None


def parts_of(metrics: Metrics | None, end_at: float, onset_at: float) -> dict[str, float]:
    """What the bot had done by when, until its answer was heard; seconds from the caller's last sample."""
    answer = _released_before(metrics, onset_at, end_at)
    if answer is None:
        return {}
    named = {
        "end of speech, by the bot": 0.0,
        "words final": answer.transcript_delay,
        "reply begun": answer.start_delay,
        "first text": answer.text_delay,
        "first audio": answer.audio_delay,
        "turn over": answer.endpoint_delay,
        "released": answer.release_delay,
        "first sample left": answer.voice_to_voice_delay,
    }
    shift = answer.asked_at - end_at
    parts = {name: delay + shift for name, delay in named.items() if delay is not None}
    return {**parts, "heard by the caller": onset_at - end_at}


def _released_before(metrics: Metrics | None, onset_at: float, end_at: float) -> Latencies | None:
    """The answer whose audio it was."""
    answers = metrics.latencies if metrics else ()
    released = [each for each in answers if end_at - 1 < each.asked_at + each.release_delay < onset_at]
    return released[-1] if released else None

"""Why an answer took as long as it did: what was done for it, one beside the other, and what the person waited for.

All times are seconds from the end of the person's last word (or of their typing), as the bot sees them.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.metrics.figures import Latencies

SpanName = Literal[
    "transport", "endpointing", "stt", "hook", "llm", "chunk", "tts", "waiting", "playout", "tools", "follow_up"
]

SLOW = 1.5
"""Seconds from which an answer counts as slow. People answer each other after 0.2 s (Stivers et al., PNAS 106 (26),
2009), and hear a silence of more than a second as trouble (Jefferson, 1989)."""


@dataclass(frozen=True, slots=True)
class Span:
    """One stage of an answer.

    transport     From the last word until the window that showed its end was judged, less its own length: only by how
                  much that window was later than the fastest of the last seconds (`MediaClock`), plus what it waited
                  for the loop. What all packets take, the network and the far side's microphone and codec, cannot be
                  seen from here; nor can the way of the answer to the far side's ear.
    endpointing   From the last word until the turn was taken to be over (the bot shows "thinking", or answers).
    stt           From when the transcriber was asked for what it has, FinalizeTranscript, or from the last word when it
                  was not asked after that, until the last final transcript. None when an interim had to do.
    hook          From RunTurnHook until the hook of the turn had answered, or was given up.
    llm           From StartReply until the first text of the language model, ReplyWritten; of an answer that only calls
                  tools until these were there.
    chunk         Until the first chunk was there for the voice, ReplyChunked, and might be spoken: a draft of which
                  only the text is made waits for the end of the turn, Speak.
    tts           From there until the first audio was ready, ReplyReady: what was given to the voice has become sound.
    waiting       Until an answer that was ready, or could have been begun, was: for a reply before it to end, or after
                  one that failed.
    playout       From Release until the first sample had left for the room, PlayoutStarted: the first answer of a call
                  waits there for the far side to have subscribed to the voice.
    tools         Of an answer that calls tools before it says anything: from its release until the results were in the
                  history...
    follow_up     ...and from there until the first sample of what the model made of them.
    """

    name: SpanName
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """One answer."""

    reply_id: str
    turn: int
    """The number of the turn that it answers, from 1 on."""
    asked_at: float
    """Loop time from which all counts."""
    total: float | None
    """Until its first sample left for the room; None when it was cut before."""
    spans: tuple[Span, ...]
    """The stages in the order of `SpanName`, as they were; those of a draft may begin before the last word."""
    waited: tuple[Span, ...]
    """What the person waited for, without gaps from 0 to `total` (or to the release): at each moment the one stage that
    held everything up. A draft's stages are in it only as far as they outlasted the end of the turn."""
    hidden: float
    """Seconds by which drafting has brought the answer forward: what was done for it before the turn was over."""
    is_draft: bool
    requests: int
    """To the language model for this turn: 1, and one for each draft or failed reply before."""
    retries: int
    failovers: int
    second_requests: int

    @classmethod
    def of(cls, answer: Latencies) -> "Waterfall":
        """Return that of an answer."""
        return cls(
            reply_id=answer.reply_id,
            turn=answer.turn,
            asked_at=answer.asked_at,
            total=answer.voice_to_voice_delay,
            spans=tuple(_spans(answer)),
            waited=tuple(_waited(answer)),
            hidden=_hidden(answer),
            is_draft=answer.is_draft,
            requests=answer.requests,
            retries=answer.retries,
            failovers=answer.failovers,
            second_requests=answer.second_requests,
        )

    @property
    def is_slow(self) -> bool:
        """Whether the person waited for SLOW seconds or longer."""
        return self.total is not None and self.total >= SLOW

    @property
    def slowest(self) -> SpanName | None:
        """The stage for which the person waited longest; None when they did not wait."""
        durations: dict[SpanName, float] = {}
        for span in self.waited:
            durations[span.name] = durations.get(span.name, 0.0) + span.duration
        return max(durations, key=durations.__getitem__, default=None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """On one line, in milliseconds: `turn 3: 812 ms = endpointing 420 + tts 330 + playout 62 (draft hid 310)`."""
        waited = [(span.name, _ms(span.end) - _ms(span.start)) for span in self.waited]
        parts = " + ".join(f"{_word(name)} {duration}" for name, duration in waited if duration)
        until = "not heard" if self.total is None else f"{_ms(self.total)} ms"
        notes = [f"draft hid {_ms(self.hidden)}"] if _ms(self.hidden) else []
        notes += [f"{self.requests} requests"] if self.requests > 1 else []
        notes += [_several(self.retries, "retry", "retries")] if self.retries else []
        notes += [_several(self.failovers, "failover")] if self.failovers else []
        notes += [_several(self.second_requests, "second request")] if self.second_requests else []
        notes += [f"slow: most of it {_word(self.slowest)}"] if self.is_slow and self.slowest else []
        noted = f" ({', '.join(notes)})" if notes else ""
        return f"turn {self.turn}: {until}{' = ' * bool(parts)}{parts}{noted}"


def _spans(answer: Latencies) -> Iterator[Span]:
    """The stages that there were, in the order of SpanName."""
    text = answer.text_delay if answer.text_delay is not None else answer.calls_delay
    chunk = answer.chunk_delay if answer.chunk_delay is not None else text
    stages: tuple[tuple[SpanName, float | None, float | None], ...] = (
        ("transport", 0.0, answer.transport_delay),
        ("endpointing", 0.0, answer.endpoint_delay),
        ("stt", _finalized_at(answer), answer.transcript_delay),
        ("hook", answer.hook_start_delay, answer.hook_delay),
        ("llm", answer.start_delay, text),
        ("chunk", text, answer.chunk_delay),
        ("tts", chunk if chunk is not None else answer.start_delay, answer.audio_delay),
        ("waiting", max(_over(answer), _made_by(answer)), answer.release_delay),
        *_aired(answer),
    )
    for name, start, end in stages:
        if start is not None and end is not None and end > start:
            yield Span(name, start, end)


def _aired(answer: Latencies) -> tuple[tuple[SpanName, float | None, float | None], ...]:
    """From the release to the first sample."""
    if answer.calls_delay is None:
        return (("playout", answer.release_delay, answer.voice_to_voice_delay),)
    heard, results = answer.voice_to_voice_delay, answer.results_delay
    if heard is not None and (results is None or results > heard):
        results = heard  # something was said while they ran
    return ("tools", answer.release_delay, results), ("follow_up", results, heard)


def _waited(answer: Latencies) -> Iterator[Span]:
    """What came last at each moment. Each stage takes from where the one before has ended."""
    until = answer.voice_to_voice_delay if answer.voice_to_voice_delay is not None else answer.release_delay
    cursor = 0.0
    for name, end in _held_up_by(answer):
        if end is not None and (end := min(end, until)) > cursor:
            yield Span(name, cursor, end)
            cursor = end
    if until > cursor:
        yield Span("waiting", cursor, until)


def _held_up_by(answer: Latencies) -> Iterator[tuple[SpanName, float | None]]:
    """The stages in the order in which they can hold an answer up, and until when they did at most."""
    end, words = answer.endpoint_delay, answer.transcript_delay
    if answer.transport_delay is not None:
        yield "transport", min(answer.transport_delay, end)
    if words is not None and words >= end:  # the turn was over with its last words: it has waited for them
        yield "endpointing", _finalized_at(answer)
        yield "stt", end
    yield "endpointing", end
    yield "hook", answer.hook_delay
    yield "waiting", answer.start_delay
    yield "llm", answer.text_delay if answer.calls_delay is None else answer.calls_delay
    yield "chunk", answer.chunk_delay
    yield "tts", answer.audio_delay
    yield "waiting", answer.release_delay
    yield from ((name, until) for name, _, until in _aired(answer))


def _finalized_at(answer: Latencies) -> float:
    """From when the transcriber owed the last words."""
    asked, words = answer.finalize_delay, answer.transcript_delay
    return asked if asked is not None and words is not None and 0.0 < asked <= words else 0.0


def _over(answer: Latencies) -> float:
    """When an answer was due: at the end of the turn, or when its hook had answered."""
    return max(answer.endpoint_delay, answer.hook_delay if answer.hook_delay is not None else answer.endpoint_delay)


def _made_by(answer: Latencies) -> float:
    """When it could have been heard, or its tools called."""
    times = (answer.start_delay, answer.audio_delay, answer.calls_delay)
    return max(time for time in times if time is not None)


def _hidden(answer: Latencies) -> float:
    """Begun when it was due, an answer would have come later by what was done for it before that."""
    if not answer.is_draft:
        return 0.0
    return max(0.0, min(_made_by(answer), _over(answer)) - answer.start_delay)


def _word(name: SpanName) -> str:
    return name.replace("_", "-")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _several(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or f'{one}s'}"

"""How a conversation went between the two, in the figures of tau-voice, from the events and commands of a session.

The panel is that of tau-voice's leaderboard, which computes it from simulated calls: response rate and latency, yield
rate and latency, interruptions by the agent, backchannels and vocal tics that it talks through. (Ray et al.,
"tau-Voice: Benchmarking Full-Duplex Voice Agents on Real-World Domains", arXiv:2603.13686, and
docs/interaction-metrics.md of sierra-research/tau2-bench, as of September 2026.) Its windows are kept. Where a journal
knows less than a simulator, or more:

- A simulated caller says a turn in one piece. A person pauses: speech that goes on within `PAUSE` seconds, before the
  bot has begun to speak, is the same turn. `PAUSE` is the same source's threshold of a long silence.
- A simulator knows what it plays. Here a backchannel is speech of nothing but such words (`pipeline.turn.words`), and
  a vocal tic is speech without any word: a cough, a noise. Speech to others cannot be known, and is not counted.
- Times are those of the events and not of ticks of 200 ms; a silence shorter than a tick is none.
- A reply that ends by itself gives way to no backchannel.
- A hold is silence, as in the source, though the reply goes on from the word where it stopped; how many did is counted.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import NamedTuple

from pipeline import events
from pipeline.commands import Command
from pipeline.events import Event, TranscriptEvent
from pipeline.metrics.floors import AirSpan, End, Floors, SpeechSpan
from pipeline.turn.words import is_backchannel

TICK = 0.2
"""Seconds: silences up to this part neither speech nor sound. tau-voice's tick."""
PAUSE = 3.0
"""Seconds after which a turn that the bot has not begun to answer is unanswered when the person speaks again."""
YIELD_WINDOW = 2.0
"""Seconds within which the bot must be silent after the person has begun to interrupt it."""
BACKCHANNEL_WINDOW = 1.0
"""Seconds within which the bot must not fall silent for a backchannel or a noise."""
RESPONSE_WINDOW = 2.0
"""Seconds within which it must not begin to speak after a noise."""
WORD_SLACK = 0.3
"""Seconds by which a word's times may lie outside of the speech that it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Counts and latencies (seconds) of one conversation, or of the sum of several."""

    turns: int = 0
    """Spoken turns of the person that asked for an answer."""
    response_latencies: tuple[float, ...] = ()
    """From the end of the turn to the bot's first sound; one for each turn that was answered."""
    interruptions: int = 0
    """Times that the person began to speak, with words, while the bot was to be heard."""
    yield_latencies: tuple[float, ...] = ()
    """Until the bot was silent; one for each interruption to which it was within the window."""
    bot_interruptions: int = 0
    """Times that the bot began to be heard while the person spoke."""
    backchannels: int = 0
    """Of the person while the bot was to be heard."""
    backchannels_talked_through: int = 0
    """The bot was not silent for a moment."""
    backchannels_kept: int = 0
    """The reply was not cut: at most it fell silent, and went on from the word where it stopped."""
    noises: int = 0
    """Speech without words, while the bot was to be heard or nothing was being said."""
    noises_ignored: int = 0
    """Neither silence nor an answer followed."""

    def __add__(self, other: "Interaction") -> "Interaction":
        return Interaction(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


def measure(
    steps: Iterable[tuple[Event, tuple[Command, ...]]], language: str = "", own: frozenset[str] | None = None
) -> Interaction:
    """The figures of a session that is over; `language` and `own` say which words are backchannels, as in Policy."""
    watched = _Watched()
    for event, ordered in steps:
        watched.add(event, ordered)
    watched.floors.close(watched.at)
    said = watched.said(language, own)
    return _Panel(said, watched.floors.air, [*watched.ends, watched.at]).interaction


class _Word(NamedTuple):
    began_at: float
    ended_at: float
    text: str


class _Said(NamedTuple):
    """Speech of the person, and what it was."""

    began_at: float
    ended_at: float
    has_words: bool
    is_backchannel: bool

    @property
    def asks(self) -> bool:
        """Whether it wants an answer."""
        return self.has_words and not self.is_backchannel


class _Sound(NamedTuple):
    """The bot, to be heard without a break."""

    began_at: float
    ended_at: float
    end: End


@dataclass(slots=True)
class _Watched:
    """What is collected of the steps."""

    floors: Floors = field(default_factory=Floors)
    ends: list[float] = field(default_factory=list)
    """When persons have left."""
    at: float = 0.0
    _words: list[_Word] = field(default_factory=list)
    _open: list[_Word] = field(default_factory=list)

    def add(self, event: Event, ordered: tuple[Command, ...]) -> None:
        self.at = event.at
        self.floors.add(event, ordered)
        match event:
            case events.FinalTranscript():
                self._words += _words_of(event)
                self._open = []
            case events.InterimTranscript():
                self._open = _words_of(event)
            case events.PersonLeft():
                self.ends.append(event.at)

    def said(self, language: str, own: frozenset[str] | None) -> list[_Said]:
        words = sorted((*self._words, *self._open))
        return [_said(speech, words, language, own) for speech in _joined(self.floors)]


def _words_of(transcript: TranscriptEvent) -> list[_Word]:
    if transcript.words:
        return [_Word(word.began_at, word.ended_at, word.text) for word in transcript.words]
    return [_Word(transcript.began_at, transcript.ended_at, transcript.text)] if transcript.text.strip() else []


def _joined(floors: Floors) -> list[SpeechSpan]:
    """Speech without the shortest gaps; what goes on while the bot is held for it is the same interruption."""
    held = [span for span in floors.air if not span.is_audible]
    joined: list[SpeechSpan] = []
    for speech in floors.speech:
        before = joined[-1] if joined else None
        if before is not None and (
            speech.began_at - before.ended_at <= TICK or _is_held(held, before.ended_at, speech.began_at)
        ):
            joined[-1] = SpeechSpan(before.began_at, speech.ended_at)
        else:
            joined.append(speech)
    return joined


def _is_held(held: Sequence[AirSpan], since: float, until: float) -> bool:
    """Whether the bot is held for all of a time."""
    place = bisect_right(held, since, key=lambda span: span.began_at) - 1
    return place >= 0 and until <= held[place].ended_at


def _said(speech: SpeechSpan, words: Sequence[_Word], language: str, own: frozenset[str] | None) -> _Said:
    first = bisect_left(words, speech.began_at - WORD_SLACK, key=lambda word: word.ended_at)
    last = bisect_left(words, speech.ended_at + WORD_SLACK, key=lambda word: word.began_at)
    text = " ".join(word.text for word in words[first:last])
    return _Said(speech.began_at, speech.ended_at, bool(text), bool(text) and is_backchannel(text, language, own))


class _Panel:
    """The events of the panel, counted over all speech of a conversation."""

    def __init__(self, said: Sequence[_Said], air: Sequence[AirSpan], ends: Sequence[float]) -> None:
        self._said = said
        self._ends = ends
        self._sounds = _sounds(air)
        self._cuts = [span.ended_at for span in air if span.end == "cut"]

    @property
    def interaction(self) -> Interaction:
        """All of it."""
        into = [(one, sound) for one in self._said if (sound := self._sound_at(one.began_at)) is not None]
        backchannels = [(one, sound) for one, sound in into if one.is_backchannel]
        yields = [sound.ended_at - one.began_at for one, sound in into if one.asks]
        noises = [(one, sound) for one, sound in into if not one.has_words]
        alone = [one for one in self._said if not one.has_words and self._is_quiet_before(one)]
        turns, latencies = self._answered()
        return Interaction(
            turns=turns,
            response_latencies=latencies,
            interruptions=len(yields),
            yield_latencies=tuple(latency for latency in yields if latency <= YIELD_WINDOW),
            bot_interruptions=sum(self._speaks_at(sound.began_at) for sound in self._sounds),
            backchannels=len(backchannels),
            backchannels_talked_through=sum(not _gives_way(*one) for one in backchannels),
            backchannels_kept=sum(not self._is_cut(one) for one, _ in backchannels),
            noises=len(noises) + len(alone),
            noises_ignored=sum(not _gives_way(*one) for one in noises)
            + sum(self._sound_from(one.ended_at, one.ended_at + RESPONSE_WINDOW) is None for one in alone),
        )

    def _sound_at(self, at: float) -> _Sound | None:
        """What is to be heard of the bot at a time."""
        place = bisect_left(self._sounds, at, key=lambda sound: sound.began_at) - 1
        return self._sounds[place] if place >= 0 and at < self._sounds[place].ended_at else None

    def _sound_from(self, since: float, until: float) -> _Sound | None:
        """The first that begins between two times."""
        place = bisect_left(self._sounds, since, key=lambda sound: sound.began_at)
        return self._sounds[place] if place < len(self._sounds) and self._sounds[place].began_at < until else None

    def _speaks_at(self, at: float) -> bool:
        """Whether the person is saying something."""
        place = bisect_left(self._said, at, key=lambda one: one.began_at) - 1
        return place >= 0 and at < self._said[place].ended_at and self._said[place].has_words

    def _is_cut(self, said: _Said) -> bool:
        place = bisect_right(self._cuts, said.began_at)
        return place < len(self._cuts) and self._cuts[place] <= said.ended_at + BACKCHANNEL_WINDOW

    def _is_quiet_before(self, noise: _Said) -> bool:
        """Whether nothing is being said: nobody speaks, and nothing that the person has said waits for its answer."""
        if self._sound_at(noise.began_at) is not None:
            return False
        place = bisect_left(self._said, noise.began_at, key=lambda one: one.began_at)
        before = next((one for one in reversed(self._said[:place]) if one.asks), None)
        return before is None or self._sound_from(before.ended_at, noise.began_at) is not None

    def _answered(self) -> tuple[int, tuple[float, ...]]:
        """The turns that asked for an answer, and the latencies of those that got one before more was said."""
        turns = 0
        latencies: list[float] = []
        asking = [one for one in self._said if one.asks and self._sound_at(one.ended_at) is None]
        for one, following in pairwise((*asking, None)):
            assert one is not None
            until = next((at for at in self._ends if at >= one.ended_at), one.ended_at)
            if following is not None:
                until = min(until, following.began_at)
            if (sound := self._sound_from(one.ended_at, until)) is not None:
                latencies.append(sound.began_at - one.ended_at)
            elif until - one.ended_at < PAUSE:
                continue  # the person goes on with the same turn, or leaves
            turns += 1
        return turns, tuple(latencies)


def _gives_way(said: _Said, sound: _Sound) -> bool:
    """Whether the bot falls silent for this soon."""
    return sound.end != "finished" and sound.ended_at <= said.began_at + BACKCHANNEL_WINDOW


def _sounds(air: Sequence[AirSpan]) -> list[_Sound]:
    """When the bot was to be heard, without the shortest gaps."""
    sounds: list[_Sound] = []
    for span in air:
        if not span.is_audible:
            continue
        if sounds and span.began_at - sounds[-1].ended_at <= TICK:
            sounds[-1] = _Sound(sounds[-1].began_at, span.ended_at, span.end)
        else:
            sounds.append(_Sound(span.began_at, span.ended_at, span.end))
    return sounds

"""A scene made from a journal: the person says and does again what they did, and the present code decides anew.

What they said is taken from the transcriber's final transcripts, word for word at its time, and sounds wherever the
detector heard speech; speech without words is a noise. Being mute, away, or without a connection, typed messages and
whatever the embedding program asked for come at their times, too. Nothing of the recording decides anything: the kit's
transcriber, language model and voice take the providers' places, with the delays that they are given.

The model answers each turn as the bot did, with the calls of tools that it made, and those take as long and return the
same: see `recorded_answers` and `recorded_tools`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline import events
from pipeline.audio import WINDOW_DURATION
from pipeline.events import Event, TranscriptEvent
from pipeline.journal import Entry, read_journal, replay
from pipeline.speech import WordTime
from pipeline.testing.errors import SceneError
from pipeline.testing.person import Person
from pipeline.testing.providers import SCRIPTED
from pipeline.testing.recorded_answers import recorded_answers
from pipeline.testing.recorded_tools import RecordedCalls
from pipeline.testing.recording import spread
from pipeline.testing.scripted_llm import ScriptedLanguageModel
from pipeline.testing.scripted_stt import ScriptedTranscriber
from pipeline.testing.scripted_tools import ScriptedTools

SHORTEST = 0.06
"""Seconds of a word."""

AGAIN = (
    events.Joined
    | events.LinkEvent
    | events.TextReceived
    | events.DtmfReceived
    | events.ConnectionLost
    | events.ConnectionRestored
    | events.Request
)
"""Events that are repeated as they were: those of the room, and requests of the embedding program."""


class Playable(Protocol):
    """The part of a scene that is used to write it from outside."""

    recorded_history: Sequence[tuple[str, str]]
    person: Person

    @property
    def stt(self) -> ScriptedTranscriber: ...
    @property
    def llm(self) -> ScriptedLanguageModel: ...
    @property
    def scripted_tools(self) -> ScriptedTools: ...
    def does(self, at: float, act: Callable[[], object]) -> None: ...
    def dispatches(self, at: float, make: Callable[[float], Event]) -> None: ...


S = TypeVar("S", bound=Playable)


def written(kind: type[S], path: Path, session: int, options: dict[str, Any]) -> S:
    """Make the scene of one session of a journal, by default the last. Raises SceneError for other files."""
    entries = _session(path, session)
    header = entries[0].header
    zero = header.at
    given: dict[str, Any] = {"policy": header.policy, "agent": header.agent, "joins": False}
    scene = kind(**given | options)
    for entry in entries:
        if isinstance(entry.event, AGAIN):
            scene.dispatches(_second(entry.event.at, zero), _at(entry.event))
    for start, end in _absences(entries):
        scene.person.mutes(_second(start, zero), end - start)
    for start, end in _speech(entries):
        scene.person.coughs(_second(start, zero), end - start)
    for words in _words(entries):
        scene.person.says_timed([WordTime(it.text, it.start - zero, it.end - zero) for it in words], 0.0)
    scene.does(_second(entries[-1].event.at, zero), lambda: None)  # it lasts as long as it did
    steps = list(replay(entries))
    recorded = steps[-1].state.history
    scene.scripted_tools.recorded = RecordedCalls(steps)
    scene.recorded_history = [(message.role, message.text) for message in recorded]
    if options.get("stt", SCRIPTED) == SCRIPTED:
        for start, end in _outages(entries):
            scene.stt.goes_away(_second(start, zero), end - start)
    if options.get("llm", SCRIPTED) == SCRIPTED:
        scene.llm.reply = recorded_answers(steps, recorded)
    return scene


def _session(path: Path, number: int) -> list[Entry]:
    try:
        sessions = [list(entries) for _, entries in groupby(read_journal(path), key=lambda entry: id(entry.header))]
        return sessions[number]
    except OSError as error:
        raise SceneError(f"{path} cannot be read ({error.strerror}): name a journal") from None
    except ValueError as error:
        raise SceneError(f"no scene can be made of it: {error}") from error
    except IndexError:
        raise SceneError(f"{path} has {len(sessions)} sessions, and no number {number}") from None


def _second(loop_time: float, zero: float) -> float:
    return max(0.0, loop_time - zero)


def _at(event: Event) -> Callable[[float], Event]:
    return lambda now: replace(event, at=now)


def _absences(entries: list[Entry]) -> Iterator[tuple[float, float]]:
    """Yield the loop times between which there was no audio."""
    absent_from: float | None = entries[0].header.at
    for entry in entries:
        if isinstance(entry.event, events.AudioAbsent):
            absent_from = entry.event.at
        elif isinstance(entry.event, events.WindowEvent) and absent_from is not None:
            back_at = entry.event.at - (1 + entry.coalesced) * WINDOW_DURATION
            if back_at > absent_from + WINDOW_DURATION / 2:
                yield absent_from, back_at
            absent_from = None
    if absent_from is not None:
        yield absent_from, max(entries[-1].event.at, absent_from)


def _speech(entries: list[Entry]) -> Iterator[tuple[float, float]]:
    """Yield the loop times between which the detector heard speech."""
    began_at: float | None = None
    for entry in entries:
        match entry.event:
            case events.SpeechStarted():
                began_at = entry.event.began_at
            case events.SpeechStopped() if began_at is not None:
                yield began_at, max(entry.event.ended_at, began_at)
                began_at = None
    if began_at is not None:
        yield began_at, max(entries[-1].event.at, began_at)


def _words(entries: list[Entry]) -> Iterator[tuple[WordTime, ...]]:
    """Yield the words, final transcript by final transcript, and the last interim without a final.

    A transcriber that was away may repeat words: those that ended by the last known word are left out.
    """
    known_until = float("-inf")
    open_interim: events.InterimTranscript | None = None
    for entry in entries:
        match entry.event:
            case events.InterimTranscript() as interim:
                open_interim = interim
            case events.FinalTranscript() as final:
                open_interim = None
                if words := tuple(word for word in _timed(final) if word.end > known_until + SHORTEST):
                    known_until = words[-1].end
                    yield words
    if open_interim is not None and (
        words := tuple(word for word in _timed(open_interim) if word.end > known_until + SHORTEST)
    ):
        yield words


def _timed(transcript: TranscriptEvent) -> tuple[WordTime, ...]:
    """Its words at their times; without times they are spread over the whole."""
    if not transcript.words:
        return spread(transcript.text.split(), transcript.began_at, transcript.ended_at)
    return tuple(
        WordTime(word.text, word.began_at, max(word.ended_at, word.began_at + SHORTEST)) for word in transcript.words
    )


def _outages(entries: list[Entry]) -> Iterator[tuple[float, float]]:
    """Yield the loop times between which the transcriber was away."""
    lost_at: float | None = None
    for entry in entries:
        match entry.event:
            case events.TranscriberLost(at) if lost_at is None:
                lost_at = at
            case events.TranscriberBack(at) if lost_at is not None:
                yield lost_at, at
                lost_at = None

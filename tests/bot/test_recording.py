"""Calls that are recorded, as a program has them: in scenes on virtual time, and read back from the files."""

import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import VoiceBot
from bot.assembly import recording
from bot.assembly.recording import RECORDING_ATTRIBUTE
from pipeline.audio import LISTEN_RATE
from pipeline.errors import SettingsError, VoiceBotError
from pipeline.events import FinalTranscript
from pipeline.ports import SynthesizerCapabilities
from pipeline.recording import writer
from pipeline.recording.document import RecordedSegment, RecordingDocument, read_recording
from pipeline.recording.recorder import Recorder
from pipeline.speech import Speech, WordTime
from pipeline.testing import Scene, virtual_time
from pipeline.testing.scene_membership import SceneMembership
from pipeline.wav import WavSound, save_sound
from tests.pipeline.recording.sounds import beeps, decoded, onsets
from tests.support.waiting import wait_until

CONSENT = "This call is recorded."


class BeepingVoice:
    """A beep for each word, once a second: exact in any codec."""

    rate = 24_000
    capabilities = SynthesizerCapabilities(word_times=True)

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        made = 0.0
        async for chunk in text:
            for word in chunk.split():
                yield WordTime(word, made + 0.1, made + 0.9)
                yield Speech(beeps(self.rate, 1.0, [0.1]))
                made += 1.0


def recorded(folder: Path, count: int = 1) -> list[tuple[RecordingDocument, Path]]:
    """The recordings, once they are whole."""
    wait_until(lambda: len(list(folder.glob("*.json"))) == count)
    return [(read_recording(path), path.with_suffix(".ogg")) for path in sorted(folder.glob("*.json"))]


def said(document: RecordingDocument, speaker: str) -> list[str]:
    return [segment.text for segment in document.segments if segment.speaker == speaker]


def place(times: list[float], wanted: list[float]) -> None:
    """Each beep is there, within 20 ms, and no other."""
    assert len(times) == len(wanted), (times, wanted)
    assert max(abs(time - at) for time, at in zip(times, wanted, strict=True)) < 0.02, (times, wanted)


@virtual_time
async def test_both_sides_of_ten_minutes_are_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what a call does to its audio: a hold, a cut, a muted microphone, late frames, a stall, a lost room,
    a reload of the page."""
    monkeypatch.setattr(writer, "MOST_WAITING", 100_000)  # of virtual time there is more than the thread has
    beep = tmp_path / "beep.wav"
    save_sound(beep, WavSound(beeps(LISTEN_RATE, 0.5, [0.0]), LISTEN_RATE))
    scene = Scene(tts=BeepingVoice(), jitter=0.02)
    person = [3.0, 40.0, 95.0, 130.0, 300.2, 410.0, 460.0, 598.0]
    for at in person:
        scene.person.plays(beep, at=at, words="")
    scene.person.coughs(at=12.35)  # a hold, in mid-word
    scene.person.says("Stop it now please", at=22.2)  # a cut
    scene.person.mutes(at=100.0, for_=20.0)
    scene.person.stalls(at=200.0, for_=0.7)
    scene.room_is_lost(at=400.0, for_=5.0)
    scene.person.goes(at=450.0, for_=3.0)
    scene.closes(at=600.0)
    folder = tmp_path / "calls"
    async with VoiceBot(room=scene, llm=None, record=folder) as bot:
        for at, text in ((10.0, "one two three four"), (20.0, "five six seven eight"), (590.0, "nine ten eleven")):
            await scene.until(at)
            await bot.say(text)
        await bot.wait_closed()
    ((document, path),) = recorded(folder)
    left, right = decoded(path)
    assert len(left) / 48_000 == pytest.approx(600.0, abs=0.05)
    place(onsets(left, 48_000), person)
    heard = onsets(scene.room.pcm, scene.room.rate)
    assert len(heard) >= 8
    place(onsets(right, 48_000), heard)
    assert document.duration == pytest.approx(600.0, abs=0.05)
    words = [word for segment in document.segments if segment.speaker == "bot" for word in segment.words]
    for word in words:
        assert min(abs(word.start - at) for at in heard) < 0.03, word
    assert [kind.kind for kind in document.interruptions].count("cut") == 1
    assert "hold" in [kind.kind for kind in document.interruptions]
    marks = {mark.kind: (mark.start, mark.end) for mark in reversed(document.marks)}
    assert marks["microphone"] == pytest.approx((100.0, 120.0), abs=0.1)
    assert marks["connection"] == pytest.approx((400.0, 405.0), abs=0.1)
    assert marks["away"] == pytest.approx((450.0, 453.0), abs=0.1)


@virtual_time
async def test_what_was_said_stands_beside_the_audio(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.answers("Hello, you there. I go on and on, as I always do.")
    scene.person.says("Good day to you", at=3.0)
    scene.person.interrupts("Stop, please.", on="always")
    scene.person.types("Typed.", at=15.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, record=tmp_path, greeting="Good morning!") as bot:
        events = [event async for event in bot.events()]
    ((document, path),) = recorded(tmp_path)
    assert (document.audio, document.room, document.bot, document.person) == (path.name, "room", "bot", "ann")
    assert document.is_complete
    assert said(document, "person") == ["Good day to you", "Stop, please.", "Typed."]
    assert said(document, "bot")[:2] == ["Good morning!", "Hello, you there. I go on and on, as I always"]
    assert [segment.is_cut for segment in document.segments if segment.speaker == "bot"][:2] == [False, True]
    assert document.segments == tuple(sorted(document.segments, key=lambda segment: segment.start))
    first = next(event for event in events if isinstance(event, FinalTranscript) and event.text)
    segment = next(segment for segment in document.segments if segment.speaker == "person")
    assert segment.end - segment.start == pytest.approx(first.ended_at - first.began_at, abs=0.002)
    assert [word.text for word in segment.words] == ["Good", "day", "to", "you"]
    assert segment.words[0].start == pytest.approx(3.0, abs=0.05)
    assert [segment.is_typed for segment in document.segments if segment.text == "Typed."] == [True]
    greeting = next(segment for segment in document.segments if segment.speaker == "bot")
    assert [word.text for word in greeting.words] == ["Good", "morning!"]
    for word, heard in zip(greeting.words, scene.heard, strict=False):
        assert word.start == pytest.approx(heard.at, abs=0.03)


@virtual_time
async def test_nothing_of_a_person_is_recorded_before_they_know(tmp_path: Path) -> None:
    beep = tmp_path / "beep.wav"
    save_sound(beep, WavSound(beeps(LISTEN_RATE, 0.5, [0.0]), LISTEN_RATE))
    scene = Scene(tts=BeepingVoice())
    scene.person.plays(beep, at=1.0, words="")
    scene.person.says("Who is it", at=1.6)  # into the line, which is said to its end
    scene.person.plays(beep, at=8.0, words="")
    scene.closes(at=12.0)
    folder = tmp_path / "calls"
    async with VoiceBot(room=scene, llm=None, record=folder, record_consent=CONSENT, greeting="Hello there.") as bot:
        await bot.wait_closed()
    ((document, path),) = recorded(folder)
    assert document.consent is not None
    assert document.consent.text == CONSENT
    assert said(document, "bot")[0] == CONSENT
    assert said(document, "person") == []
    left, right = decoded(path)
    place(onsets(left, 48_000), [8.0])
    assert not left[: round(document.consent.end * 48_000)].any()
    assert len(onsets(right, 48_000)) >= 4  # the line itself is recorded


@virtual_time
async def test_a_line_that_was_not_heard_is_no_consent(tmp_path: Path) -> None:
    scene = Scene()
    scene.person.says("Hello you there", at=5.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, record=tmp_path, record_consent="One two three four five six seven.") as bot:
        await scene.hears("three")
        bot.interrupt()
        await bot.wait_closed()
    ((document, _),) = recorded(tmp_path)
    assert document.consent is None
    assert said(document, "person") == []


@virtual_time
async def test_each_person_has_a_recording_of_their_own(tmp_path: Path) -> None:
    scene = Scene()
    scene.person.says("I am the first", at=2.0)
    scene.person.leaves(at=6.0, grace=1.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, record=tmp_path, stay=True, record_consent=CONSENT) as bot:
        await scene.until(15.0)
        assert bot.recorder.state == ""
        await bot.wait_closed()
    ((document, _),) = recorded(tmp_path)
    assert said(document, "person") == ["I am the first"]
    assert document.duration < 9.0


@virtual_time
async def test_a_program_pauses_and_stops_a_recording_and_frontends_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene()
    for at, text in ((2.0, "Keep this"), (6.0, "Not this"), (12.0, "And this"), (20.0, "Nothing more")):
        scene.person.says(text, at=at)
    scene.closes(at=25.0)
    shown: list[str] = []

    def set_attributes(_: SceneMembership, given: dict[str, str]) -> None:
        shown.extend(value for name, value in given.items() if name == RECORDING_ATTRIBUTE)

    monkeypatch.setattr(SceneMembership, "set_attributes", set_attributes)
    async with VoiceBot(room=scene, llm=None, record=tmp_path) as bot:
        await scene.until(5.0)
        assert bot.recorder.state == "on"
        bot.recorder.pause()
        await scene.until(10.0)
        bot.recorder.resume()
        await scene.until(16.0)
        bot.recorder.stop()
        bot.recorder.resume()  # it is over
        await bot.wait_closed()
    ((document, _),) = recorded(tmp_path)
    assert said(document, "person") == ["Keep this", "And this"]
    assert document.duration == pytest.approx(16.0, abs=0.1)
    assert [(mark.kind, round(mark.start), round(mark.end)) for mark in document.marks] == [("paused", 5, 10)]
    assert shown == ["on", "paused", "on", ""]


@virtual_time
async def test_a_person_who_refuses_leaves_no_recording(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.calls("stop_recording")
    scene.llm.answers("It is deleted.")
    scene.person.says("Do not record me", at=2.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, record=tmp_path, tools=["stop_recording"]) as bot:
        await bot.wait_closed()
    scene.assert_heard("it is deleted")
    wait_until(lambda: not list(tmp_path.iterdir()))


class HidesNumbers:
    """A redaction."""

    def segment(self, segment: RecordedSegment) -> tuple[RecordedSegment, list[tuple[float, float]]]:
        hidden = [word for word in segment.words if word.text == "five"]
        text = segment.text.replace("five", "[number]")
        words = tuple(replace(word, text="[number]") if word in hidden else word for word in segment.words)
        return replace(segment, text=text, words=words), [(word.start, word.end) for word in hidden]

    def identity(self, identity: str) -> str:
        return "someone"


@virtual_time
async def test_what_is_redacted_is_neither_read_nor_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def redacted(*given: Any, **options: Any) -> Recorder:
        return Recorder(*given, **{**options, "redaction": HidesNumbers()})

    monkeypatch.setattr(recording, "Recorder", redacted)
    scene = Scene(tts=BeepingVoice())
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, llm=None, record=tmp_path) as bot:
        await bot.say("four five six")
        await bot.wait_closed()
    ((document, path),) = recorded(tmp_path)
    assert said(document, "bot") == ["four [number] six"]
    assert document.person == "someone"
    _, right = decoded(path)
    heard = onsets(scene.room.pcm, scene.room.rate)
    place(onsets(right, 48_000), [heard[0], heard[2]])
    assert [mark.kind for mark in document.marks] == ["muted"]


def test_a_bot_that_records_nothing_has_no_recorder(tmp_path: Path) -> None:
    @virtual_time
    async def asks() -> None:
        scene = Scene()
        scene.closes(at=1.0)
        async with VoiceBot(room=scene) as bot:
            with pytest.raises(VoiceBotError, match="records nothing"):
                bot.recorder.stop()
            await bot.wait_closed()

    asks()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"record": "file"}, "is a file"),
        ({"record": "file/calls"}, "is a file"),
        ({"record": "closed/calls"}, "may not write"),
        ({"record": 42}, "must be a path"),
        ({"record_consent": "We record."}, "give --record DIR"),
        ({"record": "calls", "record_consent": "We record.", "tts": None}, "choose one with --tts"),
    ],
    ids=["a file", "below a file", "no right", "no path", "no recording", "no voice"],
)
def test_what_cannot_be_recorded_is_said_at_once(options: dict[str, Any], fault: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").mkdir()
    if "closed" in str(options) and os.geteuid() == 0:
        fault, options = "zero character", {"record": "a\0b"}  # root may write anywhere
    given = dict(options)
    if isinstance(path := options.get("record"), str):
        given["record"] = str(tmp_path / path)

    @virtual_time
    async def begins() -> None:
        async with VoiceBot(room=Scene(), llm=None, **given):
            pass

    with pytest.raises(SettingsError, match=fault):
        begins()


@virtual_time
async def test_it_is_said_when_people_are_not_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for consent in (None, CONSENT):
        caplog.clear()
        scene = Scene()
        scene.closes(at=1.0)
        options: dict[str, Any] = {} if consent is None else {"record_consent": consent}
        async with VoiceBot(room=scene, llm=None, record=tmp_path, **options) as bot:
            await bot.wait_closed()
        assert ("--record-consent" in caplog.text) is (consent is None)

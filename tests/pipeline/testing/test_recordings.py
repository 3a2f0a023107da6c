"""A person whose voice is a WAV file: the real detector hears it, and its words are given or recognized."""

import json
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.events import FinalTranscript, SpeechStarted
from pipeline.speech import Finalize, Transcript, WordTime
from pipeline.testing import Scene, SceneError
from pipeline.testing.recording import read_recording
from tests.support.vowels import vowels

WORDS = "what time is it"


def write(path: Path, samples: Pcm, rate: int = LISTEN_RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).tobytes())
    return path


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """1.6 s of vowels."""
    return write(tmp_path / "voice.wav", vowels("aeiaeiae"))


class Counting:
    """A transcriber of somebody's own: says how much of a voice it was given."""

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
        heard, loud = 0, 0
        async for item in audio:
            if isinstance(item, Finalize):
                text = f"{loud / LISTEN_RATE:.1f} seconds"
                yield Transcript(text, True, 0.0, heard / LISTEN_RATE, answers_finalize=True)
                continue
            heard += len(item)
            loud += len(item) if np.abs(item).max() > 100 else 0


def test_what_is_said_in_a_recording_is_answered(voice: Path) -> None:
    scene = Scene()
    scene.person.plays(voice, at=1.0, words=WORDS)
    scene.run()
    assert scene.history == [("user", WORDS), ("assistant", f"You said: {WORDS} What else?")]
    scene.assert_answered_within(1.5)
    began_at = next(event.began_at for event in scene.events if isinstance(event, SpeechStarted))
    assert began_at == pytest.approx(1.0, abs=0.15), "the detector is the real one"


def test_words_come_at_the_times_that_they_are_given(voice: Path) -> None:
    scene = Scene()
    words = [WordTime("now", 0.0, 0.3), WordTime("then", 1.2, 1.5)]
    scene.person.plays(str(voice), at=1.0, words=words)
    scene.run()
    assert scene.person_text == "now then"
    finals = [event for event in scene.events if isinstance(event, FinalTranscript)]
    assert [word.began_at for final in finals for word in final.words] == pytest.approx([1.0, 2.2], abs=0.001)


def test_a_recording_without_words_is_a_noise(voice: Path) -> None:
    scene = Scene()
    scene.llm.answers("Once upon a time there was a king who had three daughters and a castle.")
    scene.person.says("Tell me a story.", at=1.0)
    scene.person.plays(voice, at=4.0, words="")
    scene.run()
    assert scene.ended[0].is_cut, "it lasts"
    scene.assert_requests(1)


def test_a_transcriber_of_ones_own_hears_the_sound(voice: Path) -> None:
    scene = Scene(stt=Counting())
    scene.person.plays(voice, at=1.0)
    scene.run()
    assert scene.person_text in ("1.5 seconds", "1.6 seconds")


def test_a_recording_may_be_played_twice_and_beside_a_script(voice: Path) -> None:
    scene = Scene()
    scene.person.plays(voice, at=1.0, words=WORDS)
    scene.person.says("Hello again.", at=7.0)
    scene.person.plays(voice, at=12.0, words="and how late")
    scene.run()
    assert [text for role, text in scene.history if role == "user"] == [WORDS, "Hello again.", "and how late"]


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_any_rate_is_heard_as_it_sounds(tmp_path: Path, rate: int, channels: int) -> None:
    tone = (8_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.int16)
    samples, duration, voice = read_recording(write(tmp_path / "tone.wav", tone, rate, channels))
    assert (len(samples), duration) == (LISTEN_RATE, 1.0)
    assert voice == pytest.approx((0.0, 1.0), abs=0.002)
    assert int(np.argmax(np.abs(np.fft.rfft(samples)))) == 440


def test_recorded_speech(recordings: Path) -> None:
    """With the words and times that belong to it."""
    clip = next(clip for clip in json.loads((recordings / "index.json").read_text()) if clip.get("words"))
    words = [WordTime(word["w"], word["start"], word["end"]) for word in clip["words"]]
    scene = Scene()
    scene.person.plays(recordings / clip["file"], at=1.0, words=words)
    scene.run()
    assert scene.person_text == " ".join(word.text for word in words)


def test_files_that_cannot_be_played_say_why(tmp_path: Path, voice: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    write(tmp_path / "silent.wav", np.zeros(900, np.int16))
    person = Scene().person
    for name, says in (
        ("none.wav", "cannot be read .*name a WAV file"),
        ("text.wav", "is no WAV file: .*ffmpeg"),
        ("silent.wav", "is silence"),
    ):
        with pytest.raises(SceneError, match=says):
            person.plays(tmp_path / name, at=1.0, words=WORDS)
    with pytest.raises(SceneError, match="say what is said in it"):
        person.plays(voice, at=1.0)
    with pytest.raises(SceneError, match=r"words end after 9 s, and the file after 1\.60 s"):
        person.plays(voice, at=1.0, words=[WordTime("late", 8.0, 9.0)])
    with pytest.raises(SceneError, match="a script has no sound"):
        Scene(stt=Counting()).person.says("Hello.", at=1.0)

"""PocketSphinx itself, in its process: what it makes of espeak-ng and of a person."""

from pathlib import Path

import pytest

from pipeline.audio import LISTEN_RATE
from pipeline.providers.local.hearing.engines import PocketsphinxTranscriber
from pipeline.providers.local.hearing.pocketsphinx_child import spoken_words
from pipeline.wav import read_sound

from .ear import listening, recorded

pytestmark = pytest.mark.usefixtures("demo")

PHRASES = ["What time is it?", "Hello, how are you?", "Can you help me?", "Stop, please."]


@pytest.mark.slow
async def test_what_espeak_says_is_recognized_more_or_less() -> None:
    """A third of the words at least, which is much for a robot's voice; in time order and within the audio."""
    right, said = 0, 0
    async with listening(PocketsphinxTranscriber()) as ear:
        for phrase in PHRASES:
            start = ear.samples / LISTEN_RATE
            ear.play(await recorded(phrase))
            answer = await ear.finalize()
            words = phrase.lower().replace(",", "").strip("?.").split()
            right += len(set(words) & set(answer.text.split()))
            said += len(words)
            times = [time for word in answer.words for time in (word.start, word.end)]
            assert times == sorted(times)
            assert start <= times[0] < times[-1] <= answer.end == pytest.approx(ear.samples / LISTEN_RATE, abs=0.001)
            assert answer.text == " ".join(word.text for word in answer.words)
    assert right / said > 1 / 3
    assert ear.breaks == []


@pytest.mark.slow
async def test_a_person_is_recognized(recordings: Path) -> None:
    async with listening(PocketsphinxTranscriber()) as ear:
        sound = read_sound(recordings / "ps_something.wav")
        pcm, rate = sound.pcm, sound.rate
        assert rate == LISTEN_RATE
        ear.play(pcm)
        assert (await ear.finalize()).text == "go somewhere and do something"
    interims = [transcript for transcript in ear.transcripts if not transcript.is_final and transcript.text]
    assert len(interims) >= 5
    assert interims[-1].text.startswith("go somewhere")


def test_fillers_are_no_words_and_alternates_are() -> None:
    segments = [
        ("<s>", 0, 9),
        ("the(2)", 10, 29),
        ("<sil>", 30, 49),
        ("[NOISE]", 50, 59),
        ("don't", 60, 89),
        ("</s>", 90, 99),
    ]
    assert spoken_words(segments, 2.0) == [("the", 2.1, 2.3), ("don't", 2.6, 2.9)]

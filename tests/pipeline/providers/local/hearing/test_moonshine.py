"""Moonshine in its process: how many words of people and of espeak-ng are wrong, and what it makes of noise."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm, silence
from pipeline.providers.local.hearing.engines import MoonshineTranscriber
from pipeline.providers.local.hearing.moonshine_child import MoonshineDecoder
from pipeline.providers.local.hearing.moonshine_model import MoonshineModel
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from tests.support.recorded_speech import clean_english, recordings_of
from tests.support.waiting import until
from tests.support.word_errors import word_errors, words_of
from vad.cascade import CascadeVad
from vad.gate import Gate

from .ear import Ear, listening, recorded, spoken_by

pytestmark = pytest.mark.usefixtures("demo")

PAUSE = 0.13
"""Seconds of silence after which the bot asks for a final transcript, see `Policy.finalize_silence`."""


def with_silence(pcm: Pcm) -> Pcm:
    """One second before, as a stream seldom begins with a word, and 0.3 s behind; and the hiss of a microphone."""
    whole = np.concatenate([silence(LISTEN_RATE), pcm, silence(LISTEN_RATE * 3 // 10)])
    whole = whole[: len(whole) // LISTEN_WINDOW * LISTEN_WINDOW]
    hiss = np.random.default_rng(len(pcm)).normal(0, 4, len(whole))
    return np.clip(whole + hiss, -32768, 32767).astype(np.int16)


async def heard_as_in_a_call(ear: Ear, pcm: Pcm) -> str:
    """Play a sound and ask for a final transcript in each pause, as the bot does; the texts, joined."""
    detector, gate = CascadeVad(), Gate()
    texts, is_asked = [], True
    for window in with_silence(pcm).reshape(-1, LISTEN_WINDOW):
        ear.play(window)
        gate.feed(detector.probability(window))
        if gate.speaking and not gate.silence_run:
            is_asked = False
        elif not is_asked and gate.silence_run >= PAUSE * LISTEN_RATE:
            is_asked = True
            texts.append((await ear.finalize()).text)
    texts.append((await ear.finalize()).text)
    ear.play(silence(2 * LISTEN_RATE))  # the next one is another utterance
    return " ".join(text for text in texts if text)


class Noting:
    """The bot's detector, and what it said of the last window."""

    def __init__(self) -> None:
        self._detector = CascadeVad()
        self.last = 0.0

    def probability(self, window: Pcm) -> float:
        self.last = self._detector.probability(window)
        return self.last

    def reset(self) -> None:
        self._detector.reset()


def recognized(model: MoonshineModel, pcm: Pcm) -> str:
    """What a new stream makes of a sound, with a final transcript asked for in each pause, as the bot does."""
    detector, gate = Noting(), Gate()
    decoder = MoonshineDecoder(model, detector)
    texts, is_asked = [], True
    for window in with_silence(pcm).reshape(-1, LISTEN_WINDOW):
        texts += [fields["text"] for fields in decoder.hear(window.astype("<i2").tobytes())]
        gate.feed(detector.last)
        if gate.speaking and not gate.silence_run:
            is_asked = False
        elif not is_asked and gate.silence_run >= PAUSE * LISTEN_RATE:
            is_asked = True
            texts.append(decoder.finalize()["text"])
    texts.append(decoder.finalize()["text"])
    return " ".join(text for text in texts if text)


@pytest.mark.parametrize(
    ("kinds", "fewest", "most_wrong"),
    [
        (["speech"], 150, 0.09),
        pytest.param(
            ["pause-in-turn", "end-of-turn", "interruption"],
            450,
            0.08,
            marks=[pytest.mark.slow, pytest.mark.timeout(600)],
        ),
    ],
)
def test_people_are_understood(recordings: Path, kinds: Sequence[str], fewest: int, most_wrong: float) -> None:
    """All clean English of which the words are known: of 675 words 5.3 % were wrong."""
    said, wrong, model = 0, {}, MoonshineModel()
    for name, text, pcm in clean_english(recordings, kinds):
        words = words_of(text)
        said += len(words)
        wrong[name] = word_errors(words, words_of(recognized(model, pcm)))
    assert said > fewest
    assert sum(wrong.values()) / said < most_wrong, {name: errors for name, errors in wrong.items() if errors}


@pytest.mark.slow
async def test_noises_have_no_words(recordings: Path) -> None:
    async with listening(MoonshineTranscriber()) as ear:
        heard = {
            name: await heard_as_in_a_call(ear, pcm)
            for name, _, pcm in recordings_of(recordings, ["noise", "false-interruption"])
        }
    assert len(heard) >= 10
    assert {name: text for name, text in heard.items() if text} == {}
    assert not [transcript.text for transcript in ear.transcripts if transcript.text]


async def test_what_espeak_says_is_recognized() -> None:
    """A robot's voice: nine words of ten; in time order, within the audio, and not before they were said."""
    phrases = ["What time is it?", "Hello, how are you?", "Can you help me?", "Where is the nearest station?"]
    wrong, said = 0, 0
    async with listening(MoonshineTranscriber()) as ear:
        for phrase in phrases:
            ear.play(silence(2 * LISTEN_RATE))
            start = ear.samples / LISTEN_RATE
            ear.play(await recorded(phrase))
            answer = await ear.finalize()
            wrong += word_errors(words_of(phrase), words_of(answer.text))
            said += len(words_of(phrase))
            times = [time for word in answer.words for time in (word.start, word.end)]
            assert times == sorted(times)
            assert start <= times[0] < times[-1] <= answer.end == pytest.approx(ear.samples / LISTEN_RATE, abs=0.001)
            assert answer.text == " ".join(word.text for word in answer.words)
    assert wrong / said <= 0.1
    assert ear.breaks == []


@pytest.mark.slow
async def test_short_answers_are_understood() -> None:
    """Of the embedded voice, quiet and loud; of 306 words one was wrong."""
    answers = ["Yes.", "No.", "Stop.", "Wait.", "Thanks.", "Why?", "Not now.", "Tell me more.", "What time is it?"]
    wrong, said = {}, 0
    async with listening(MoonshineTranscriber()) as ear, aclosing(HibariSynthesizer()) as voice:
        for number, answer in enumerate(answers):
            pcm = await spoken_by(voice, answer)
            heard = await heard_as_in_a_call(ear, (pcm * (0.25, 1.0)[number % 2]).astype(np.int16))
            wrong[f"{answer} {heard}"] = word_errors(words_of(answer), words_of(heard))
            said += len(words_of(answer))
    assert sum(wrong.values()) / said < 0.1, {what: errors for what, errors in wrong.items() if errors}


async def test_interims_come_while_somebody_speaks() -> None:
    async with aclosing(HibariSynthesizer()) as voice:
        phrase = await spoken_by(voice, "Where is the nearest station?")
    middle = len(phrase) * 2 // 3 // LISTEN_WINDOW * LISTEN_WINDOW
    async with listening(MoonshineTranscriber()) as ear:
        ear.play(silence(LISTEN_RATE))
        ear.play(phrase[:middle])
        interim = await until(lambda: next((heard for heard in ear.transcripts if heard.text), None))
        assert not interim.is_final
        assert words_of(interim.text)[:2] == ["where", "is"]
        assert interim.words[-1].end <= ear.samples / LISTEN_RATE
        ear.play(np.concatenate([phrase[middle:], silence(LISTEN_RATE // 5)]))
        assert words_of((await ear.finalize()).text) == ["where", "is", "the", "nearest", "station"]


async def test_two_utterances_with_a_question_between_come_apart() -> None:
    async with listening(MoonshineTranscriber()) as ear:
        ear.play(silence(LISTEN_RATE))
        ear.play(await recorded("What time is it?"))
        first = await ear.finalize()
        ear.play(await recorded("Hello, how are you?"))
        second = await ear.finalize()
    assert words_of(first.text) == ["what", "time", "is", "it"]
    assert words_of(second.text)[-3:] == ["how", "are", "you"]
    assert second.words[0].start > first.words[-1].end


@pytest.mark.slow
async def test_a_monologue_is_cut_by_itself_and_loses_no_word(recordings: Path) -> None:
    """Half a minute of several readers in which nobody asks for a final transcript, as the bot would in each pause."""
    readings = [
        (text, pcm) for name, text, pcm in recordings_of(recordings, ["speech"]) if name.startswith(("LJ", "librivox"))
    ]
    said = words_of(" ".join(text for text, _ in readings))
    async with listening(MoonshineTranscriber()) as ear:
        ear.play(silence(LISTEN_RATE))
        for _, pcm in readings:
            ear.play(pcm)
        await ear.finalize()
    finals = [transcript for transcript in ear.transcripts if transcript.is_final and transcript.text]
    assert len(finals) >= 3
    assert ear.samples / LISTEN_RATE > 30
    assert word_errors(said, words_of(" ".join(final.text for final in finals))) / len(said) < 0.12


@pytest.mark.slow
async def test_minutes_of_noise_have_no_words() -> None:
    """A hiss that comes and goes."""
    chance = np.random.default_rng(3)
    async with listening(MoonshineTranscriber()) as ear:
        for level in (0, 30, 3000) * 40:
            ear.play(chance.normal(0, level, LISTEN_RATE).astype(np.int16))
        answer = await ear.finalize()
    assert answer.text == ""
    assert not [transcript for transcript in ear.transcripts if transcript.text]

"""hibari itself, in this process: its sound, the times of its words, and breaking off."""

import json
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.audio import Pcm, pcm_from_bytes
from pipeline.providers.local.process.frames import NUMBER, Kind
from pipeline.providers.local.speaking.hibari_child import REACH, HibariVoice
from pipeline.providers.local.speaking.hibari_text import pronounce
from pipeline.providers.local.speaking.hibari_times import FRAME, RATE, ids_of, pieces
from pipeline.providers.local.speaking.pauses import SENTENCE_PAUSE
from pipeline.providers.local.speaking.speech_child import SpeechRequest
from pipeline.speech import WordTime
from tests.support.text import heard_text, speakable, verbalizer

SENTENCES = (
    "Good morning, how can I help you today?",
    "The harbor was empty, and nobody had seen the boat since Tuesday.",
    "She sells sea shells by the sea shore; that is, when she is not asleep.",
    "Stop! That is wonderful news!",
)


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    """Loaded where nothing can be downloaded."""
    pytest.importorskip("hibari", reason="run scripts/test, or install the project's extra demo")

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("it wants to connect")

    with pytest.MonkeyPatch.context() as offline:
        offline.setattr(socket.socket, "connect", refuse)
        offline.setattr(socket, "getaddrinfo", refuse)
        loaded = HibariVoice("", "en")
        assert Said(loaded, "Rawbotly zorps.").words  # words that no lexicon has
        return loaded


class Said:
    """What comes of one request, which `on_answer` may cancel."""

    def __init__(
        self, voice: HibariVoice, text: str, on_answer: Callable[[SpeechRequest], None] = lambda request: None
    ) -> None:
        self._on_answer = on_answer
        self._speech: list[Pcm] = []
        self.words: list[WordTime] = []
        self.request = SpeechRequest(7, text, self._take)
        self.unspoken = voice.say(self.request)

    @property
    def pcm(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self._speech])

    @property
    def duration(self) -> float:
        return self.pcm.size / RATE

    def level(self, start: float, end: float) -> float:
        """Root mean square of full scale between two seconds."""
        part = self.pcm[round(start * RATE) : round(end * RATE)].astype(float) / 32768
        return float(np.sqrt(np.mean(part**2)))

    def _take(self, kind: Kind, payload: bytes) -> None:
        assert payload.startswith(NUMBER.pack(7))
        rest = payload[NUMBER.size :]
        if kind is Kind.SPEECH:
            self._speech.append(pcm_from_bytes(rest))
        else:
            text, first, behind = json.loads(rest)
            self.words.append(WordTime(text, first / RATE, behind / RATE))
        self._on_answer(self.request)


def test_words_part_the_text_and_have_their_times_in_the_audio(voice: HibariVoice) -> None:
    text = "Hello there, “naïve” café — ok? It's Dr. Smith's (third) one-way street... Really; yes!"
    said = Said(voice, text)
    assert " ".join(word.text for word in said.words) == text
    times = [time for word in said.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] < 0.1
    assert times[-1] <= said.duration
    assert all(word.end - word.start >= 0.05 for word in said.words)
    assert said.unspoken == ""


def test_what_was_heard_follows_from_the_words(voice: HibariVoice) -> None:
    """Numbers too: they come in words, and count as they are written."""
    text = "It costs $21, or 3.5% of 1,234,567 in New-York at 10:30."
    chunk = verbalizer("en")(speakable(text))
    words = Said(voice, chunk.text).words
    heard = [heard_text([chunk], words, word.end) for word in words]
    assert heard == sorted(heard, key=len)
    assert {"It", "It costs", "It costs $21", "It costs $21, or 3.5% of", text} <= set(heard)


@pytest.mark.parametrize("text", SENTENCES)
def test_it_speaks_at_once_and_stops_when_it_has_spoken(voice: HibariVoice, text: str) -> None:
    """The engine's own silence, 0.3 s at both ends, is left out."""
    said = Said(voice, text)
    assert said.level(0.0, 0.15) > 0.01
    assert said.level(said.duration - 0.15, said.duration) > 0.001


def test_it_is_as_loud_as_other_voices_and_never_too_loud(voice: HibariVoice) -> None:
    """-26 to -18 dB of full scale while it speaks, as measured of espeak-ng and of recorded speech."""
    for text in SENTENCES:
        said = Said(voice, text)
        windows = said.pcm[: said.pcm.size // 480 * 480].astype(float).reshape(-1, 480) / 32768
        levels = np.sqrt((windows**2).mean(axis=1))
        active = np.sqrt((levels[levels > levels.max() / 30] ** 2).mean())
        assert 0.05 < active < 0.125
        assert np.abs(said.pcm).max() < 32767


def test_word_times_are_those_of_the_sound(voice: HibariVoice) -> None:
    """A word ends where the pause before the next one begins; sentences are parted by that of their mark."""
    said = Said(voice, "Stop. Please stop! Why?")
    softest = min(said.level(word.start, word.end) for word in said.words)
    gaps = [(word.end, following.start) for word, following in pairwise(said.words)]
    for start, end in (gaps[0], gaps[2]):
        assert end - start == pytest.approx(SENTENCE_PAUSE, abs=0.08)
        assert said.level(start + 0.03, end - 0.05) < 0.1 * softest
    assert gaps[1][1] == gaps[1][0]


def test_what_it_has_no_sounds_for_is_left_out_and_reported(voice: HibariVoice) -> None:
    said = Said(voice, "The word 你好 means hello.")
    assert [word.text for word in said.words] == ["The", "word 你好", "means", "hello."]
    assert said.unspoken == "你好"
    nothing = Said(voice, "Привет, мир.")
    assert (nothing.unspoken, nothing.words, nothing.pcm.size) == ("Привет, мир.", [], 0)


def test_nothing_comes_of_what_is_cancelled_before(voice: HibariVoice) -> None:
    def cancel(request: SpeechRequest) -> None:
        request.cancel()

    said = Said(voice, "One. " * 20, on_answer=cancel)
    assert said.duration < 0.5
    assert len(said.words) <= 1


def test_a_cancel_breaks_off_the_model(voice: HibariVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told while it is about to run: it stops at its first step, and says nothing."""
    on_cancel = SpeechRequest.on_cancel

    def cancelled(request: SpeechRequest, stop: Callable[[], None]) -> None:
        on_cancel(request, stop)
        request.cancel()

    monkeypatch.setattr(SpeechRequest, "on_cancel", cancelled)
    said = Said(voice, SENTENCES[0])
    assert (said.words, said.pcm.size) == ([], 0)


def test_pieces_have_no_seam(voice: HibariVoice) -> None:
    """Around a cut the sound is that of the whole: compared without the noise, which is new each time."""

    class Silence:
        def standard_normal(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[np.float32]:
            return np.zeros(shape, dtype)

    seams = 0
    voice_without_noise = HibariVoice.__new__(HibariVoice)
    voice_without_noise.__dict__ = {**voice.__dict__, "_noise": Silence()}
    for text in SENTENCES[:3]:
        [part] = pronounce(text, voice._phonemes).parts
        ids = np.array([ids_of([word.phonemes for word in part], voice._vocabulary)], np.int64)
        *spectra, pitch, _ = voice._session.run(None, {"ids": ids, "speed": np.ones(1, np.float32)})
        parts = [spectrum[0] for spectrum in spectra]
        cuts = pieces(pitch[0], 20)
        whole = voice_without_noise._wave(parts, pitch[0], 20, len(pitch[0]))
        made = np.concatenate([voice_without_noise._wave(parts, pitch[0], *cut) for cut in cuts])
        assert made.shape == whole.shape
        for _, cut in cuts[:-1]:
            around = slice((cut - 20 - REACH // 2) * FRAME, (cut - 20 + REACH // 2) * FRAME)
            assert np.abs(made[around] - whole[around]).max() < 0.001
            seams += 1
    assert seams > 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1))
def test_its_lexicon_takes_whatever_is_written(voice: HibariVoice, text: str) -> None:
    """Its words are those that it was given, and its signs those that the model knows."""
    lines: list[tuple[int, int]] = []

    def noted(line: str) -> list[str]:
        found = voice._phonemes(line)
        lines.append((len(line.split()), len(found)))
        return found

    for part in pronounce(text, noted).parts:
        assert ids_of([word.phonemes for word in part], voice._vocabulary)
    assert all(given == found for given, found in lines)


@pytest.mark.parametrize(
    ("name", "language", "told"),
    [
        ("sonic", "en", "no voice 'sonic': name one of heart, "),
        ("emma", "en-GB", "'emma' is not on this machine: fetch it once by: hibari --voice emma"),
        ("", "de-AT", "English only, not 'de-AT': set the language to en, or choose another voice"),
        ("", "multi", "English only, not 'multi'"),
    ],
)
def test_unknown_voices_and_languages_are_refused(
    voice: HibariVoice, name: str, language: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A voice of hibari's that is not in its package is not downloaded."""
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=told):
        HibariVoice(name, language)


def test_a_voice_of_another_make_is_refused(
    voice: HibariVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    (tmp_path / "bf_emma.int8.onnx").write_bytes(b"")
    with pytest.raises(ValueError, match=r"none of hibari-tts 0\.2"):
        HibariVoice("emma", "en-GB")

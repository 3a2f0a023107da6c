"""The recordings that come with the package, and sentences that a voice makes ahead."""

from importlib.resources import files
from io import BytesIO

import numpy as np
import pytest
import soundfile

from pipeline.agent import AgentProfile
from pipeline.stages.kept_speech import spread_words
from pipeline.stages.spare_voice import RATE, au_of, mu_law_decoded, mu_law_encoded, read_au, recording_for, resampled

EVERY_CODE = bytes(range(256))


def recordings() -> list[str]:
    return sorted(file.name for file in (files("pipeline.stages") / "recordings").iterdir())


@pytest.mark.parametrize("name", recordings())
def test_a_recording_says_the_sentence_of_its_language(name: str) -> None:
    data = (files("pipeline.stages") / "recordings" / name).read_bytes()
    said, samples = read_au(data)
    assert said == AgentProfile(language=name.partition(".")[0]).spoken_trouble
    decoded, rate = soundfile.read(BytesIO(data), dtype="int16")
    assert rate == RATE
    assert np.array_equal(samples, decoded)
    assert 1.0 < len(samples) / RATE < 4.0
    assert np.abs(samples.astype(int)).max() > 10_000
    assert len(data) < 32_000


def test_mu_law_is_that_of_g711() -> None:
    file = BytesIO(au_of("", np.zeros(256, np.int16))[:-256] + EVERY_CODE)
    decoded, _ = soundfile.read(file, dtype="int16")
    assert np.array_equal(mu_law_decoded(EVERY_CODE), decoded)


def test_a_sample_gets_the_nearest_code() -> None:
    samples = np.arange(-32768, 32768, 7, dtype=np.int16)
    levels = mu_law_decoded(EVERY_CODE).astype(int)
    error = np.abs(mu_law_decoded(mu_law_encoded(samples)).astype(int) - samples)
    best = np.abs(levels[None, :] - samples[:, None].astype(int)).min(axis=1)
    assert np.array_equal(error, best)


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_it_comes_at_the_rate_of_the_room(rate: int) -> None:
    low, kept = recording_for("", "en", RATE), recording_for("", "en", rate)
    assert len(kept.samples) / rate == pytest.approx(len(low.samples) / RATE, abs=0.001)
    power = np.mean(np.square(kept.samples.astype(float)))
    assert power == pytest.approx(np.mean(np.square(low.samples.astype(float))), rel=0.02)
    assert kept.words[-1].end == pytest.approx(len(kept.samples) / rate)


@pytest.mark.parametrize("language", ["th", "en-US", "multi", "../en", ""])
def test_a_language_without_a_recording_gets_the_english_one(language: str) -> None:
    assert recording_for("", language, RATE).text == AgentProfile().spoken_trouble


def test_a_tone_stays_the_tone() -> None:
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    higher = resampled(tone, RATE, 24_000)
    spectrum = np.abs(np.fft.rfft(higher.astype(float)))
    assert int(np.argmax(spectrum)) == 440


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no recording of the spare voice"):
        read_au(b"RIFF" + bytes(64))


def test_words_share_the_time_by_their_letters() -> None:
    words = spread_words("A longer word.", 3.0)
    assert [word.text for word in words] == ["A", "longer", "word."]
    assert words[0].start == 0.0
    assert words[-1].end == 3.0
    assert words[1].end - words[1].start > 2 * (words[0].end - words[0].start)

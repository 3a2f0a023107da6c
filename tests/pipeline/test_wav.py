"""Which recordings can be played, and what is said of the others."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio import Pcm
from pipeline.wav import WavError, WavSound, read_sound, save_call, save_sound
from tests.support.tones import dominant_frequency, tone

RATE = 16_000

EXTENSIBLE_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""The sub-format's GUID behind its tag (KSDATAFORMAT_SUBTYPE_PCM)."""


def riff(form: bytes, data: bytes, *, claimed: int | None = None) -> bytes:
    """A WAV file with a chunk that nobody knows; `claimed` is what it says of the length of its samples."""
    size = len(data) if claimed is None else claimed
    chunks = b"LIST\x03\0\0\0abc\0" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + len(data)) + b"WAVE" + chunks + data


def form(tag: int = 1, channels: int = 1, rate: int = RATE, width: int = 2) -> bytes:
    return struct.pack("<HHIIHH", tag, channels, rate, rate * channels * width, channels * width, 8 * width)


def file(folder: Path, content: bytes) -> Path:
    path = folder / "question.wav"
    path.write_bytes(content)
    return path


def coded(pcm: Pcm, width: int) -> bytes:
    """16-bit samples written with `width` bytes each."""
    if width == 1:
        return ((pcm.astype(np.int32) >> 8) + 128).astype(np.uint8).tobytes()
    wide = (pcm.astype("<i4") << 16).view(np.uint8).reshape(-1, 4)
    return wide[:, 4 - width :].tobytes()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8_000, 11_025, 96_000])
def test_any_pcm_is_read(tmp_path: Path, width: int, channels: int, rate: int) -> None:
    pcm = tone(440, 0.5, rate)
    data = coded(np.repeat(pcm, channels), width)
    sound = read_sound(file(tmp_path, riff(form(1, channels, rate, width), data)))
    assert sound.rate == rate
    assert np.abs(sound.pcm.astype(int) - pcm).max() <= (256 if width == 1 else 1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    """A voice on the second channel alone is heard."""
    pcm = np.stack([np.zeros(RATE, np.int16), tone(440, 1.0, RATE)], axis=1)
    sound = read_sound(file(tmp_path, riff(form(channels=2), pcm.tobytes())))
    assert abs(dominant_frequency(sound.pcm, RATE) - 440) < 5


def test_the_extensible_format_is_read(tmp_path: Path) -> None:
    pcm = tone(440, 0.5, RATE)
    extensible = form(0xFFFE, width=3) + struct.pack("<HHIH", 22, 24, 0, 1) + EXTENSIBLE_TAIL
    assert len(read_sound(file(tmp_path, riff(extensible, coded(pcm, 3)))).pcm) == len(pcm)


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_streamed_or_shortened_file_is_read_to_its_end(tmp_path: Path, claimed: int) -> None:
    """Its writer did not know the length; a last sample that is incomplete is left out."""
    sound = read_sound(file(tmp_path, riff(form(), tone(440, 0.5, RATE).tobytes() + b"\1", claimed=claimed)))
    assert sound.duration == 0.5


def test_the_time_of_the_last_sound_leaves_silence_out() -> None:
    pcm = np.concatenate([tone(440, 0.5, RATE), np.zeros(RATE, np.int16)])
    assert WavSound(pcm, RATE).sounding[1] == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty: name a WAV file with speech in it"),
        (riff(form(), bytes(400))[:30], "is cut short, it has no samples: record or copy it again"),
        (b"RIFF", "is cut short, it has no samples: record or copy it again"),
        (b"plain text, and enough of it", "is no WAV file: convert it .* ffmpeg -i"),
        (b"ID3 something that is an mp3", "is no WAV file"),
        (riff(form(3, width=4), bytes(400)), "is floating-point, not PCM: convert it"),
        (riff(form(7, width=1), bytes(400)), "is mu-law, not PCM"),
        (riff(form(0x1234), bytes(400)), "is coded .format 0x1234., not PCM"),
        (riff(form(width=8), bytes(400)), "64 bits at 16000 Hz, which is not understood"),
        (riff(form(channels=0), bytes(400)), "0 channels"),
        (riff(form(rate=1), bytes(400)), "at 1 Hz"),
        (riff(form(), b""), "is empty"),
        (riff(form(), bytes(64_000)), "is silence"),
        (riff(form(), bytes(2 * RATE * 601)), "lasts 10 minutes"),
        (riff(form(), bytes(400))[:40], "it has no samples"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(WavError, match=why):
        read_sound(file(tmp_path, content))


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(WavError, match=r"cannot be read .*: name a WAV file"):
            read_sound(path)


def test_what_is_saved_is_a_wav(tmp_path: Path) -> None:
    pcm = tone(440, 0.2, RATE)
    save_sound(tmp_path / "answer.wav", WavSound(pcm, RATE))
    with wave.open(str(tmp_path / "answer.wav"), "rb") as saved:
        assert saved.getparams()[:4] == (1, 2, RATE, len(pcm))
    with pytest.raises(WavError, match="cannot be written"):
        save_sound(tmp_path, WavSound(pcm, RATE))


def test_a_call_is_saved_with_one_voice_on_each_side(tmp_path: Path) -> None:
    left, right = tone(440, 0.2, RATE), tone(880, 0.2, RATE)
    save_call(tmp_path / "call.wav", left, right, RATE)
    with wave.open(str(tmp_path / "call.wav"), "rb") as saved:
        assert saved.getparams()[:4] == (2, 2, RATE, len(left))
        pcm = np.frombuffer(saved.readframes(len(left)), dtype="<i2").reshape(-1, 2)
    assert np.array_equal(pcm, np.column_stack([left, right]))

"""Reads and writes WAV files: any PCM is accepted, anything else is refused with what to do."""

import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.audio import Pcm

Float = npt.NDArray[np.float64]

PCM, EXTENSIBLE = 0x0001, 0xFFFE
"""Format tags: plain PCM, and "see the sub-format", which is used for many channels or more than 16 bits."""

OTHER_TAGS = {
    0x0002: "ADPCM",
    0x0003: "floating-point",
    0x0006: "A-law",
    0x0007: "mu-law",
    0x0011: "ADPCM",
    0x0055: "MP3",
}
"""Tags of other formats in WAV files (mmreg.h)."""

RATES = range(4_000, 384_001)
"""Plausible rates, Hz."""

LONGEST_DURATION = 600.0
"""Seconds; a longer question is a mistake."""

SILENCE = 0.003
"""Largest amplitude of silence, -50 dBFS; full scale is 1."""

ADVICE = "convert it to 16-bit PCM, for instance with: ffmpeg -i {} -c:a pcm_s16le converted.wav"

_CUT_SHORT = "{} is cut short, it has no samples: record or copy it again"


class WavError(Exception):
    """A file that cannot be played; the message says what to do."""


@dataclass(frozen=True)
class WavSound:
    """Mono samples and their rate in Hz."""

    pcm: Pcm
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.pcm) / self.rate

    @property
    def is_audible(self) -> bool:
        """Whether any sample is louder than SILENCE."""
        return bool(_loud(self.pcm).any())

    @property
    def sounding(self) -> tuple[float, float]:
        """Seconds from the beginning to the first and past the last sample that is louder than SILENCE."""
        loud = np.flatnonzero(_loud(self.pcm))
        return int(loud[0]) / self.rate, (int(loud[-1]) + 1) / self.rate


@dataclass(frozen=True)
class _Format:
    tag: int
    channels: int
    rate: int
    width: int
    """Bytes of one sample."""


def read_sound(path: Path) -> WavSound:
    """Read a PCM WAV of any rate, width and number of channels, which are averaged. Raises WavError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WavError(f"{path} cannot be read ({error.strerror}): name a WAV file") from None
    form, data = _parse(path, content)
    _check(path, form)
    usable = len(data) // (form.width * form.channels) * form.width * form.channels  # a file may be cut short
    if not usable:
        raise WavError(f"{path} is empty: name a WAV file with speech in it")
    mono = _samples(data[:usable], form.width).reshape(-1, form.channels).mean(axis=1)
    sound = WavSound(np.clip(np.rint(mono * 32768), -32768, 32767).astype(np.int16), form.rate)
    if sound.duration > LONGEST_DURATION:
        raise WavError(
            f"{path} lasts {sound.duration / 60:.0f} minutes: name one of at most {LONGEST_DURATION / 60:.0f}"
        )
    if not sound.is_audible:
        raise WavError(f"{path} is silence, nothing in it is louder than -50 dBFS: name a WAV file with speech in it")
    return sound


def save_sound(path: Path, sound: WavSound) -> None:
    """Write a 16-bit mono WAV. Raises WavError."""
    _save(path, sound.pcm, 1, sound.rate)


def save_call(path: Path, left: Pcm, right: Pcm, rate: int) -> None:
    """Write a 16-bit stereo WAV of two voices of equal length. Raises WavError."""
    _save(path, np.column_stack([left, right]).ravel(), 2, rate)


def _save(path: Path, pcm: Pcm, channels: int, rate: int) -> None:
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(pcm.astype("<i2").tobytes())
    except OSError as error:
        raise WavError(f"{path} cannot be written ({error.strerror}): name another place") from None


def _loud(pcm: Pcm) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(pcm.astype(np.int32)) > SILENCE * 32768)


def _parse(path: Path, content: bytes) -> tuple[_Format, bytes]:
    """Find the format and the samples. Python's `wave` reads EXTENSIBLE only from 3.12 on, and no streamed files."""
    if not content:
        raise WavError(f"{path} is empty: name a WAV file with speech in it")
    if content[:4] == b"RIFF" and len(content) < 12:
        raise WavError(_CUT_SHORT.format(path))
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError(f"{path} is no WAV file: {ADVICE.format(path)}")
    form = None
    for kind, chunk in _chunks(content):
        if kind == b"fmt " and len(chunk) >= 16:
            tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", chunk)
            if tag == EXTENSIBLE and len(chunk) >= 26:
                (tag,) = struct.unpack_from("<H", chunk, 24)  # the sub-format's GUID begins with the tag
            form = _Format(tag, channels, rate, align // channels if channels else bits // 8)
        elif kind == b"data" and form is not None:
            return form, chunk
    raise WavError(_CUT_SHORT.format(path))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield identifier and content of each RIFF chunk. In streamed files a size may exceed the rest of the file."""
    at = 12
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        yield kind, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _check(path: Path, form: _Format) -> None:
    if form.tag != PCM:
        found = OTHER_TAGS.get(form.tag, f"coded (format 0x{form.tag:04x})")
        raise WavError(f"{path} is {found}, not PCM: {ADVICE.format(path)}")
    if form.width not in (1, 2, 3, 4) or form.rate not in RATES or not form.channels:
        found = f"{form.channels} channels of {8 * form.width} bits at {form.rate} Hz"
        raise WavError(f"{path} claims {found}, which is not understood: {ADVICE.format(path)}")


def _samples(data: bytes, width: int) -> Float:
    """Decode to samples between -1 and 1: of one byte unsigned, of more signed and little-endian."""
    raw = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)
    if width == 1:
        return (raw[:, 0].astype(np.float64) - 128) / 128
    widened = np.zeros((len(raw), 4), dtype=np.uint8)
    widened[:, 4 - width :] = raw
    return widened.view("<i4")[:, 0].astype(np.float64) / 2**31

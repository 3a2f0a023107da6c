"""The recordings that come with the package: one sentence a language, for a voice that never spoke.

They are Sun/NeXT sound files (.au), which players know: 8 kHz mu-law of ITU-T G.711, and what is said as annotation.
`scripts/spare_voice.py` makes them.
"""

import struct
from functools import cache
from importlib.resources import files

import numpy as np

from pipeline.audio import Pcm
from pipeline.stages.kept_speech import KeptSpeech, spread_words

DEFAULT = "en"

RATE = 8_000
"""Hz of the recordings."""

MAGIC, MU_LAW = 0x2E736E64, 1


def recording_for(text: str, language: str, rate: int) -> KeptSpeech:
    """Return the recording in a language, or in English, at a rate in Hz; its text may be another one."""
    said, samples = _recording(language.partition("-")[0].lower())
    samples = resampled(samples, RATE, rate)
    return KeptSpeech(said, samples, spread_words(said, len(samples) / rate), rate)


def read_au(data: bytes) -> tuple[str, Pcm]:
    """Return the annotation and the samples of a file. Raises ValueError for any other form."""
    magic, start, size, encoding, rate, channels = struct.unpack_from(">6I", data)
    if (magic, encoding, rate, channels) != (MAGIC, MU_LAW, RATE, 1):
        raise ValueError("this is no recording of the spare voice: make it by scripts/spare_voice.py")
    said = data[24:start].rstrip(b"\0").decode()
    return said, mu_law_decoded(data[start : start + size])


def au_of(said: str, samples: Pcm) -> bytes:
    """Return the file of samples at RATE; the inverse of `read_au` but for the rounding of mu-law."""
    note = said.encode() + b"\0"
    note += bytes(-len(note) % 8)
    header = struct.pack(">6I", MAGIC, 24 + len(note), len(samples), MU_LAW, RATE, 1)
    return header + note + mu_law_encoded(samples)


def mu_law_decoded(data: bytes) -> Pcm:
    """Return the samples of G.711 mu-law."""
    code = ~np.frombuffer(data, np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84 << ((code >> 4) & 7).astype(np.int32)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def mu_law_encoded(samples: Pcm) -> bytes:
    """Return samples as G.711 mu-law: to each its nearest code."""
    levels = mu_law_decoded(bytes(range(256))).astype(np.int32)
    order = np.argsort(levels, kind="stable")
    between = (levels[order][1:] + levels[order][:-1]) / 2
    return order[np.searchsorted(between, samples)].astype(np.uint8).tobytes()


@cache
def _recording(language: str) -> tuple[str, Pcm]:
    folder = files("pipeline.stages") / "recordings"
    file = folder / f"{language}.au" if language.isalpha() else folder / f"{DEFAULT}.au"
    return read_au((file if file.is_file() else folder / f"{DEFAULT}.au").read_bytes())


def resampled(samples: Pcm, rate: int, new_rate: int) -> Pcm:
    """Return a whole recording at another rate, by its spectrum."""
    length = round(len(samples) * new_rate / rate)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    fitted = np.zeros(length // 2 + 1, np.complex128)
    kept = min(len(fitted), len(spectrum))
    fitted[:kept] = spectrum[:kept]
    signal = np.fft.irfft(fitted, length) * (length / len(samples))
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)

"""Decodes what an app has recorded: Opus in WebM or Ogg, as browsers record it, or plain samples, as others send them.

libsndfile decodes Opus, and reads it from Ogg only: WebM is unpacked here. With it come 4 MB; PyAV, which reads both,
brings 106 MB, and libraries under the GPL.
"""

import io
from dataclasses import dataclass

import numpy as np

from bot.room.preconnect.ogg_opus import ogg_stream
from bot.room.preconnect.webm import MAGIC as WEBM
from bot.room.preconnect.webm import opus_packets
from pipeline.audio import LISTEN_RATE, Pcm, resample
from pipeline.recording.soundfile_access import has_soundfile

OGG = b"OggS"

RATES = range(8_000, 192_001)
"""Hz that a recording may have."""

MOST_CHANNELS = 8

LONGEST_DECODED = 120
"""Seconds that are decoded: three bytes of Opus can stand for 120 ms, so few of them fill a core and the memory."""


class NotDecoded(Exception):
    """The recording cannot be decoded; the message says why, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Format:
    """What the app says of its recording."""

    mime_type: str
    rate: int
    """Hz; of plain samples."""
    channels: int


def decode(data: bytes, given: Format) -> Pcm:
    """Return the audio at LISTEN_RATE, shape (samples,). Raises NotDecoded. Takes 5 ms a second of it."""
    if data.startswith((WEBM, OGG)):
        samples, rate = _opus(data)
    elif (mime := given.mime_type.lower()).startswith(("audio/mp4", "audio/aac", "video/")) or "opus" in mime:
        raise NotDecoded(f"{given.mime_type} cannot be decoded: let the app record audio/webm;codecs=opus")
    else:
        samples, rate = _plain(data, given)
    return resample(samples, rate, LISTEN_RATE)


def _plain(data: bytes, given: Format) -> tuple[Pcm, int]:
    if given.rate not in RATES or not 0 < given.channels <= MOST_CHANNELS:
        raise NotDecoded(f"samples at {given.rate} Hz, {given.channels} channels, are none of speech")
    whole = len(data) - len(data) % (2 * given.channels)
    return _mono(np.frombuffer(data[:whole], dtype="<i2").reshape(-1, given.channels)), given.rate


def _opus(data: bytes) -> tuple[Pcm, int]:
    if not has_soundfile():
        raise NotDecoded("its format needs a package: install Rawbot with its extra preconnect")
    import soundfile

    try:
        stream = ogg_stream(*opus_packets(data)) if data.startswith(WEBM) else data
        with soundfile.SoundFile(io.BytesIO(stream)) as file:
            rate = int(file.samplerate)
            if rate not in RATES or file.channels > MOST_CHANNELS:
                raise NotDecoded(f"{rate} Hz, {file.channels} channels, are none of speech")
            samples = file.read(LONGEST_DECODED * rate, dtype="int16", always_2d=True)
            if len(file.read(1)):
                raise NotDecoded(f"it is longer than {LONGEST_DECODED} s")
    except (ValueError, soundfile.SoundFileError) as error:
        raise NotDecoded(f"it is damaged: {error}") from None
    return _mono(samples), rate


def _mono(samples: np.ndarray[tuple[int, int], np.dtype[np.int16]]) -> Pcm:
    if samples.shape[1] == 1:
        return samples[:, 0].astype(np.int16)
    return np.asarray(samples.mean(axis=1), np.int16)

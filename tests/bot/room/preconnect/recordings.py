"""Recordings as apps send them, of a sound: Opus in Ogg or WebM, or plain samples."""

import io

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, Pcm

soundfile = pytest.importorskip("soundfile", reason="not installed: soundfile, of the extra preconnect")


def voice_like(seconds: float, seed: int = 0, rate: int = LISTEN_RATE) -> Pcm:
    """A sound that is like itself at no other time: a buzz whose pitch, color and loudness wander, and breath."""
    rng, count = np.random.default_rng(seed), round(seconds * rate)
    steps = max(2, round(seconds * 12))
    at = np.linspace(0, steps - 1, count)
    pitch = np.interp(at, np.arange(steps), rng.uniform(90, 260, steps))
    loud = np.interp(at, np.arange(steps), rng.uniform(0.0, 1.0, steps) ** 2)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    colors = [np.interp(at, np.arange(steps), rng.uniform(0.0, 0.6, steps)) for _ in range(12)]
    buzz = sum(color * np.sin(n * phase + rng.uniform(0, 6)) for n, color in enumerate(colors, start=1))
    return np.asarray(3_000 * loud * (buzz + 0.3 * rng.standard_normal(count)), np.int16)


def ogg(samples: Pcm, rate: int = 48_000) -> bytes:
    """The sound as Opus in Ogg, as Firefox records it."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format="OGG", subtype="OPUS")
    return stream.getvalue()


def packets_of(stream: bytes) -> list[bytes]:
    """The packets of an Ogg stream."""
    packets, packet, at = list[bytes](), b"", 0
    while at < len(stream):
        assert stream[at : at + 4] == b"OggS"
        lacing = stream[at + 27 : at + 27 + stream[at + 26]]
        at += 27 + len(lacing)
        for size in lacing:
            packet += stream[at : at + size]
            at += size
            if size < 255:
                packets.append(packet)
                packet = b""
    return packets


def webm(samples: Pcm, rate: int = 48_000, *, is_endless: bool = True) -> bytes:
    """The sound as Opus in WebM, as Chromium records it: `is_endless` elements have no size, as nobody knows it yet."""
    head, _, *packets = packets_of(ogg(samples, rate))
    track = element(0xD7, b"\x01") + element(0x86, b"A_OPUS") + element(0x63A2, head)
    blocks = b"".join(element(0xA3, b"\x81\x00\x00\x80" + packet) for packet in packets)
    cluster = element(0x1F43B675, element(0xE7, b"\x00") + blocks, is_endless=is_endless)
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"))
    segment = info + element(0x1654AE6B, element(0xAE, track)) + cluster
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, segment, is_endless=is_endless)


def element(name: int, content: bytes, *, is_endless: bool = False) -> bytes:
    """One element of Matroska."""
    size = b"\x01" + b"\xff" * 7 if is_endless else (len(content) | 1 << 56).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + content

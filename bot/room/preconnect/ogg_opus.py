"""Writes packets of Opus into an Ogg stream (RFC 3533 and RFC 7845), which libsndfile reads."""

import struct
from collections.abc import Iterator, Sequence

FIRST_PAGE, LAST_PAGE = 2, 4
"""Flags of a page."""

MOST_SEGMENTS = 255
"""Of 255 bytes in a page: a longer packet does not fit."""

_FRAME_SAMPLES = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
"""Samples of a frame at 48 kHz by the configuration in a packet's first byte (RFC 6716, table 2)."""


def packet_samples(packet: bytes) -> int:
    """Return how long a packet is, in samples at 48 kHz. Raises ValueError when it is none of Opus."""
    if not packet:
        raise ValueError("a packet without a byte")
    frame, code = _FRAME_SAMPLES[packet[0] >> 3], packet[0] & 3
    if code < 3:
        return frame * (1, 2, 2)[code]
    if len(packet) < 2:
        raise ValueError("a packet that breaks off")
    return frame * (packet[1] & 63)


def ogg_stream(head: bytes, packets: Sequence[bytes]) -> bytes:
    """Return the stream of these packets; `head` is their identification header. Raises ValueError for other data."""
    vendor = b"rawbot"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page(head, 0, 0, FIRST_PAGE), _page(tags, 0, 1, 0)]
    samples = 0
    for number, packet in enumerate(packets, start=2):
        samples += packet_samples(packet)
        pages.append(_page(packet, samples, number, LAST_PAGE if number == len(packets) + 1 else 0))
    return b"".join(pages)


def _page(packet: bytes, samples: int, number: int, flags: int) -> bytes:
    lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
    if len(lacing) > MOST_SEGMENTS:
        raise ValueError(f"a packet of {len(packet)} bytes is none of speech")
    page = bytearray(struct.pack("<4sBBqIIIB", b"OggS", 0, flags, samples, 1, number, 0, len(lacing)))
    page += bytes(lacing) + packet
    page[22:26] = struct.pack("<I", _checksum(page))
    return bytes(page)


def _table() -> Iterator[int]:
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        yield value & 0xFFFFFFFF


_CHECKSUMS = tuple(_table())


def _checksum(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CHECKSUMS[(value >> 24) ^ byte]
    return value

"""Takes the packets of Opus out of a WebM stream, as browsers record one: the first audio track, unlaced blocks.

Elements are those of RFC 9559 (Matroska). Those that hold others may have an unknown size, as a recording that goes on
has; so none is left: what is in them is read in a row.
"""

from collections.abc import Iterator

MAGIC = b"\x1a\x45\xdf\xa3"
"""The first bytes: the id of the EBML header."""

SEGMENT, CLUSTER, BLOCK_GROUP, TRACKS, TRACK = 0x18538067, 0x1F43B675, 0xA0, 0x1654AE6B, 0xAE
SIMPLE_BLOCK, BLOCK, CODEC_ID, CODEC_PRIVATE = 0xA3, 0xA1, 0x86, 0x63A2

_OPENED = {SEGMENT, CLUSTER, BLOCK_GROUP, TRACKS, TRACK}

BLOCK_HEADER = 3
"""Bytes of a block behind its track's number: a time, and flags."""

LACING = 0x06
"""Flags of a block with several frames."""


class _BrokenOff(ValueError):
    """The stream ends here, in the middle of a number."""


def opus_packets(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the identification header of Opus, and the packets. Raises ValueError for anything else.

    A stream that breaks off is read as far as it is whole.
    """
    head, codec, packets = b"", b"", list[bytes]()
    for name, content in _elements(data):
        if name == CODEC_ID:
            codec = content
        elif name == CODEC_PRIVATE:
            head = head or content
        elif name in (SIMPLE_BLOCK, BLOCK):
            packets.append(_packet(content))
    if not codec.startswith(b"A_OPUS") or not head.startswith(b"OpusHead"):
        raise ValueError(f"a WebM stream of {codec!r}, not of Opus")
    return head, packets


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the elements that hold no others; those of a size that is unknown are such as do."""
    at = 0
    while at < len(data):
        try:
            name, at = _number(data, at, keeps_marker=True)
            size, behind = _number(data, at)
        except _BrokenOff:
            return
        is_unknown = size == (1 << 7 * (behind - at)) - 1
        at = behind
        if name in _OPENED:
            continue
        if is_unknown:
            raise ValueError(f"an element {name:x} of an unknown size")
        if at + size > len(data):
            return  # it breaks off
        yield name, data[at : at + size]
        at += size


def _packet(block: bytes) -> bytes:
    _, at = _number(block, 0)
    if len(block) < at + BLOCK_HEADER or block[at + BLOCK_HEADER - 1] & LACING:
        raise ValueError("a block that is none of a recording of speech")
    return block[at + BLOCK_HEADER :]


def _number(data: bytes, at: int, *, keeps_marker: bool = False) -> tuple[int, int]:
    """Read a number of variable length; returns it and where it ends. Raises ValueError where there is none."""
    if at >= len(data):
        raise _BrokenOff
    if not data[at]:
        raise ValueError("no WebM stream")
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        raise _BrokenOff
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keeps_marker else value & ((1 << 7 * length) - 1)), at + length

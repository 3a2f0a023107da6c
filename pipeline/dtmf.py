"""The keys of a telephone (DTMF), as they are pressed and sent."""

from pipeline.errors import RoomError

KEYS = "0123456789*#ABCD"
"""Each at the place of its event code (RFC 4733, section 3.2)."""

MOST_KEYS = 32
"""Keys that are sent at once: with the pauses between them some ten seconds."""


def read_keys(text: str) -> str:
    """Return the keys of a text that people write, such as "0800 123-45 #".

    Raises RoomError for one that has other characters, or none, or too many.
    """
    keys = "".join(text.split()).replace("-", "").upper()
    if wrong := "".join(dict.fromkeys(key for key in keys if key not in KEYS)):
        raise RoomError(f"{wrong!r} is on no telephone: give the keys 0 to 9, *, # and A to D")
    if not 0 < len(keys) <= MOST_KEYS:
        raise RoomError(f"{len(keys)} keys cannot be sent at once: give 1 to {MOST_KEYS}")
    return keys

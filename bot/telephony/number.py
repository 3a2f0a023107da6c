"""Telephone numbers, as people write them."""

import re

_SEPARATORS = re.compile(r"[\s().\-/]")

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164: a country code, which never begins with 0, and 15 digits at most; the shortest in use have seven."""


def read_number(text: str) -> str:
    """Return a number in the form of E.164, +15551234567. Raises ValueError for what is none.

    Numbers without a country code are refused: where they lead depends on the carrier, and 911 or 112 is one of them.
    """
    number = _SEPARATORS.sub("", text.strip().removeprefix("tel:"))
    if not _E164.fullmatch(number):
        raise ValueError(f"must be a telephone number with its country code, such as +15551234567, not {text!r}")
    return number

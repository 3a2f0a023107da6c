"""What may be called."""

import pytest

from bot.telephony.number import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+15551234567", "+15551234567"),
        (" +1 (555) 123-4567 ", "+15551234567"),
        ("tel:+49.30/123456", "+4930123456"),
        ("+6834000", "+6834000"),
        ("+" + "9" * 15, "+" + "9" * 15),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "15551234567", "0015551234567", "030 123456", "+0301234567", "+1555", "+" + "9" * 16),
        *("911", "112", "+112", "*31#+15551234567", "+1555123456x", "sip:help@example.com", "+１５５５１２３４５６７"),
        *("+15551234567,,1", "+15551234567;ext=1", "++15551234567", "+1555\n1234567\x00"),
    ],
)
def test_what_has_no_country_code_or_is_no_number_is_refused(text: str) -> None:
    """Short codes among them: a bot must not call an emergency service by a slip."""
    with pytest.raises(ValueError, match="with its country code"):
        read_number(text)

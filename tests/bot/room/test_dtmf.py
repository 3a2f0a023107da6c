"""Keys of a telephone as the client library gives and takes them."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit import rtc
from livekit.rtc.participant import PublishDTMFError

from bot.room.dtmf import PAUSE, Keypad, send_keys
from pipeline.dtmf import KEYS, MOST_KEYS, read_keys
from pipeline.errors import RoomError
from pipeline.events import DtmfReceived, RoomEvent
from pipeline.testing import virtual_time


class Sender:
    """A local participant that notes what it sends, and when; the key "D" fails."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, int, str]] = []

    async def publish_dtmf(self, *, code: int, digit: str) -> None:
        if digit == "D":
            raise PublishDTMFError("no answer")
        self.sent.append((asyncio.get_running_loop().time(), code, digit))


@virtual_time
async def test_each_key_has_its_code_and_a_pause_before_the_next() -> None:
    sender = Sender()
    await send_keys(sender, "0189*#ABC")  # type: ignore[arg-type]
    assert [(code, key) for _, code, key in sender.sent] == [
        (0, "0"),
        (1, "1"),
        (8, "8"),
        (9, "9"),
        (10, "*"),
        (11, "#"),
        (12, "A"),
        (13, "B"),
        (14, "C"),
    ]
    began_at = sender.sent[0][0]
    assert [at - began_at for at, _, _ in sender.sent] == pytest.approx([number * PAUSE for number in range(9)])


async def test_how_far_it_came_is_told() -> None:
    with pytest.raises(RoomError, match="1 of 2 were"):
        await send_keys(Sender(), "1D")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "keys"), [("0800 123-45 #", "080012345#"), ("*d", "*D"), ("1" * MOST_KEYS, "1" * MOST_KEYS)]
)
def test_keys_are_read_as_people_write_them(text: str, keys: str) -> None:
    assert read_keys(text) == keys


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("12x3y", "'XY' is on no telephone"),
        ("１", "is on no telephone"),
        ("", "0 keys cannot be sent at once"),
        (" - ", "0 keys"),
        ("1" * (MOST_KEYS + 1), "give 1 to 32"),
    ],
)
def test_other_characters_are_refused(text: str, fault: str) -> None:
    with pytest.raises(RoomError, match=fault):
        read_keys(text)


async def test_a_key_is_an_event_with_who_has_pressed_it(caplog: pytest.LogCaptureFixture) -> None:
    seen = list[RoomEvent]()
    keypad = Keypad(seen.append)
    ann = SimpleNamespace(identity="ann")
    for code, digit, who in ((5, "5", ann), (11, "", ann), (12, "a", None), (99, "", ann), (1, "11", ann)):
        keypad.on_key(rtc.SipDTMF(code=code, digit=digit, participant=who))  # type: ignore[arg-type]
    assert [(event.identity, event.digit) for event in seen if isinstance(event, DtmfReceived)] == [
        ("ann", "5"),
        ("ann", "#"),
        ("", "A"),
    ]
    assert len(caplog.messages) == 1
    assert "on no telephone" in caplog.text


def test_a_code_is_a_place_in_the_row_of_keys() -> None:
    assert [KEYS.index(key) for key in "09*#AD"] == [0, 9, 10, 11, 12, 15]

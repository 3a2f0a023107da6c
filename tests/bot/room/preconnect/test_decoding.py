"""Recordings of apps, decoded to what the bot hears."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.room.preconnect.decoding import Format, NotDecoded, decode
from bot.room.preconnect.ogg_opus import ogg_stream, packet_samples
from bot.room.preconnect.webm import opus_packets
from pipeline.audio import Pcm, resample
from tests.bot.room.preconnect.recordings import ogg, packets_of, voice_like, webm

OPUS = Format("audio/webm;codecs=opus", 48_000, 1)
SOUND = voice_like(1.5, rate=48_000)
AS_HEARD = resample(SOUND, 48_000, 16_000)


def likeness(one: Pcm, other: Pcm) -> float:
    """Correlation of two sounds from their beginning on."""
    both = min(len(one), len(other))
    first, second = one[:both].astype(float), other[:both].astype(float)
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


@pytest.mark.parametrize(
    "data", [ogg(SOUND), webm(SOUND), webm(SOUND, is_endless=False)], ids=["ogg", "endless webm", "webm"]
)
def test_opus_is_decoded_from_both_containers(data: bytes) -> None:
    heard = decode(data, OPUS)
    assert heard.dtype == np.int16
    assert len(heard) == pytest.approx(len(AS_HEARD), abs=16_000 * 0.05)
    assert likeness(heard, AS_HEARD) > 0.9


def test_a_few_bytes_that_stand_for_much_sound_are_not_decoded() -> None:
    """Anybody in the room can send them: 30 bytes a second, of which 4 MB would take hours and gigabytes."""
    head, _ = opus_packets(webm(SOUND))
    silent = bytes([3 << 3 | 3, 2])  # two frames of 60 ms without a byte
    with pytest.raises(NotDecoded, match="longer than 120 s"):
        decode(ogg_stream(head, [silent] * 1_010), OPUS)


def test_two_channels_become_one() -> None:
    heard = decode(ogg(np.stack([SOUND, SOUND], axis=1)), OPUS)
    assert heard.ndim == 1
    assert likeness(heard, AS_HEARD) > 0.9


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (24_000, 1), (44_100, 2), (48_000, 2)])
def test_plain_samples_are_taken_as_the_app_says(rate: int, channels: int) -> None:
    """As the apps for phones send them; a last sample that breaks off is left out."""
    sound = voice_like(0.5, rate=rate)
    data = np.repeat(sound, channels).astype("<i2").tobytes() + b"\x01"
    heard = decode(data, Format("application/octet-stream", rate, channels))
    assert len(heard) == pytest.approx(8_000, abs=2)
    assert likeness(heard, resample(sound, rate, 16_000)) > 0.99


@pytest.mark.parametrize(
    ("data", "given", "told"),
    [
        (b"....ftypisom", Format("audio/mp4", 48_000, 1), "let the app record"),
        (b"Opus without a container", Format("audio/opus", 48_000, 1), "let the app record"),
        (b"\x00" * 100, Format("application/octet-stream", 0, 1), "none of speech"),
        (b"\x00" * 100, Format("application/octet-stream", 48_000, 0), "none of speech"),
        (webm(SOUND)[:60], OPUS, "damaged"),
        (webm(SOUND).replace(b"A_OPUS", b"A_VORB"), OPUS, "not of Opus"),
        (ogg(SOUND)[:20], OPUS, "damaged"),
    ],
    ids=["mp4", "bare", "no rate", "no channels", "short webm", "other codec", "short ogg"],
)
def test_what_cannot_be_decoded_is_told(data: bytes, given: Format, told: str) -> None:
    with pytest.raises(NotDecoded, match=told):
        decode(data, given)


def test_a_recording_that_breaks_off_is_decoded_as_far_as_it_goes() -> None:
    whole = webm(SOUND)
    heard = decode(whole[: len(whole) // 2], OPUS)
    assert 0.3 * len(AS_HEARD) < len(heard) < 0.7 * len(AS_HEARD)
    assert likeness(heard, AS_HEARD) > 0.9


def test_a_recording_may_break_off_anywhere_behind_its_beginning() -> None:
    """As it does in a browser: what was to be recorded next has begun, by a byte or two of its element."""
    whole = webm(SOUND)
    for end in range(len(whole) - 300, len(whole)):
        assert len(opus_packets(whole[:end])[1]) > 50


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(NotDecoded, match="extra preconnect"):
        decode(webm(SOUND), OPUS)
    assert len(decode(b"\x00" * 320, Format("", 16_000, 1))) == 160, "plain samples need none"


def test_packets_come_out_as_they_went_in() -> None:
    stream = ogg(SOUND)
    head, _, *packets = packets_of(stream)
    assert opus_packets(webm(SOUND)) == (head, packets)
    assert sum(map(packet_samples, packets)) == pytest.approx(len(SOUND), abs=48_000 * 0.05)


_WHOLE = webm(voice_like(0.2, rate=48_000))


@given(st.integers(0, len(_WHOLE) - 1), st.binary(min_size=1, max_size=20), st.booleans())
def test_damage_is_no_more_than_told(at: int, damage: bytes, is_cut: bool) -> None:
    data = _WHOLE[:at] + damage + (b"" if is_cut else _WHOLE[at + len(damage) :])
    try:
        heard = decode(data, OPUS)
    except NotDecoded:
        return
    assert len(heard) < 16_000 * 60


@given(st.binary(max_size=200))
def test_any_bytes_are_samples_or_told(data: bytes) -> None:
    for start in (b"", b"\x1a\x45\xdf\xa3", b"OggS"):
        try:
            decode(start + data, OPUS if start else Format("", 48_000, 1))
        except NotDecoded:
            continue

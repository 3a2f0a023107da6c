"""The model itself: words, how a guess and what is given change the way, and its files."""

from importlib.util import find_spec

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE
from pipeline.providers.local.hearing import moonshine_model
from pipeline.providers.local.hearing.moonshine_model import Float, MoonshineModel, read_pieces

from .ear import recorded

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture(scope="module")
def model() -> MoonshineModel:
    if find_spec(moonshine_model.PACKAGE) is None:
        pytest.skip("the package moonshine-voice is missing: run scripts/test")
    return MoonshineModel()


async def sound_of(text: str) -> Float:
    return (await recorded(text)).astype(np.float32) / np.float32(32768)


async def test_it_spells_what_it_hears(model: MoonshineModel) -> None:
    found = model.recognize(await sound_of("Hello, how are you?"))
    assert found is not None
    assert model.text(found.tokens).lower().endswith("how are you?")
    assert len(found.log_probabilities) == len(found.tokens) + 1
    assert all(value <= 0 for value in found.log_probabilities)


async def test_a_guess_changes_nothing_be_it_right_half_right_or_wrong(model: MoonshineModel) -> None:
    sound = await sound_of("What time is it in the afternoon?")
    found = model.recognize(sound)
    assert found is not None
    right = found.tokens
    for draft in (right, right[:2], (*right[:2], 5000, *right[3:]), (5000,) * 4, (*right, 5000)):
        again = model.recognize(sound, draft=draft)
        assert again is not None
        assert again.tokens == right
        assert again.log_probabilities == pytest.approx(found.log_probabilities, abs=0.05)


async def test_it_goes_on_from_what_is_given(model: MoonshineModel) -> None:
    sound = await sound_of("Can you help me?")
    found = model.recognize(sound)
    assert found is not None
    rest = model.recognize(sound, given=found.tokens[:2])
    assert rest is not None
    assert rest.tokens == found.tokens[2:]


async def test_it_stops_between_two_steps(model: MoonshineModel) -> None:
    sound = await sound_of("Can you help me?")

    for steps in (0, 1, 3):
        is_stopped = iter([False] * steps + [True])
        assert model.recognize(sound, stop=is_stopped.__next__) is None


@pytest.mark.parametrize("duration", [0.0, 0.01, 0.1, 12.0, 30.0])
def test_silence_of_any_length_is_recognized(model: MoonshineModel, duration: float) -> None:
    """More than 9.2 s once failed, as the decoder thins the mask out to one entry in 24 ms of that."""
    found = model.recognize(np.zeros(round(duration * LISTEN_RATE), dtype=np.float32))
    assert found is not None
    assert len(found.tokens) <= max(6, 6.5 * duration)


def test_pieces_of_127_bytes_and_more_are_read() -> None:
    pieces = [b"a", b"", b"x" * 127, b"y" * 128, b"z" * 300]
    data = b"".join(
        (bytes([len(piece)]) if len(piece) < 128 else bytes([128 + len(piece) % 128, len(piece) // 128])) + piece
        for piece in pieces
    )
    assert read_pieces(data) == pieces


def test_without_its_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moonshine_model, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="moonshine_voice is missing"):
        MoonshineModel()

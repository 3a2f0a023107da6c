"""Usage is added up by service, and costs what the price file says: unknown is said, and is not nothing."""

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry.cost import cost
from bot.telemetry.price_list import Prices
from bot.telemetry.prices import read_prices
from pipeline.usage import ServiceUsage, difference, summed

LLM = ServiceUsage(
    stage="llm", provider="openai", model="gpt-x", requests=2, prompt_tokens=2_000_000, completion_tokens=100_000
)
CACHED = ServiceUsage(
    stage="llm", provider="openai", model="gpt-x", requests=1, prompt_tokens=1_000_000, cached_tokens=600_000
)
STT = ServiceUsage(stage="stt", provider="deepgram", model="nova-3", requests=1, audio_duration=90.0)
TTS = ServiceUsage(stage="tts", provider="cartesia", model="sonic-3", requests=3, characters=500, audio_duration=33.0)
LOCAL = ServiceUsage(stage="tts", provider="espeak", requests=3, characters=500, audio_duration=33.0)

SERVICES: dict[str, Any] = {
    "openai:gpt-x": {
        "per_million_prompt_tokens": 1.25,
        "per_million_cached_tokens": 0.125,
        "per_million_completion_tokens": 10.0,
    },
    "deepgram": {"per_audio_minute": 0.01, "per_request": 0.5},
    "cartesia:sonic-3": {"per_million_characters": 40.0, "currency": "EUR"},
}


def priced(**services: Any) -> Prices:
    return read_prices({"services": services or SERVICES})


@pytest.mark.parametrize(
    ("usage", "amounts"),
    [
        ([LLM], {"USD": 2 * 1.25 + 0.1 * 10}),
        ([CACHED], {"USD": 0.4 * 1.25 + 0.6 * 0.125}),
        ([STT], {"USD": 1.5 * 0.01 + 0.5}),
        ([TTS], {"EUR": 0.02}),
        ([LLM, STT, TTS], {"USD": 3.5 + 0.515, "EUR": 0.02}),
        ([LOCAL], {}),
        ([], {}),
    ],
    ids=["tokens", "cached", "audio", "characters", "all", "local", "nothing"],
)
def test_what_it_costs(usage: list[ServiceUsage], amounts: dict[str, float]) -> None:
    whole = cost(usage, priced())
    assert whole.amounts == pytest.approx(amounts)
    assert whole.unpriced == ()


def test_what_has_no_price_is_said_beside_what_has() -> None:
    whole = cost([LLM, STT, TTS], priced(deepgram={"per_audio_minute": 0.01}))
    assert whole.amounts == {"USD": pytest.approx(0.015)}
    assert whole.unpriced == ("openai:gpt-x", "cartesia:sonic-3")
    assert str(whole) == "about 0.0150 USD, and no price for openai:gpt-x, cartesia:sonic-3"
    assert str(cost([LLM], priced(deepgram={}))) == "no price for openai:gpt-x"
    assert str(cost([LOCAL], priced())) == "it costs nothing"


def test_a_unit_without_a_price_is_said_too() -> None:
    prices = priced(openai={"per_million_prompt_tokens": 1.0}, deepgram={}, cartesia={"per_audio_minute": 0.1})
    whole = cost([LLM, STT, TTS], prices)
    assert whole.unpriced == ("the completion tokens of openai:gpt-x", "the audio of deepgram:nova-3")
    assert whole.amounts["USD"] == pytest.approx(2.0 + 33 / 60 * 0.1)


def test_cached_tokens_without_a_price_of_their_own_cost_as_the_others() -> None:
    assert cost([CACHED], priced(openai={"per_million_prompt_tokens": 1.0})).amounts["USD"] == pytest.approx(1.0)


COUNTS = st.integers(0, 10**9)
USAGES = st.lists(
    st.builds(
        lambda service, requests, prompt, characters: ServiceUsage(
            stage=service[0],
            provider=service[1],
            model=service[2],
            requests=requests,
            prompt_tokens=prompt,
            characters=characters,
        ),
        st.sampled_from([("llm", "a", "x"), ("llm", "a", "y"), ("tts", "a", "x"), ("tts", "b", "")]),
        COUNTS,
        COUNTS,
        COUNTS,
    ),
    max_size=8,
)


@given(USAGES, USAGES)
def test_what_was_used_since_is_what_makes_the_difference(before: list[ServiceUsage], more: list[ServiceUsage]) -> None:
    old = summed(before)
    now = summed([*old, *more])
    assert len({(usage.stage, usage.provider, usage.model) for usage in now}) == len(now)
    again = summed([*old, *difference(now, old)])
    assert {usage for usage in again if usage.is_used} == {usage for usage in now if usage.is_used}
    assert difference(now, now) == ()


@given(USAGES, USAGES)
def test_the_cost_of_all_is_the_sum_of_the_costs(one: list[ServiceUsage], other: list[ServiceUsage]) -> None:
    prices = priced(a={"per_million_prompt_tokens": 3.0, "per_million_characters": 2.0, "per_request": 0.01})

    def usd(usages: list[ServiceUsage]) -> float:
        return cost(usages, prices).amounts.get("USD", 0.0)

    assert usd(list(summed([*one, *other]))) == pytest.approx(usd(one) + usd(other))


# --- the file ---


def test_the_example_is_a_price_file_that_prices_the_default_providers(caplog: pytest.LogCaptureFixture) -> None:
    prices = read_prices(Path("examples/prices.toml").resolve())
    assert caplog.records == []
    for provider, model in (("openai", "gpt-6-luna"), ("deepgram", "nova-3"), ("cartesia", "sonic-3")):
        price = prices.of(provider, model)
        assert price is not None
        assert price.currency == "USD"


def test_json_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"currency": "EUR", "services": {"openai": {"per_million_prompt_tokens": 1}}}')
    prices = read_prices(tmp_path / "p.json")
    assert cost([LLM], prices).amounts == {"EUR": pytest.approx(2.0)}


def test_a_field_that_means_nothing_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "p.toml").write_text("tax = 19\n[services.openai]\nper_million_tokens = 1.0\n")
    with caplog.at_level(logging.WARNING):
        read_prices(tmp_path / "p.toml")
    assert [record.args for record in caplog.records] == [("tax",), ("services.openai.per_million_tokens",)]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.toml", "services = ", "is no TOML"),
        ("p.json", "{", "is no JSON"),
        ("p.toml", "", "services: is missing: give a table for each service"),
        ("p.toml", "currency = 'dollars'\n[services]\n", "currency: must be three capital letters"),
        ("p.toml", "[services.a]\nper_request = -1", "services.a.per_request: input should be greater than or equal"),
        ("p.toml", "[services.a]\nper_request = 'much'", "services.a.per_request: input should be a valid number"),
        ("p.toml", "[services.a]\nper_request = inf", "services.a.per_request: input should be a finite number"),
        ("p.toml", "services = 3", "services: input should be a"),
        ("p.json", "[]", "the file: input should be a valid dictionary"),
        ("p.toml", "[services]\n" + "#" * 100_000, "more than 100,000 bytes"),
    ],
    ids=["toml", "json", "empty", "currency", "negative", "text", "infinite", "no table", "no object", "large"],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"^names '.*") as raised:
        read_prices(tmp_path / name)
    assert said in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_prices(tmp_path / "prices.toml")
    with pytest.raises(ValueError, match="must be the path"):
        read_prices("prices.toml")

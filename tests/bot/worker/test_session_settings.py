"""What a session's configuration makes of the operator's settings, as a table; and what it can never do."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bot.agent import Agent
from bot.providers import local_choice
from bot.settings.session_limits import SessionLimits
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice, Secret
from bot.tools.decorator import tool
from bot.worker.session_config import SessionRefused, read_session_config
from bot.worker.session_settings import session_agent, session_settings, session_warnings, with_texts
from pipeline.errors import SettingsError
from tests.bot.worker.test_session_config import VALUES, nothing_opened


@pytest.fixture(autouse=True)
def all_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_choice, "find_spec", lambda _: object())


def operator(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "room": "lobby",
        "stt": ProviderChoice("deepgram", "nova-3"),
        "llm": ProviderChoice("openai"),
        "tts": ProviderChoice("cartesia"),
        "voice": "theirs",
        "instructions": "Theirs.",
        "greeting_instructions": "Greet.",
        "keyterms": ("their", "words"),
        "keys": {name: Secret(f"key-of-{name}") for name in ("deepgram", "openai", "cartesia")},
    }
    return Settings(**{**given, **changes})


def applied(config: dict[str, Any], settings: Settings | None = None) -> Settings:
    return session_settings(settings or operator(), read_session_config(json.dumps(config)))


def limited(**limits: Any) -> dict[str, Any]:
    return {"limits": SessionLimits(**limits)}


def allowing(**kinds: list[str]) -> dict[str, Any]:
    return {"constraints": {"allowedProviders": kinds}}


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        ({}, {}),
        ({"systemPrompt": "Be kind."}, {"instructions": "Be kind."}),
        ({"greeting": "Hello."}, {"greeting": "Hello.", "greeting_instructions": None}),
        ({"voice": "anna"}, {"voice": "anna"}),
        ({"temperature": 0}, {"temperature": 0.0}),
        ({"keyterms": ["Rawbot"]}, {"keyterms": ("Rawbot",)}),
        ({"keyterms": []}, {"keyterms": ()}),
        ({"tools": ["book"]}, limited(offered_tools=("book",))),
        ({"tools": []}, limited(offered_tools=())),
        ({"memoryKey": "customer-7"}, limited(memory_key="customer-7")),
        ({"intent": {"language": "de-DE"}}, {"language": "de-DE"}),
        ({"intent": {"optimizeFor": "cost"}, "sessionId": "s-1"}, {}),
        # The operator's own choice keeps its model, wherever it stands in the list.
        (allowing(stt=["moonshine", "Deepgram"]), limited(allowed_providers={"stt": ("moonshine", "deepgram")})),
        (
            allowing(stt=["azure", "moonshine", "pocketsphinx"]),
            {
                "stt": ProviderChoice("moonshine"),
                **limited(allowed_providers={"stt": ("azure", "moonshine", "pocketsphinx")}),
            },
        ),
        # Another synthesizer does not know the operator's voice.
        (
            allowing(tts=["espeak"]),
            {"tts": ProviderChoice("espeak"), "voice": None, **limited(allowed_providers={"tts": ("espeak",)})},
        ),
        (
            {**allowing(tts=["espeak"]), "voice": "anna"},
            {"tts": ProviderChoice("espeak"), "voice": "anna", **limited(allowed_providers={"tts": ("espeak",)})},
        ),
        # The first allowed one that knows the language.
        (
            {**allowing(tts=["hibari", "espeak"]), "intent": {"language": "de"}},
            {
                "language": "de",
                "tts": ProviderChoice("espeak"),
                "voice": None,
                **limited(allowed_providers={"tts": ("hibari", "espeak")}),
            },
        ),
        # What a reader of settings would take for a file or a class stays a text.
        ({"systemPrompt": "@/etc/passwd"}, {"instructions": "@/etc/passwd"}),
        ({"voice": "os:system"}, {"voice": "os:system"}),
    ],
)
def test_what_a_configuration_changes(config: dict[str, Any], changes: dict[str, Any]) -> None:
    assert applied(config) == operator(**changes)


@pytest.mark.parametrize(
    ("config", "settings", "why"),
    [
        (allowing(llm=["anthropic"]), {}, "have no language model: anthropic is not known here"),
        (allowing(stt=["openai"]), {}, "have no transcriber: openai is no transcriber"),
        (allowing(tts=["os:system"]), {}, "have no speech synthesizer: os:system is not known here"),
        (allowing(stt=["deepgram"]), {"stt": ProviderChoice("moonshine"), "keys": {}}, "deepgram has no key here"),
        (
            {**allowing(stt=["moonshine", "pocketsphinx"]), "intent": {"language": "de"}},
            {},
            "moonshine does not know 'de', but en only; pocketsphinx does not",
        ),
        ({"intent": {"language": "de"}}, {"stt": ProviderChoice("moonshine")}, "moonshine does not know 'de'"),
    ],
)
def test_what_cannot_be_served_is_refused(config: dict[str, Any], settings: dict[str, Any], why: str) -> None:
    with pytest.raises(SessionRefused) as raised:
        applied(config, operator(**settings))
    assert why in str(raised.value)


def test_every_kind_without_a_provider_is_named() -> None:
    with pytest.raises(SessionRefused, match=r"no transcriber: .*no language model: .*no speech synthesizer: "):
        applied(allowing(stt=["x"], llm=["x"], tts=["x"]))


def test_an_allowed_provider_that_is_not_installed_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_choice, "find_spec", lambda package: None if package == "hibari" else object())
    assert applied(allowing(tts=["hibari", "espeak"])).tts == ProviderChoice("espeak")


def test_a_demo_chooses_again_for_another_language() -> None:
    """By the rule of the setting: who has a key, then who knows the language."""
    demo = operator(
        demo=True,
        stt=ProviderChoice("deepgram"),
        llm=ProviderChoice("smollm2"),
        tts=ProviderChoice("hibari"),
        keys={"deepgram": Secret("key")},
    )
    spoken = applied({"intent": {"language": "de"}}, demo)
    assert (spoken.stt, spoken.llm, spoken.tts) == (
        ProviderChoice("deepgram"),
        ProviderChoice("responder"),
        ProviderChoice("espeak"),
    )
    assert applied({"intent": {"language": "en-GB"}}, demo).tts == ProviderChoice("hibari")


def test_a_provider_that_the_operator_does_without_stays_away() -> None:
    mute = operator(tts=ProviderChoice("none"))
    assert applied(allowing(tts=["espeak"]), mute).tts == ProviderChoice("none")


def test_a_class_of_the_operator_is_allowed_by_its_name() -> None:
    own = operator(stt=ProviderChoice("my.module:Ears"))
    assert applied(allowing(stt=["my.module:Ears"]), own).stt == ProviderChoice("my.module:Ears")


def test_summaries_keep_to_the_allowed_language_models() -> None:
    own = operator(summary_llm=ProviderChoice("openai", "small"))
    assert applied(allowing(llm=["openai"]), own).summary_llm == own.summary_llm
    assert applied(allowing(llm=["responder"]), own).summary_llm is None


def test_the_agent_that_is_named_has_the_texts_of_the_session() -> None:
    @tool
    def book() -> str:
        """Book."""
        return "booked"

    reception = Agent("reception", "Be brief.", tools=[book], greeting_instructions="Greet.", voice="anna")
    config = read_session_config('{"agent": "reception", "greeting": "Hi.", "intent": {"language": "de"}}')
    named = session_agent([Agent("billing"), reception], config)
    assert named is reception
    led = with_texts(named, config)
    assert (led.name, led.instructions, led.greeting, led.greeting_instructions) == (
        "reception",
        "Be brief.",
        "Hi.",
        None,
    )
    assert (led.language, led.voice, [each.definition.name for each in led.functions]) == ("de", "anna", ["book"])
    assert with_texts(reception, read_session_config('{"agent": "reception"}')) is reception
    assert session_agent([reception], read_session_config("{}")) is None
    with pytest.raises(SessionRefused, match="no agent 'sales' here; there are: reception"):
        session_agent([reception], read_session_config('{"agent": "sales"}'))
    with pytest.raises(SessionRefused, match="the operator gives none"):
        session_agent([], read_session_config('{"agent": "sales"}'))


def test_what_has_no_effect_is_said() -> None:
    config = read_session_config('{"memoryKey": "x", "intent": {"optimizeFor": "latency"}}')
    assert [text.split()[0] for text in session_warnings(config, operator())] == ["memoryKey", "intent.optimizeFor"]
    assert session_warnings(read_session_config('{"memoryKey": "x"}'), operator(memory=Path("memories"))) == []


OF_THE_SESSION = {
    *("language", "limits", "stt", "llm", "tts", "summary_llm", "voice", "instructions", "temperature"),
    *("keyterms", "greeting", "greeting_instructions"),
}


@given(VALUES.map(json.dumps))
def test_nothing_else_is_ever_changed_or_opened(text: str) -> None:
    """Not the room, the files, the keys, the tools' places: whatever comes from outside."""
    settings = operator()
    session_settings(settings, read_session_config("{}"))
    with nothing_opened():
        try:
            session = session_settings(settings, read_session_config(text))
        except (SessionRefused, SettingsError):
            return
    changed = {each.name for each in fields(Settings) if getattr(session, each.name) != getattr(settings, each.name)}
    assert changed <= OF_THE_SESSION

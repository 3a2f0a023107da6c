"""The setting `demo`: what it chooses, what it leaves alone, and what is said of it."""

from pathlib import Path

import pytest

from bot.providers.registry import KINDS, find
from bot.settings.demo import chosen_by_demo, find_model, model_settings, notes
from bot.settings.reading import Reading, missing_providers, read_settings
from bot.settings.values import ProviderChoice
from pipeline.providers.local.probe import LocalModel

SERVER = {"LIVEKIT_URL": "ws://h", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 32}
MODEL = LocalModel("Ollama", "http://127.0.0.1:11434/v1", "small")


@pytest.fixture(autouse=True)
def _all_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.providers.local_choice.find_spec", lambda _: object())


def read(environ: dict[str, str] | None = None, **options: object) -> Reading:
    given = {"room": "r", **options}
    return read_settings(given, environ={**SERVER, **(environ or {})}, directory=Path("/nowhere"), origin="flag")


def test_without_it_nothing_is_chosen() -> None:
    assert len(missing_providers(read())) == len(missing_providers(read(demo=False))) == len(KINDS)


@pytest.mark.parametrize("environ", [{}, {"BOT_DEMO": "yes"}])
def test_it_chooses_what_is_local(environ: dict[str, str]) -> None:
    reading = read(environ) if environ else read(demo=True)
    settings = reading.require()
    assert missing_providers(reading) == ()
    for kind in KINDS:
        choice: ProviderChoice = getattr(settings, kind)
        provider = find(choice.name)
        assert provider is not None
        assert provider.is_local
        assert chosen_by_demo(reading, kind) is provider
        assert str(reading.sources[kind]) == f"default, by {'environment BOT_DEMO' if environ else 'flag --demo'}"
    assert settings.summary_llm is None


def test_choices_and_keys_go_before_it() -> None:
    environ = {"DEEPGRAM_API_KEY": "dg-secret", "LLM_MODEL": "large"}
    reading = read(environ, demo=True, tts="none", llm="responder")
    settings = reading.require()
    assert (str(settings.stt), str(settings.tts)) == ("deepgram", "none")
    assert [chosen_by_demo(reading, kind) for kind in KINDS] == [None, None, None]


def test_a_language_that_nothing_local_knows_is_a_fault() -> None:
    (fault,) = read(demo=True, language="de").faults
    assert fault.startswith("no transcriber of this machine fits: ")
    assert read(demo=True, language="de", stt="none").faults == ()


def test_a_model_of_a_server_here_goes_before_the_demos_own() -> None:
    assert find_model(read(demo=True), lambda: MODEL) is MODEL
    assert find_model(read(demo=True), lambda: None) is None
    assert find_model(read(demo=True, llm="none"), lambda: MODEL) is None
    assert model_settings(read(demo=True), None) == {}
    used = model_settings(read(demo=True), MODEL)
    assert used == {"OPENAI_BASE_URL": MODEL.base_url, "LLM_MODEL": "small"}
    assert str(read(used, demo=True).require().llm) == "openai:small"
    assert model_settings(read({"LLM_MODEL": "large"}, demo=True), MODEL)["LLM_MODEL"] == "large"


def test_what_is_used_is_said_in_a_line_each() -> None:
    lines = notes(read({"CARTESIA_API_KEY": "ca-secret"}, demo=True), MODEL)
    hearing, thinking, speaking = lines
    assert "DEEPGRAM_API_KEY gets you another" in hearing
    assert thinking == f"language model: small (of Ollama at {MODEL.base_url})"
    assert speaking == "speech synthesizer: cartesia (by default, as CARTESIA_API_KEY is set)"
    assert "ca-secret" not in str(lines)


def test_why_nothing_better_is_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = read(demo=True, language="en")
    best = chosen_by_demo(reading, "tts")
    assert best is not None
    lines = "\n".join(notes(reading, None))
    assert f"speech synthesizer: {best.name} ({best.remark}; " in lines
    assert "OPENAI_API_KEY" in lines
    if best.name != "espeak":
        other = "\n".join(notes(read(demo=True, language="de", stt="none"), None))
        assert f"{best.name} does not know 'de'" in other


def test_licenses_to_know_are_said() -> None:
    assert any("GPL-3.0" in line for line in notes(read(tts="espeak", demo=True), None))

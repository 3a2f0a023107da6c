"""Several providers of one kind: how they are written, and what is wrong with a list."""

from pathlib import Path

import pytest

from bot.settings.provider_list import links_of
from bot.settings.reading import load_settings
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.errors import SettingsError

ENVIRON = {
    "LIVEKIT_URL": "ws://127.0.0.1:7880",
    "LIVEKIT_API_KEY": "devkey",
    "LIVEKIT_API_SECRET": "devsecret",
    "OPENAI_API_KEY": "sk-openai",
}


def load(directory: Path, **options: object) -> Settings:
    return load_settings({"room": "kitchen", **options}, environ=ENVIRON, directory=directory)


def test_a_list_is_the_first_and_those_that_take_over(tmp_path: Path) -> None:
    choice = load(tmp_path, llm="openai:gpt-x, OpenAI/gpt-y,responder").llm
    assert choice == ProviderChoice("openai", "gpt-x", (ProviderChoice("openai", "gpt-y"), ProviderChoice("responder")))
    assert str(choice) == "openai:gpt-x,openai:gpt-y,responder"
    assert [str(link) for link in links_of(choice)] == ["openai:gpt-x", "openai:gpt-y", "responder"]


def test_the_model_of_the_variable_is_that_of_the_first(tmp_path: Path) -> None:
    settings = load_settings(
        {"room": "kitchen", "llm": "openai,responder"}, environ={**ENVIRON, "LLM_MODEL": "gpt-z"}, directory=tmp_path
    )
    assert str(settings.llm) == "openai:gpt-z,responder"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"llm": "openai,nobody"}, "names an unknown provider 'nobody'"),
        ({"llm": "openai,none"}, "has 'none' beside others"),
        ({"llm": "openai:a,openai:a"}, "names a provider and model twice"),
        ({"llm": "openai,"}, "names an unknown provider ''"),
        ({"tts": "espeak,cartesia"}, "chooses cartesia as speech synthesizer, which needs CARTESIA_API_KEY"),
        ({"summary_llm": "responder,openai"}, "names an unknown provider 'responder,openai'"),
    ],
)
def test_what_is_wrong_with_a_list(tmp_path: Path, given: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, **given)
    (fault,) = raised.value.faults
    assert complaint in fault

"""The settings of memory and summaries."""

from pathlib import Path

import pytest

from bot.providers.factory import make_summary_model
from bot.settings.memory_path import read_memory_path
from bot.settings.reading import load_settings
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.errors import SettingsError
from pipeline.providers.local.thinking.responder import Responder


def load(tmp_path: Path, **environ: str) -> Settings:
    needed = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret"}
    return load_settings({"room": "r"}, environ=needed | environ, directory=tmp_path, origin="flag")


def test_another_model_for_summaries_is_chosen_by_name(tmp_path: Path) -> None:
    settings = load(tmp_path, SUMMARY_LLM_PROVIDER="openai:small", OPENAI_API_KEY="k")
    assert settings.summary_llm == ProviderChoice("openai", "small")
    assert settings.llm == ProviderChoice("openai"), "as there is its key"
    assert isinstance(make_summary_model(load(tmp_path, SUMMARY_LLM_PROVIDER="responder")), Responder)


def test_without_a_choice_the_model_of_the_replies_makes_summaries(tmp_path: Path) -> None:
    settings = load(tmp_path, OPENAI_API_KEY="k")
    assert settings.summary_llm is None
    assert make_summary_model(settings) is None


def test_a_model_without_its_key_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"SUMMARY_LLM_PROVIDER.*needs OPENAI_API_KEY"):
        load(tmp_path, SUMMARY_LLM_PROVIDER="openai")


def test_a_path_of_a_memory_is_below_the_folder(tmp_path: Path) -> None:
    assert load(tmp_path, BOT_MEMORY="people").memory == tmp_path / "people"
    assert load(tmp_path, BOT_MEMORY="people.sqlite").memory == tmp_path / "people.sqlite"


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("folder.sqlite", "as a database"),
        ("file.txt", "neither a folder nor ends with"),
        ("nowhere/people", "make it first"),
        ("\0", "no usable path"),
    ],
)
def test_a_path_that_can_be_no_memory_is_a_fault(path: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(ValueError, match=fault):
        read_memory_path(tmp_path / path)


def test_what_is_no_path_is_a_fault() -> None:
    with pytest.raises(ValueError, match="must be a path"):
        read_memory_path(42)

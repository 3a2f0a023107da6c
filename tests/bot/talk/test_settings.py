"""Which server, room, providers and flags the bot of a talk is given."""

from pathlib import Path

import pytest

from bot.settings.options import OPTIONS
from bot.talk.arguments import parse
from bot.talk.server import GivenServer
from bot.talk.settings import Talk, prepare
from pipeline.errors import SettingsError
from pipeline.providers.local.probe import LocalModel

MODEL = LocalModel("Ollama", "http://127.0.0.1:11434/v1", "small")


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting is in the environment, and none stays there; the folder has no .env yet."""
    for option in OPTIONS:
        monkeypatch.setenv(option.variable, "")  # so that it is put back whatever the test does with it
        monkeypatch.delenv(option.variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepared(*argv: str, model: LocalModel | None = None) -> Talk:
    return prepare(parse(argv), lambda: model)


def value(talk: Talk, flag: str) -> str | None:
    """What the bot takes for a flag: the last one counts."""
    return next(
        (after for name, after in reversed(list(zip(talk.flags, talk.flags[1:], strict=False))) if name == flag), None
    )


def test_without_any_key_the_bot_uses_what_is_local() -> None:
    talk = prepared()
    assert "--demo" in talk.flags
    hearing, thinking, speaking, *_ = talk.choice.notes
    assert "DEEPGRAM_API_KEY" in hearing
    assert "OPENAI_API_KEY" in thinking
    assert speaking.startswith("speech synthesizer: ")


def test_who_wants_no_local_provider_is_told_what_is_missing() -> None:
    with pytest.raises(SettingsError, match="no transcriber: set DEEPGRAM_API_KEY"):
        prepared("--no-demo")


def test_a_key_or_an_address_decides_its_stage_only(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "dg-secret")
    (bare_environment / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:8080/v1\n")
    talk = prepared(model=MODEL)
    assert [value(talk, flag) for flag in ("--stt", "--llm", "--tts")] == [None, None, None]
    assert talk.choice.environment == {}
    assert "deepgram (by default, as DEEPGRAM_API_KEY is set" in talk.choice.notes[0]
    assert "dg-secret" not in str(talk)


def test_a_model_on_this_machine_is_used() -> None:
    talk = prepared(model=MODEL)
    assert value(talk, "--llm") is None
    assert talk.choice.environment == {"OPENAI_BASE_URL": MODEL.base_url, "LLM_MODEL": "small"}
    assert "small (of Ollama at http://127.0.0.1:11434/v1)" in talk.choice.notes[1]


def test_the_model_that_was_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_MODEL", "large")
    assert prepared(model=MODEL).choice.environment == {"OPENAI_BASE_URL": MODEL.base_url, "LLM_MODEL": "large"}


def test_a_model_is_looked_for_only_when_it_is_needed() -> None:
    def looked() -> LocalModel:
        raise AssertionError("it looked")

    prepare(parse(["--llm", "none"]), looked)


def test_what_was_chosen_is_passed_on() -> None:
    talk = prepared(
        "--room", "mine", "--participant", "ann", "--stt", "none", "--greeting", "Hi", "--log-level", "debug"
    )
    assert (talk.room, talk.person) == ("mine", "ann")
    chosen = [value(talk, flag) for flag in ("--room", "--stt", "--greeting", "--log-level")]
    assert chosen == ["mine", "none", "Hi", "debug"]
    assert "transcriber: none (by flag --stt)" in talk.choice.notes


def test_a_page_is_greeted_and_may_be_left_and_come_back_to() -> None:
    assert value(prepared(), "--greeting")
    assert "--stay" in prepared().flags
    assert "--stay" not in prepared("--no-stay").flags
    assert value(prepared("--greeting-instructions", "Be kind"), "--greeting") is None


def test_a_question_is_not_kept_waiting_by_a_greeting() -> None:
    flags = prepared("--play", "question.wav").flags
    assert "--greeting" not in flags
    assert "--stay" not in flags


def test_each_talk_has_its_own_room() -> None:
    assert prepared().room != prepared().room


def test_the_server_of_env_file_and_flags_is_looked_for(bare_environment: Path) -> None:
    (bare_environment / ".env").write_text("LIVEKIT_URL=wss://a\nLIVEKIT_API_KEY=key\nLIVEKIT_API_SECRET=secret\n")
    talk = prepared("--url", "wss://b")
    assert talk.server == GivenServer("wss://b", "key", "secret")


def test_what_stands_in_for_a_server_stays_inside() -> None:
    assert prepared().server == GivenServer()


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        prepared("--temperature", "9", "--language", "?")
    assert "--temperature" in str(raised.value)
    assert "--language" in str(raised.value)
    assert "LIVEKIT" not in str(raised.value)


def test_a_token_made_elsewhere_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_TOKEN", "a-token")
    with pytest.raises(SettingsError, match=r"environment LIVEKIT_TOKEN opens one room only.*unset it") as raised:
        prepared()
    assert "a-token" not in str(raised.value)

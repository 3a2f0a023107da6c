"""Settings: where they come from, what is refused and how that is told, and that secrets stay secret."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jwt
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.providers.registry import Provider, Service
from bot.settings.describe import describe
from bot.settings.option import row_of
from bot.settings.options import OPTIONS
from bot.settings.reading import Reading, load_settings, missing_providers, read_settings
from bot.settings.settings import Settings
from bot.settings.values import BaseUrl, ProviderChoice, Secret, read_base_url, read_choice
from pipeline.errors import SettingsError

ROOM = {"room": "kitchen"}
SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret"}


def load(directory: Path, environ: Mapping[str, str] | None = None, **options: object) -> Settings:
    """Settings of a bot that has all it needs, and what the test adds."""
    return load_settings({**ROOM, **options}, environ={**SERVER, **(environ or {})}, directory=directory)


def faults(directory: Path, environ: Mapping[str, str] | None = None, **options: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        load(directory, environ, **options)
    return error.value.faults


def only_fault(directory: Path, environ: Mapping[str, str] | None = None, **options: object) -> str:
    (fault,) = faults(directory, environ, **options)
    return fault


def read(directory: Path, environ: Mapping[str, str] | None = None, **options: object) -> Reading:
    return read_settings({**ROOM, **options}, environ={**SERVER, **(environ or {})}, directory=directory, origin="flag")


def row(reading: Reading, name: str) -> list[str]:
    """Value and source of one setting as --print-config shows them."""
    (line,) = [line for line in describe(reading).splitlines() if line.split()[0] == name]
    return [part.strip() for part in line.split("  ") if part][1:]


def token(**claims: Any) -> str:
    grants = {"roomJoin": True, "room": "kitchen"}
    return jwt.encode({"sub": "cook", "video": grants, "exp": time.time() + 3600} | claims, "x" * 32)


# Where values come from.


def test_flags_win_over_environment_over_env_local_over_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TTS_VOICE=env\nSTT_MODEL=env\nBOT_LANGUAGE=de\nBOT_PARTICIPANT=env\n")
    (tmp_path / ".env.local").write_text("TTS_VOICE=local\nSTT_MODEL=local\nBOT_LANGUAGE=fr\n")
    environ = {"TTS_VOICE": "environment", "BOT_LANGUAGE": "it"}
    reading = read(tmp_path, environ, voice="flag")
    assert row(reading, "voice") == ["flag", "flag --voice"]
    assert row(reading, "language") == ["it", "environment BOT_LANGUAGE"]
    assert row(reading, "stt_model") == ["local", ".env.local line 2, STT_MODEL"]
    assert row(reading, "participant") == ["env", ".env line 4, BOT_PARTICIPANT"]
    assert row(reading, "log_level") == ["info", "default"]


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TTS_VOICE=anna\nBOT_GREETING=\n")
    loaded = load(tmp_path, {"TTS_VOICE": "", "LLM_TEMPERATURE": ""}, voice="")
    assert (loaded.voice, loaded.greeting, loaded.temperature) == ("anna", None, None)


def test_every_variable_reaches_its_field(tmp_path: Path) -> None:
    environ = {
        "BOT_ROOM": "hall",
        "BOT_IDENTITY": "me",
        "BOT_PARTICIPANT": "you",
        "BOT_GREETING": "Hi",
        "BOT_INSTRUCTIONS": "Be brief.",
        "BOT_LANGUAGE": "pt-BR",
        "BOT_JOURNAL": "j.jsonl",
        "BOT_STAY": "yes",
        "BOT_LOG_LEVEL": "DEBUG",
        "STT_PROVIDER": "none",
        "STT_KEYTERMS": "Rawbot, LiveKit,Rawbot,",
        "LLM_PROVIDER": "openai:a/b:c",
        "LLM_TEMPERATURE": "0.4",
        "TTS_PROVIDER": "cartesia",
        "TTS_MODEL": "sonic",
        "TTS_VOICE": "anna",
        "OPENAI_API_KEY": "key-o",
        "CARTESIA_API_KEY": "key-c",
        "DEEPGRAM_BASE_URL": "wss://d/v1/",
    }
    loaded = load_settings({}, environ=SERVER | environ, directory=tmp_path)
    assert (loaded.room, loaded.identity, loaded.participant) == ("hall", "me", "you")
    assert (loaded.greeting, loaded.greeting_instructions, loaded.instructions) == ("Hi", None, "Be brief.")
    assert (loaded.stt, loaded.llm) == (ProviderChoice("none"), ProviderChoice("openai", "a/b:c"))
    assert (loaded.tts, loaded.voice) == (ProviderChoice("cartesia", "sonic"), "anna")
    assert (loaded.language, loaded.temperature, loaded.keyterms) == ("pt-BR", 0.4, ("Rawbot", "LiveKit"))
    assert (loaded.journal, loaded.stay, loaded.log_level) == (tmp_path / "j.jsonl", True, "debug")
    assert loaded.keys["openai"] == Secret("key-o")
    assert loaded.base_urls["deepgram"] == BaseUrl(secure=True, place="d/v1")


def test_keywords_may_have_python_types(tmp_path: Path) -> None:
    loaded = load(tmp_path, temperature=1, keyterms=["one", " two "], journal=tmp_path / "j", stay=True)
    assert (loaded.temperature, loaded.keyterms) == (1.0, ("one", "two"))
    assert (loaded.journal, loaded.stay) == (tmp_path / "j", True)


def test_the_table_has_a_row_for_every_field() -> None:
    """Keys and addresses go by provider; servers, webhooks, warnings and files come from files, limits from jobs."""
    without = {field.name for field in fields(Settings) if row_of(field) is None}
    assert without == {"keys", "base_urls", "mcp_servers", "webhook_tools", "limits", "warnings", "files"}


def test_a_field_is_none_without_a_value_only_where_its_type_says_so() -> None:
    hints = get_type_hints(Settings)
    for field in fields(Settings):
        if (row := row_of(field)) is not None:
            assert (row.default is None) == (type(None) in get_args(hints[field.name])), field.name


def test_bots_have_different_default_identities(tmp_path: Path) -> None:
    one, other = load(tmp_path).identity, load(tmp_path).identity
    assert one != other
    assert one.startswith("rawbot-")


def test_the_stronger_greeting_wins(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"BOT_GREETING": "Hello."}, greeting_instructions="Greet in French.")
    assert (loaded.greeting, loaded.greeting_instructions) == (None, "Greet in French.")
    assert "keep one of them" in only_fault(tmp_path, greeting="Hello.", greeting_instructions="Greet in French.")


# Files.


def test_env_file_syntax(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "\ufeff# a comment\n"
        "export TTS_VOICE = 'anna # 1'\n"
        'BOT_GREETING="Line one\\nLine two" # comment\n'
        "STT_KEYTERMS=one,two # comment\r\n"
        'BOT_INSTRUCTIONS="Be\nbrief."\n',
        encoding="utf-8",
        newline="",
    )
    loaded = load(tmp_path)
    assert loaded.voice == "anna # 1"
    assert loaded.greeting == "Line one\nLine two"
    assert loaded.keyterms == ("one", "two")
    assert loaded.instructions == "Be\nbrief."


def test_broken_lines_are_reported_by_number_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TTS_VOICE=a\n\n\nOPENAI_API_KEY sk-12345678\n\nLLM_MODEL=m\nBOT_STAY\n")
    (tmp_path / ".env.local").write_text('# one\nDEEPGRAM_API_KEY="sk-12345678\n')
    found = faults(tmp_path)
    assert [fault.partition(" cannot")[0].partition(":")[0] for fault in found] == [
        ".env line 4",
        ".env line 7",
        ".env.local line 2",
    ]
    assert "sk-12345678" not in str(found)


@pytest.mark.parametrize("content", ["BOT_GREETING=ok\nTTS_VOICE=é".encode("latin-1"), "\na=1".encode("utf-16")])
def test_an_env_file_in_another_encoding_is_a_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    assert "save the file as UTF-8" in only_fault(tmp_path)


def test_an_env_file_that_is_a_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert ".env cannot be read" in only_fault(tmp_path)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DEEPGRAM_APIKEY", "DEEPGRAM_API_KEY"),
        ("deepgram_api_key", "DEEPGRAM_API_KEY"),
        ("OPEN_AI_API_KEY", "OPENAI_API_KEY"),
        ("CARTESIA_KEY", "CARTESIA_API_KEY"),
        ("BOT_GREETINGS", "BOT_GREETING"),
        ("TTS_VIOCE", "TTS_VOICE"),
    ],
)
def test_a_near_miss_gets_a_suggestion(tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / ".env").write_text(f"# keys\n{name}=12345678\n")
    assert load(tmp_path).warnings == (f".env line 2: {name} is unknown; did you mean {meant}?",)


def test_names_of_other_tools_pass_in_silence(tmp_path: Path) -> None:
    others = (
        "AZURE_OPENAI_API_KEY GENAI_API_KEY XAI_API_KEY GROQ_API_KEY ELEVENLABS_API_KEY OPENAI_ORG_ID OPENAI_API_BASE "
        "NEXT_PUBLIC_LIVEKIT_URL NEXT_PUBLIC_CONN_DETAILS_ENDPOINT AGENT_NAME DATABASE_URL LOG_LEVEL PORT SIP_TRUNK_ID"
    )
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in others.split()))
    assert load(tmp_path).warnings == ()


def test_a_second_key_beside_the_first_is_no_near_miss(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=12345678\nOPENAI_API_KEY2=12345678\n")
    assert load(tmp_path).warnings == ()


def test_unknown_names_with_our_prefixes_share_one_warning(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLM_TIMEOUT=3\nTTS_SPEED=2\n")
    (warning,) = load(tmp_path).warnings
    assert "LLM_TIMEOUT (line 1), TTS_SPEED (line 2)" in warning


def test_a_near_miss_is_told_with_the_fault_that_it_causes(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_SECRET=12345678\n")
    environ = {"LIVEKIT_URL": "ws://h", "LIVEKIT_API_KEY": "devkey"}
    with pytest.raises(SettingsError) as error:
        load_settings(ROOM, environ=environ, directory=tmp_path)
    absent, hint = error.value.faults
    assert "no LIVEKIT_API_SECRET" in absent
    assert "did you mean LIVEKIT_API_SECRET?" in hint


def test_values_from_files(tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("Sei höflich.\n", encoding="utf-8")
    (tmp_path / "key").write_text("sk-12345678\n")
    environ = {"OPENAI_API_KEY": f"@{tmp_path / 'key'}", "BOT_INSTRUCTIONS": "@prompt.txt"}
    loaded = load(tmp_path, environ)
    assert loaded.instructions == "Sei höflich."
    assert loaded.keys["openai"] == Secret("sk-12345678")
    settings = read(tmp_path, instructions="@prompt.txt").require()
    assert settings.instructions == "Sei höflich."


def test_the_text_of_a_keyword_names_no_file(tmp_path: Path) -> None:
    """A program may pass on what others wrote: nobody reads its host's files by an @."""
    (tmp_path / "private").write_text("PIN 4711\n")
    for text in ("@private", f"@{tmp_path / 'private'}", "@none"):
        loaded = load(tmp_path, instructions=text, greeting=text)
        assert (loaded.instructions, loaded.greeting) == (text, text)


def test_the_text_of_a_keyword_loads_no_class(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('loaded')\n")
    fault = only_fault(tmp_path, tts="evil:Voice")
    assert fault == "keyword tts names a class, evil:Voice: give an object of it instead, tts=Voice(...)."
    assert "takes an object of your own" in only_fault(tmp_path, tts="evil")


def test_unusable_files_of_values_are_faults(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "latin").write_bytes(b"\xe9\xe9")
    assert "'@none' cannot be read (No such file" in only_fault(tmp_path, {"BOT_INSTRUCTIONS": "@none"})
    assert "'@empty' is empty" in only_fault(tmp_path, {"BOT_INSTRUCTIONS": "@empty"})
    assert "'@latin' is not UTF-8" in only_fault(tmp_path, {"BOT_INSTRUCTIONS": "@latin"})
    assert "environment OPENAI_API_KEY is not usable" in only_fault(tmp_path, {"OPENAI_API_KEY": "@none"})


def test_the_files_that_were_read_are_named_the_stronger_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TTS_VOICE=a\n")
    assert load(tmp_path).files == (tmp_path / ".env",)
    (tmp_path / ".env.local").write_text("TTS_VOICE=b\n")
    reading = read(tmp_path)
    assert reading.files == (tmp_path / ".env.local", tmp_path / ".env")
    assert describe(reading).splitlines()[-1] == f"settings files read: {tmp_path / '.env.local'}, {tmp_path / '.env'}"


# Faults.


def test_all_faults_come_at_once_and_name_their_sources(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_LANGUAGE=english\nbroken line\nBOT_STAY=perhaps\n")
    options = {"temperature": "hot", "stt": "whisperer", "journal": "nowhere/j.jsonl", "room": "  "}
    environ = {"LIVEKIT_URL": "127.0.0.1:7880", "BOT_LOG_LEVEL": "loud", "OPENAI_BASE_URL": "host/v1"}
    reading = read_settings(options, environ=environ, directory=tmp_path, origin="flag")
    assert reading.settings is None
    text = "\n".join(reading.faults)
    for expected in (
        "flag --room is blank",
        "environment LIVEKIT_URL must be an address",
        "no way into the room: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET",
        ".env line 1, BOT_LANGUAGE must be a language tag",
        ".env line 2 cannot be read",
        ".env line 3, BOT_STAY must be true or false",
        "flag --temperature must be a number from 0 to 2, not 'hot'",
        "flag --stt names an unknown provider 'whisperer'; --stt knows deepgram, moonshine, pocketsphinx, none",
        "flag --journal lies in",
        "environment BOT_LOG_LEVEL must be one of debug, info",
        "environment OPENAI_BASE_URL must be an address",
    ):
        assert expected in text
    assert len(reading.faults) == 11


def test_what_nobody_can_do_without(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({}, environ={}, directory=tmp_path)
    room, url, entry = error.value.faults
    assert "--room NAME" in room
    assert "LIVEKIT_URL" in url
    assert "LIVEKIT_TOKEN" in entry


@pytest.mark.parametrize("raw", ["-0.1", "2.01", "nan", "inf", "1,5", True, [1], 10**400])
def test_temperature_out_of_range(tmp_path: Path, raw: object) -> None:
    assert "keyword temperature must be a number from 0 to 2" in only_fault(tmp_path, temperature=raw)


@pytest.mark.parametrize("raw", ["x" * 257, "é" * 129, "a\nb", "\t", 7, "\udcff"])
def test_rooms_and_people_have_sane_names(tmp_path: Path, raw: object) -> None:
    assert only_fault(tmp_path, room=raw).startswith("keyword room ")
    assert only_fault(tmp_path, participant=raw).startswith("keyword participant ")


def test_the_longest_name_is_allowed(tmp_path: Path) -> None:
    assert load(tmp_path, room="x" * 256).room == "x" * 256


@pytest.mark.parametrize("tag", ["en_US", "english", "e", "en-", "en us", "12"])
def test_languages_that_are_no_tags(tmp_path: Path, tag: str) -> None:
    assert "language tag" in only_fault(tmp_path, language=tag)


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hans-CN", "es-419", "multi"])
def test_language_tags(tmp_path: Path, tag: str) -> None:
    assert load(tmp_path, language=tag).language == tag


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("ws://h:7880", "ws://h:7880"),
        ("http://h:7880/", "ws://h:7880"),
        ("https://x.livekit.cloud", "wss://x.livekit.cloud"),
        ("WSS://h/rtc/", "wss://h/rtc"),
    ],
)
def test_the_livekit_url_becomes_a_websocket_address(tmp_path: Path, raw: str, url: str) -> None:
    assert load(tmp_path, url=raw).url == url


def test_a_login_in_the_livekit_url_is_refused(tmp_path: Path) -> None:
    assert "pass1234" not in (fault := only_fault(tmp_path, url="wss://user:pass1234@h"))
    assert "must not contain user:password@" in fault


def test_a_journal_must_have_a_place(tmp_path: Path) -> None:
    assert "which is no folder" in only_fault(tmp_path, journal="none/j")
    assert "names the folder" in only_fault(tmp_path, journal=".")


def test_a_journal_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, who may write everywhere, so the system's answer is replaced."""
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "may not write" in only_fault(tmp_path, journal="j")


@pytest.mark.parametrize("key", ["with blank", "two\nlines", "schlüssel", "   "])
def test_keys_that_cannot_be_sent(tmp_path: Path, key: str) -> None:
    fault = only_fault(tmp_path, {"OPENAI_API_KEY": key})
    assert fault.startswith("environment OPENAI_API_KEY is no key")
    assert key not in fault


def test_unknown_keywords(tmp_path: Path) -> None:
    assert "did you mean temperature?" in only_fault(tmp_path, temprature=1)
    assert "set OPENAI_API_KEY in the environment" in only_fault(tmp_path, openai_api_key="12345678")


# The way into the room.


def test_half_a_key_pair(tmp_path: Path) -> None:
    assert "no LIVEKIT_API_SECRET" in only_fault(tmp_path, {"LIVEKIT_API_SECRET": ""})


def test_a_token_replaces_the_key_pair_and_gives_the_identity(tmp_path: Path) -> None:
    environ = {"LIVEKIT_URL": "ws://h", "LIVEKIT_TOKEN": token()}
    loaded = load_settings(ROOM, environ=environ, directory=tmp_path)
    assert loaded.identity == "cook"
    assert loaded.livekit_api_key is None


@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ({"exp": 1_000_000_000}, "expired at 2001-09-09 01:46 UTC"),
        ({"video": {"roomJoin": True, "room": "hall"}}, "is for the room 'hall', not 'kitchen'"),
        ({"video": {"room": "kitchen"}}, "does not grant roomJoin"),
        ({"video": "all"}, "does not grant roomJoin"),
        ({"sub": ""}, "names no identity"),
        ({"nbf": 4_000_000_000}, "is not valid before 2096-10-02 07:06 UTC"),
        ({"video": {"roomJoin": True, "room": "kitchen", "canPublishSources": ["camera"]}}, "add 'microphone'"),
    ],
)
def test_a_token_that_does_not_fit(tmp_path: Path, claims: dict[str, Any], complaint: str) -> None:
    fault = only_fault(tmp_path, {"LIVEKIT_TOKEN": token(**claims)})
    assert fault.startswith("environment LIVEKIT_TOKEN ")
    assert complaint in fault


def test_a_token_of_somebody_else(tmp_path: Path) -> None:
    assert "for the identity 'cook', not 'me'" in only_fault(tmp_path, {"LIVEKIT_TOKEN": token()}, identity="me")


def test_a_faulty_identity_is_not_held_against_the_token(tmp_path: Path) -> None:
    assert only_fault(tmp_path, {"LIVEKIT_TOKEN": token()}, identity="a\nb").startswith("keyword identity contains")


def test_a_token_that_is_none(tmp_path: Path) -> None:
    assert "is no access token" in only_fault(tmp_path, {"LIVEKIT_TOKEN": "abc.def.ghi"})


# Providers.


@pytest.mark.parametrize(
    ("raw", "choice"),
    [
        ("openai", ProviderChoice("openai")),
        ("OpenAI:gpt-5", ProviderChoice("openai", "gpt-5")),
        ("openai:ollama/llama3:8b", ProviderChoice("openai", "ollama/llama3:8b")),
        ("openai:", ProviderChoice("openai")),
        ("none", ProviderChoice("none")),
        ("openai/gpt-5", ProviderChoice("openai", "gpt-5")),
        ("openai/ollama/llama3:8b", ProviderChoice("openai", "ollama/llama3:8b")),
    ],
)
def test_a_choice_is_split_at_the_first_colon_or_slash(tmp_path: Path, raw: str, choice: ProviderChoice) -> None:
    assert load(tmp_path, {"OPENAI_API_KEY": "12345678"}, llm=raw).llm == choice


@pytest.mark.parametrize("raw", ["ollama", ":gpt-5", "none:gpt-5", "gpt/5", "/", 5])
def test_choices_that_are_none(tmp_path: Path, raw: object) -> None:
    assert only_fault(tmp_path, {"OPENAI_API_KEY": "12345678"}, llm=raw).startswith("keyword llm ")


def test_the_known_names_can_be_replaced() -> None:
    assert read_choice("vosk:small", "stt", [Provider("vosk", {"stt": Service("vosk:Vosk")})]) == ProviderChoice(
        "vosk", "small"
    )


def test_without_a_choice_keys_and_addresses_decide(tmp_path: Path) -> None:
    environ = {"DEEPGRAM_API_KEY": "12345678", "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "LLM_MODEL": "llama3:8b"}
    loaded = load(tmp_path, environ)
    assert loaded.stt == ProviderChoice("deepgram")
    assert loaded.llm == ProviderChoice("openai", "llama3:8b")
    assert loaded.tts is None


def test_providers_without_a_key_are_chosen_by_name_only(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert (loaded.stt, loaded.llm, loaded.tts) == (None, None, None)
    loaded = load(tmp_path, stt="pocketsphinx", llm="responder", tts="espeak")
    assert (loaded.stt, loaded.llm) == (ProviderChoice("pocketsphinx"), ProviderChoice("responder"))
    assert loaded.tts == ProviderChoice("espeak")


def test_a_choice_needs_its_key_unless_it_has_its_own_address(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, tts="cartesia")
    assert "keyword tts chooses cartesia" in fault
    assert "set it, or CARTESIA_BASE_URL" in fault
    assert load(tmp_path, {"CARTESIA_BASE_URL": "http://h"}, tts="cartesia").tts == ProviderChoice("cartesia")


def test_the_model_of_the_stronger_source_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLM_PROVIDER=openai:file\nOPENAI_API_KEY=12345678\n")
    assert load(tmp_path).llm == ProviderChoice("openai", "file")
    assert load(tmp_path, {"LLM_MODEL": "environment"}).llm == ProviderChoice("openai", "environment")
    beside = {"LLM_PROVIDER": "openai:beside", "LLM_MODEL": "environment"}
    assert load(tmp_path, beside).llm == ProviderChoice("openai", "beside")
    assert load(tmp_path, {"LLM_MODEL": "environment"}, llm="openai:flag").llm == ProviderChoice("openai", "flag")
    assert load(tmp_path, {"LLM_MODEL": "environment"}, llm="openai").llm == ProviderChoice("openai", "environment")


def test_missing_providers_are_told_on_request_only(tmp_path: Path) -> None:
    transcriber, synthesizer = missing_providers(read(tmp_path, llm="none"))
    assert transcriber.startswith("no transcriber: set DEEPGRAM_API_KEY, choose one with --stt")
    assert transcriber.endswith("or use what needs no key with --demo.")
    assert "CARTESIA_API_KEY" in synthesizer
    assert missing_providers(read(tmp_path, stt="none", llm="none", tts="none")) == ()
    assert missing_providers(read(tmp_path, stt="none", llm="unknown", tts="none")) == ()  # that is told already


# Base URLs.


@pytest.mark.parametrize(
    ("raw", "http", "ws"),
    [
        ("https://api.host", "https://api.host", "wss://api.host"),
        ("wss://api.host/v1/", "https://api.host/v1", "wss://api.host/v1"),
        ("http://[::1]:80/a/b", "http://[::1]:80/a/b", "ws://[::1]:80/a/b"),
        ("ws://user:pass1234@h/", "http://user:pass1234@h", "ws://user:pass1234@h"),
    ],
)
def test_base_urls_have_two_forms(raw: str, http: str, ws: str) -> None:
    url = read_base_url(raw)
    assert (url.http, url.ws) == (http, ws)
    assert "pass1234" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "host",
        "host:80/v1",
        "ftp://h",
        "http://",
        "http://h:99999",
        "http://h:x",
        "http://a b",
        "http://h?k=1",
        "http://user:80/pass1234@h",
    ],
)
def test_addresses_that_are_none(raw: str) -> None:
    with pytest.raises(ValueError, match="must"):
        read_base_url(raw)


# What is shown.


def test_print_config_has_a_line_for_every_setting_even_with_faults(tmp_path: Path) -> None:
    reading = read(tmp_path, {"LLM_TEMPERATURE": "hot"}, instructions="Be brief.\n" * 30)
    lines = describe(reading).splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [option.name for option in OPTIONS]
    assert lines[-1] == f"settings files read: none, as {tmp_path} has neither .env.local nor .env"
    assert row(reading, "temperature") == ["(faulty) hot", "environment LLM_TEMPERATURE"]
    assert row(reading, "instructions")[0].endswith("(300 characters)")


def test_masked_secrets(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "abcdefghijkl", "DEEPGRAM_API_KEY": "abcdefghijklm"}
    reading = read(tmp_path, environ | {"OPENAI_BASE_URL": "https://user:pass1234@h/v1"})
    assert row(reading, "openai_api_key")[0] == "****"
    assert row(reading, "deepgram_api_key")[0] == "****jklm"
    assert row(reading, "openai_base_url")[0] == "https://****@h/v1"
    several = read(tmp_path, {"BOT_API_KEYS": "a-key-of-a-program-0001, a-key-of-a-program-0002\n"})
    assert row(several, "api_keys")[0] == "****0001, ****0002"
    assert set(several.secrets) >= {"a-key-of-a-program-0001", "a-key-of-a-program-0002"}


# Characters that could trip a parser, and none that the output has eight of in a row by itself.
secret_text = st.text("QXZ0123456789@/:%?#&~ ü", min_size=8, max_size=40).filter(lambda text: text.strip() == text)
SECRETS = [option.variable for option in OPTIONS if option.is_secret]
ADDRESSES = [option.variable for option in OPTIONS if option.group == "Base URLs"]


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(SECRETS), secret_text, min_size=1),
    st.dictionaries(st.sampled_from([*ADDRESSES, "LIVEKIT_URL"]), secret_text),
    st.booleans(),
    st.sampled_from(["0.5", "hot"]),
)
def test_no_secret_is_ever_shown(
    keys: dict[str, str], passwords: dict[str, str], in_file: bool, temperature: str
) -> None:
    """Not in --print-config, not in a repr, not in an error, be the secret well formed or not."""
    given_values = keys | {name: f"https://user:{password}@host/v1" for name, password in passwords.items()}
    environ = SERVER if in_file else SERVER | given_values
    with tempfile.TemporaryDirectory() as folder:
        if in_file:
            lines = "".join(f"{name}='{value}'\n" for name, value in given_values.items())
            (Path(folder) / ".env").write_text(lines, encoding="utf-8")
            environ = {name: value for name, value in SERVER.items() if name not in given_values}
        reading = read_settings(
            ROOM | {"temperature": temperature}, environ=environ, directory=Path(folder), origin="flag"
        )
    shown = describe(reading) + repr(reading) + str(reading.settings)
    try:
        reading.require()
    except SettingsError as error:
        shown += f"{error} {error!r}"
    for secret in [*keys.values(), *passwords.values()]:
        assert secret not in shown

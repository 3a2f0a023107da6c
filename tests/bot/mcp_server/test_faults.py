"""Errors of the tools for missing settings and invalid arguments, which need no room and so no server."""

from pathlib import Path

import pytest
from mcp import Client

from bot.mcp_server.server import make_server
from bot.mcp_server.setup import Setup
from bot.providers.local_choice import choose_local
from bot.settings.options import NO_PROVIDER
from bot.settings.values import ProviderChoice
from tests.bot.mcp_server.mcp_client import ToolClient

NOWHERE = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret"}
NO_PROVIDERS = {"STT_PROVIDER": "none", "TTS_PROVIDER": "none"}


async def test_without_any_setting_all_that_is_missing_is_named(tmp_path: Path) -> None:
    async with Client(make_server(Setup({}, {}, tmp_path))) as client:
        for arguments in ({}, {"room": "blue"}):
            told = await ToolClient(client).refuses("join_room", **arguments)
            assert all(missing in told for missing in (*NOWHERE, "DEEPGRAM_API_KEY", "CARTESIA_API_KEY"))
            assert "OPENAI_API_KEY" not in told  # only converse needs it


async def test_a_setting_that_was_missing_can_be_put_in_without_a_restart(tmp_path: Path) -> None:
    async with Client(make_server(Setup({}, {}, tmp_path))) as client:
        assert "no LiveKit server" in await ToolClient(client).refuses("join_room", room="blue")
        settings = "".join(f"{name}={value}\n" for name, value in (NOWHERE | NO_PROVIDERS).items())
        (tmp_path / ".env").write_text(settings, "utf-8")
        assert "nothing can be reached at ws://127.0.0.1:1" in await ToolClient(client).refuses(
            "join_room", room="blue"
        )


@pytest.mark.parametrize("tool", ["say", "ask", "listen", "interrupt", "send_message", "converse"])
async def test_in_no_room_one_has_to_join(tmp_path: Path, tool: str) -> None:
    arguments = {"converse": {"goal": "a name"}, "listen": {}, "interrupt": {}}.get(tool, {"text": "Hello."})
    async with Client(make_server(Setup({}, {}, tmp_path))) as client:
        assert "you are in no room: call join_room first" in await ToolClient(client).refuses(tool, **arguments)
        assert (await ToolClient(client)("room_status"))["problem"] == "you are in no room: call join_room"


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("say", {"text": "word " * 10_000}, "the text has 49999 characters, 3000 are possible: shorten it"),
        ("ask", {"text": "word " * 10_000}, "3000 are possible"),
        ("send_message", {"text": "word " * 10_000}, "3000 are possible"),
        ("converse", {"goal": "word " * 10_000}, "3000 are possible"),
        ("say", {"text": "  "}, "the text is empty"),
        ("say", {"text": 5}, "text: 5 is no text; give one"),
        ("say", {}, "text: it is missing; give it"),
        ("join_room", {"room": "x" * 10_000}, "room: it is too long; give at most 256 characters"),
        ("listen", {"seconds": 3600}, "seconds: 3600 is too much; give at most 45"),
        ("listen", {"seconds": 0}, "seconds: 0 is too little; give more than 0"),
        ("listen", {"seconds": "long" * 1_000}, "long' is no number; give one"),
        ("get_transcript", {"since": -1}, "since: -1 is too little; give at least 0"),
        ("get_transcript", {"since": 0.5}, "since: 0.5 is no whole number; give one"),
        ("converse", {"goal": "a name", "max_turns": 0}, "max_turns: 0 is too little; give at least 1"),
        (
            "converse",
            {"max_turns": 99, "max_minutes": 0},
            "goal: it is missing; give it. max_turns: 99 is too much; give at most 50. max_minutes: 0 is too little",
        ),
        ("shout", {}, "shout"),
        ("say", {"text": "Hi.", "wait": True}, "wait: say has no such argument; it takes text"),
        ("say", {"txt": "Hi."}, "txt: say has no such argument, did you mean text? It takes text"),
        ("ask", {"text": "Hi.", "timeout": 5}, "timeout: ask has no such argument; it takes text, seconds"),
        ("room_status", {"room": "blue"}, "room: room_status has no such argument; it takes none"),
        ("room_status", {"x" * 10_000: 1}, "xxx"),
    ],
)
async def test_arguments_of_a_wrong_type_or_size(
    tmp_path: Path, tool: str, arguments: dict[str, object], told: str
) -> None:
    async with Client(make_server(Setup({}, {}, tmp_path))) as client:
        refused = await ToolClient(client).refuses(tool, **arguments)
        assert told in refused
        assert len(refused) < 1_000
        assert "pydantic" not in refused


async def test_the_schemas_allow_no_other_arguments(tmp_path: Path) -> None:
    async with Client(make_server(Setup({}, {}, tmp_path))) as client:
        schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
    assert set(schemas["ask"]["properties"]) == {"text", "seconds"}
    assert [name for name, schema in schemas.items() if schema.get("additionalProperties") is not False] == []


def test_the_demo_hears_and_speaks_but_has_no_model_for_a_goal(tmp_path: Path) -> None:
    """Its model is too small to pursue one, and would only take time and memory."""
    server = {"LIVEKIT_URL": "ws://h", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 32}
    settings = Setup({"demo": True}, server, tmp_path).settings("lobby")
    assert settings.llm == ProviderChoice(NO_PROVIDER)
    for kind, choice in (("stt", settings.stt), ("tts", settings.tts)):
        provider = choose_local(kind, "en").provider  # type: ignore[arg-type]
        assert provider is not None
        assert choice == ProviderChoice(provider.name)
    own = Setup({"demo": True, "llm": "responder"}, server, tmp_path).settings("lobby")
    assert own.llm == ProviderChoice("responder")

"""`python -m bot doctor`: what it finds on a machine where all is well, and what it says where something is not."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import jwt
import pytest

from bot.doctor import examination, local, machine, server
from bot.doctor.examination import collect, examine
from bot.doctor.finding import Finding, Subject, exit_code
from bot.process.exit_codes import ExitCode
from bot.providers import local_choice
from bot.providers.local_choice import choose_local, local_providers, missing_packages
from bot.providers.registry import KINDS
from bot.settings.arguments import parse_arguments
from pipeline.errors import Refused
from pipeline.providers.local.probe import LocalModel
from scripts.livekit.api import call
from scripts.livekit.server import ServerInfo
from tests.support.bot_process import COMMAND, NO_PROVIDERS, run_bot, server_settings
from tests.support.command import driver
from tests.support.noise import MARK, write_noisy_voice
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import OpenAISimulator
from tests.support.waiting import WAIT_LIMIT

KEY = "simulated-key-of-all"
LOCAL = {"STT_PROVIDER": "pocketsphinx", "LLM_PROVIDER": "responder", "TTS_PROVIDER": "espeak"}
KEYS = {"DEEPGRAM_API_KEY": KEY, "OPENAI_API_KEY": KEY, "CARTESIA_API_KEY": KEY}

Findings = list[dict[str, Any]]
Examined = Callable[..., Awaitable[tuple[int, Findings]]]


@asynccontextmanager
async def vendors() -> AsyncIterator[dict[str, str]]:
    """All simulated vendors, as settings."""
    async with (
        DeepgramSimulator(api_key=KEY) as deepgram,
        OpenAISimulator(api_key=KEY) as openai,
        CartesiaSimulator(api_key=KEY) as cartesia,
    ):
        urls = {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}
        yield {**KEYS, **{f"{name}_BASE_URL": url for name, url in urls.items()}}


@contextmanager
def silent_server() -> Iterator[str]:
    """A host and port that take connections and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def examined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examined:
    """Examine in this process what is set here, on a machine that has time: the exit code and the findings."""
    monkeypatch.setattr(examination, "TIME_LIMIT", WAIT_LIMIT)

    async def examined(settings: Mapping[str, str], **options: str) -> tuple[int, Findings]:
        found = await examine(collect(options, settings, tmp_path))
        findings = [finding.as_dict() for finding in found]
        assert KEY not in json.dumps(findings)
        return exit_code(found), findings

    return examined


PATIENT = driver(f"import bot.doctor.examination\nbot.doctor.examination.TIME_LIMIT = {WAIT_LIMIT}")
"""The command on a machine that has time."""


async def run_doctor(
    settings: Mapping[str, str], folder: Path, *flags: str, program: tuple[str, ...] = PATIENT
) -> tuple[int, Findings]:
    """Run the command, by `--json`: its exit code and findings."""
    arguments = ("doctor", "--json", *flags)
    done = await asyncio.to_thread(run_bot, *arguments, settings=settings, folder=folder, program=program)
    assert done.stderr == ""
    assert KEY not in done.stdout
    told = json.loads(done.stdout)
    assert told["ok"] == (done.returncode == 0)
    return done.returncode, told["findings"]


def of(findings: Findings, subject: Subject) -> dict[str, Any]:
    """The only finding of a subject."""
    (finding,) = [finding for finding in findings if finding["subject"] == subject]
    return finding


def statuses(findings: Findings, *subjects: Subject) -> list[str]:
    return [of(findings, subject)["status"] for subject in subjects]


# --- all is well ---


@pytest.mark.sfu
@pytest.mark.alone
async def test_where_all_is_well_each_part_is_measured(livekit_server: ServerInfo, tmp_path: Path) -> None:
    async with vendors() as settings:
        settings |= {name: value for name, value in server_settings(livekit_server).items() if "PROVIDER" not in name}
        code, findings = await run_doctor(settings, tmp_path, "--journal", "talk.jsonl")
    assert code == ExitCode.OK, findings
    wrong = [finding for finding in findings if finding["status"] != "ok" and "busy" not in finding["text"]]
    assert not wrong
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in of(findings, "python")["text"]
    assert f"livekit {metadata.version('livekit')}" in of(findings, "packages")["text"]
    assert "LiveKit 1." in of(findings, "server")["text"]
    assert "heard by another" in of(findings, "room")["text"]
    assert "can be written" in of(findings, "journal")["text"]
    assert not (tmp_path / "talk.jsonl").exists()
    for stage, name, least_ms in (("stt", "deepgram:nova-3", 1), ("llm", "openai:gpt", 300), ("tts", "cartesia:", 120)):
        finding = of(findings, stage)  # type: ignore[arg-type]
        assert finding["text"].startswith(name)
        assert finding["round_trip_ms"] >= least_ms, "the simulator's own time"
    rooms = await asyncio.to_thread(call, livekit_server, "ListRooms", {})
    assert not [room["name"] for room in rooms.get("rooms", []) if room["name"].startswith("rawbot-doctor")]


# --- something is not ---


def test_people_get_a_line_for_each_finding(tmp_path: Path) -> None:
    settings = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY, **LOCAL}
    done = run_bot("doctor", settings=settings, folder=tmp_path, program=PATIENT)
    assert done.returncode == ExitCode.ROOM, done.stdout
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "warn", "fail"}, "a busy machine is warned of"
    assert [line.split()[:2] for line in lines if line.startswith("fail")] == [["fail", "server"]]
    for told in ("pocketsphinx (environment STT_PROVIDER) answers within", "espeak", "responder"):
        assert told in done.stdout


async def test_without_any_setting_it_says_what_to_set(examined: Examined, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_KEY=devkey\n")
    code, findings = await examined({})
    assert code == ExitCode.SETTINGS
    faults = [
        finding["text"] for finding in findings if finding["subject"] == "settings" and finding["status"] == "fail"
    ]
    assert len(faults) == 6
    wanted = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "DEEPGRAM_API_KEY", "OPENAI_API_KEY", "CARTESIA")
    for name in wanted:
        assert any(name in fault for fault in faults), name
    assert any("did you mean LIVEKIT_API_KEY?" in finding["text"] for finding in findings)
    assert of(findings, "server")["status"] == "warn"


async def nowhere() -> None:
    return None


def no_package(package: str) -> None:
    """Stand for `find_spec` where nothing is installed."""


@pytest.fixture
def no_model_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_local_model", nowhere)


async def test_the_command_that_needs_no_key_is_told(no_model_server: None) -> None:
    """It is one that a bot takes, and names what would be used."""
    (finding,) = await local.examine_local("en", frozenset())
    told, _, names = finding.text.partition(" (")
    read = parse_arguments(told.partition("python -m bot ")[2].split()).options
    assert read == {"room": "NAME", "demo": True}
    for kind in KINDS:
        provider = choose_local(kind, "en").provider
        assert provider is not None
        assert provider.name in names


async def test_what_is_not_installed_is_told_with_how_to_have_it(
    no_model_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_choice, "find_spec", no_package)
    (finding,) = await local.examine_local("en", frozenset())
    assert "python -m bot --room NAME --demo --stt none --tts none (responder)" in finding.text
    assert "espeak is not installed (install Rawbot with its extra demo)" in finding.text


async def test_the_command_that_needs_no_key_uses_the_model_that_is_served_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def found() -> LocalModel:
        return LocalModel("Ollama", "http://127.0.0.1:11434/v1", "qwen3:4b")

    monkeypatch.setattr(local, "find_local_model", found)
    (finding,) = await local.examine_local("en", frozenset({"llm"}))
    assert finding.status == "ok"
    assert "qwen3:4b of Ollama" in finding.text


@pytest.mark.parametrize("llm", ["", "responder"])
async def test_that_no_model_is_served_here_is_told_where_one_is_missing(no_model_server: None, llm: str) -> None:
    findings = await local.examine_local("en", frozenset() if llm else frozenset({"llm"}))
    provider = choose_local("llm", "en").provider
    assert provider is not None
    assert [finding.status for finding in findings] == (["ok"] if llm else ["ok", "warn"])
    assert llm or f"{provider.name} would answer: {provider.remark}" in findings[-1].text


async def test_the_engines_that_would_be_used_are_tried(examined: Examined) -> None:
    """Those for which there is no other choice; they load, and answer."""
    if missing_packages(provider for kind in ("stt", "tts") for provider in local_providers(kind)):
        pytest.skip("an engine is missing: run scripts/test, or install the project's extra demo")
    _, findings = await examined({}, llm="none")
    _, *tried = [finding["text"] for finding in findings if finding["subject"] == "local"]
    for kind, text in zip(("stt", "tts"), tried, strict=True):
        provider = choose_local(kind, "en").provider  # type: ignore[arg-type]
        assert provider is not None
        assert text.startswith(f"{provider.name} works: it answers within ")


async def test_an_engine_that_does_not_load_is_a_warning(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not what the bot was told to use."""

    async def fails(*_: object) -> float:
        raise Refused("Engine", "it cannot load its model")

    monkeypatch.setattr(local, "ask", fails)
    _, findings = await examined({}, stt="none", tts="none")
    last = [finding for finding in findings if finding["subject"] == "local"][-1]
    assert (last["status"], "does not work here: Engine" in last["text"]) == ("warn", True)


@pytest.mark.sfu
async def test_wrong_keys_everywhere(livekit_server: ServerInfo, examined: Examined) -> None:
    async with vendors() as settings:
        settings |= dict.fromkeys(KEYS, "a-wrong-key-for-all-of-them")
        settings |= {"LIVEKIT_URL": livekit_server.url, "LIVEKIT_API_KEY": "wrong", "LIVEKIT_API_SECRET": "secret"}
        code, findings = await examined(settings)
    assert code == ExitCode.ROOM
    assert statuses(findings, "server", "room", "stt", "llm", "tts") == ["ok", "fail", "fail", "fail", "fail"]
    for subject, name in (("room", "LIVEKIT_API_KEY"), ("stt", "DEEPGRAM"), ("llm", "OPENAI"), ("tts", "CARTESIA")):
        assert f"check {name}" in of(findings, subject)["text"]  # type: ignore[arg-type]
    assert "a-wrong-key" not in json.dumps(findings)


SPEECHLESS = """
class Speechless:
    async def warm(self): ...
    async def aclose(self): ...
    async def generate(self, prompt):
        for part in ():
            yield part

class Broken(Speechless):
    async def warm(self):
        raise RuntimeError("the header was: Bearer simulated-key-of-all")
"""


@pytest.mark.parametrize(("name", "told"), [("Speechless", "without a word"), ("Broken", "RuntimeError: the header")])
async def test_a_provider_of_ones_own_that_does_not_do(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = f"own_{name.lower()}"
    (tmp_path / f"{module}.py").write_text(SPEECHLESS)
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    _, findings = await examined(settings, llm=f"{module}:{name}")
    assert of(findings, "llm")["status"] == "fail"
    assert told in of(findings, "llm")["text"]
    assert of(findings, "tts")["text"].startswith("none")


@pytest.mark.parametrize(
    ("llm", "status"),
    [("responder,own_second:Speechless", ["ok", "warn"]), ("own_second:Speechless,responder", ["fail", "ok"])],
)
async def test_each_provider_of_a_list_is_asked(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llm: str, status: list[str]
) -> None:
    """A call works without the second."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_second.py").write_text(SPEECHLESS)
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    _, findings = await examined(settings, llm=llm)
    found = [it for it in findings if it["subject"] == "llm"]
    assert [it["status"] for it in found] == status
    assert [it["text"].startswith(name) for it, name in zip(found, llm.split(","), strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("responder", "ok", "for summaries responder (flag --summary-llm) answers within"),
        ("own_summaries:Speechless", "warn", "without a word"),
    ],
)
async def test_the_model_for_summaries_is_asked_and_its_failure_is_a_warning(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, status: str, told: str
) -> None:
    """A call works without it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_summaries.py").write_text(SPEECHLESS)
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    _, findings = await examined(settings, summary_llm=name)
    assert of(findings, "summary")["status"] == status
    assert told in of(findings, "summary")["text"]


async def test_a_machine_that_takes_all_the_time_blames_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "TIME_LIMIT", 0.1)
    monkeypatch.setattr(machine, "examine_python", lambda: time.sleep(0.3))
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    findings = [finding.as_dict() for finding in await examine(collect({}, settings, tmp_path))]
    assert "busy" in of(findings, "python")["text"]
    for subject in ("server", "local", "stt"):
        assert (of(findings, subject)["status"], "not tried" in of(findings, subject)["text"]) == ("warn", True)
    assert not any("network" in finding["text"] for finding in findings)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the noise is a POSIX shell's")
def test_whatever_a_provider_prints_the_json_stands_alone(tmp_path: Path) -> None:
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    flags = ("--tts", write_noisy_voice(tmp_path))
    done = run_bot("doctor", "--json", *flags, settings=settings, folder=tmp_path)
    assert of(json.loads(done.stdout)["findings"], "server")["status"] == "fail"
    assert MARK in done.stderr
    shown = run_bot("--print-config", *flags, settings=settings, folder=tmp_path)
    assert "noisy:Voice" in shown.stdout
    assert MARK not in shown.stdout
    assert MARK in shown.stderr


async def test_nobody_answers_in_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a bound of its own it would wait for ever. What it needs is loaded before: that may take longer."""
    with silent_server() as place:
        settings = {**KEYS, "LIVEKIT_URL": f"ws://{place}", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": KEY}
        settings |= {f"{name}_BASE_URL": f"http://{place}" for name in ("DEEPGRAM", "OPENAI", "CARTESIA")}
        situation = collect({}, settings, tmp_path)
        examination._examine_machine(situation)
        monkeypatch.setattr(examination, "_examine_machine", lambda _: [])
        monkeypatch.setattr(examination, "TIME_LIMIT", 1.0)
        found = await examine(situation)
    assert exit_code(found) == ExitCode.ROOM
    assert statuses([finding.as_dict() for finding in found], "server", "stt", "llm", "tts") == ["fail"] * 4


async def test_nobody_is_there(tmp_path: Path) -> None:
    settings = {**NO_PROVIDERS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    code, findings = await run_doctor(settings, tmp_path)
    assert code == ExitCode.ROOM
    assert "Connection refused): start the server" in of(findings, "server")["text"]


@pytest.mark.sfu
async def test_a_token_made_elsewhere_is_judged_and_not_used(
    livekit_server: ServerInfo, room_name: str, examined: Examined
) -> None:
    """Whoever is in the room by this token stays there."""
    claims = {"iss": livekit_server.api_key, "sub": "me", "video": {"roomJoin": True, "room": room_name}}
    for secret, status, expected in (
        (livekit_server.api_secret, "ok", ExitCode.OK),
        ("x" * 40, "fail", ExitCode.ROOM),
    ):
        token = jwt.encode(claims | {"exp": 4_000_000_000}, secret)
        settings = {**NO_PROVIDERS, "LIVEKIT_URL": livekit_server.url, "LIVEKIT_TOKEN": token}
        code, findings = await examined(settings)
        room = of(findings, "room")
        assert (code, room["status"]) == (expected, status)
        assert "LIVEKIT_TOKEN" in room["text"] or "LIVEKIT_API_SECRET" in room["text"]
    rooms = await asyncio.to_thread(call, livekit_server, "ListRooms", {"names": [room_name]})
    assert not rooms.get("rooms")


async def test_one_faulty_setting_keeps_the_providers_from_being_asked(examined: Examined, tmp_path: Path) -> None:
    settings = {**KEYS, "LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": KEY}
    code, findings = await examined(settings, journal="nowhere/talk.jsonl")
    assert code == ExitCode.SETTINGS
    assert str(tmp_path) in of(findings, "files")["text"]
    assert "make it first" in of(findings, "settings")["text"]
    assert statuses(findings, "stt", "llm", "tts") == ["warn"] * 3


@pytest.mark.sfu
async def test_audio_that_does_not_come_through_is_told(
    livekit_server: ServerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a network that lets signalling through and no media, joining may work, and a call does not."""
    from bot.room import loopback_check as trial
    from bot.settings.settings import ServerAccess
    from bot.settings.values import Secret

    async def mute(_: object) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(trial, "_speak", mute)
    monkeypatch.setattr(trial, "HEARING_TIMEOUT", 1.0)
    keys = Secret(livekit_server.api_key), Secret(livekit_server.api_secret)
    reachable, heard = await server.examine_server(ServerAccess(livekit_server.url, *keys))
    assert (reachable.status, heard.status) == ("ok", "fail")
    assert "firewalls have to let UDP through" in heard.text


async def test_a_package_that_does_not_load_is_told(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ImportError('aiohttp is broken here')")
    code, findings = await run_doctor({}, tmp_path, program=COMMAND)
    assert code == ExitCode.BUG
    assert of(findings, "packages")["text"] == "aiohttp is broken here: install Rawbot anew"


async def test_a_token_without_a_server_asks_for_no_keys(examined: Examined) -> None:
    token = jwt.encode({"sub": "me", "video": {"roomJoin": True, "room": "lobby"}}, "x" * 40)
    _, findings = await examined({**NO_PROVIDERS, "LIVEKIT_TOKEN": token})
    assert "LIVEKIT_URL" in of(findings, "settings")["text"]


def test_a_package_that_is_missing_or_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["livekit>=99", "there-is-no-such-package>=1", "numpy>=1", "pytest>=99; extra == 'dev'"]
    monkeypatch.setattr(metadata, "requires", lambda _: required)
    finding = machine.examine_packages()
    assert finding.status == "fail"
    assert "must be >=99" in finding.text
    assert "there-is-no-such-package is missing" in finding.text
    assert "numpy" not in finding.text
    assert "pytest" not in finding.text


def test_a_journal_that_cannot_be_written(tmp_path: Path) -> None:
    assert machine.examine_journal(tmp_path / "talk.jsonl").status == "ok"
    finding = machine.examine_journal(tmp_path / "nowhere" / "talk.jsonl")
    assert (finding.status, "choose another place" in finding.text) == ("fail", True)


@pytest.mark.parametrize(
    ("failed", "code"),
    [
        ((), ExitCode.OK),
        (("llm", "settings"), ExitCode.SETTINGS),
        (("llm", "room", "detector"), ExitCode.ROOM),
        (("tts", "packages"), ExitCode.PROVIDER),
        (("packages",), ExitCode.BUG),
    ],
)
def test_it_ends_as_a_bot_would(failed: tuple[Subject, ...], code: ExitCode) -> None:
    findings = [
        Finding("python", "ok", ""),
        Finding("server", "warn", ""),
        *(Finding(one, "fail", "") for one in failed),
    ]
    assert exit_code(findings) == code

"""`python -m bot call` as a process: with a real bot on simulated providers, and everything that may be wrong."""

import asyncio
import json
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import numpy as np
import pytest

from bot.caller.settings import read_call_settings
from bot.commands.call import main
from bot.process.exit_codes import ExitCode
from bot.settings.reading import load_settings
from bot.voicebot import VoiceBot
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import SettingsError
from pipeline.wav import WavSound, save_sound
from tests.support.access import Server, access_token
from tests.support.bot_process import ROOT, environment
from tests.support.providers.cartesia import CartesiaSimulator
from tests.support.providers.deepgram import DeepgramSimulator
from tests.support.providers.openai import Body, OpenAISimulator
from tests.support.sentences import sentence
from tests.support.tone_code import MARKED, understood, words_in
from tests.support.waiting import WAIT_LIMIT

KEY = "simulated-key"
GREETING = "Hello there."
QUESTION = "How are you?"
ANSWER = "Fine and sunny."
SECOND = "And then?"
SECOND_ANSWER = "Amber brick candle."
VOICE = ("--tts", "tests.bot.commands.sentence_voice:SentenceVoice")
ACCESS = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret" * 6}


@dataclass(frozen=True)
class Ended:
    """A call that has ended."""

    code: int
    stdout: str
    stderr: str


StartCall = Callable[..., Awaitable[asyncio.subprocess.Process]]
MakeCall = Callable[..., Awaitable[Ended]]


@pytest.fixture
def question(tmp_path: Path) -> Path:
    path = tmp_path / "question.wav"
    save_sound(path, WavSound(sentence(QUESTION), LISTEN_RATE))
    return path


@pytest.fixture
def start_call(livekit_server: Server, room_name: str, tmp_path: Path) -> StartCall:
    """Start a call to the test's room, with what else there is on the command line."""
    settings = {
        "LIVEKIT_URL": livekit_server.url,
        "LIVEKIT_API_KEY": livekit_server.api_key,
        "LIVEKIT_API_SECRET": livekit_server.api_secret,
    }

    async def start(*arguments: str, **changed: str) -> asyncio.subprocess.Process:
        return await process_of("--room", room_name, *arguments, folder=tmp_path, **{**settings, **changed})

    return start


async def process_of(*arguments: str, folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """The command with these settings."""
    command, pipe = [sys.executable, "-m", "bot", "call", *arguments], asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment(settings), stdout=pipe, stderr=pipe
    )


@pytest.fixture
def make_call(start_call: StartCall) -> MakeCall:
    async def make(*arguments: str, **changed: str) -> Ended:
        return await ended(await start_call(*arguments, **changed))

    return make


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        async with asyncio.timeout(WAIT_LIMIT):
            stdout, stderr = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    assert b"Traceback" not in stderr, stderr.decode()
    return Ended(process.returncode, stdout.decode(), stderr.decode())


def reply(body: Body) -> str:
    """What the model answers, whatever was understood: one thing, and then the other."""
    return SECOND_ANSWER if ANSWER in [message["content"] for message in body["messages"]] else ANSWER


@asynccontextmanager
async def bot_in(server: Server, room: str, folder: Path) -> AsyncIterator[VoiceBot]:
    """A real one, with real SDKs of simulated providers."""
    vocabulary = f"{QUESTION} {SECOND}".split()
    async with (
        DeepgramSimulator(vocabulary=vocabulary, api_key=KEY) as deepgram,
        OpenAISimulator(reply=reply, api_key=KEY) as openai,
        CartesiaSimulator(api_key=KEY) as cartesia,
    ):
        bases = {"DEEPGRAM": deepgram.url, "OPENAI": openai.url, "CARTESIA": cartesia.url}
        environ = {f"{vendor}_BASE_URL": url for vendor, url in bases.items()}
        environ |= {f"{vendor}_API_KEY": KEY for vendor in bases}
        environ |= {"LIVEKIT_API_KEY": server.api_key, "LIVEKIT_API_SECRET": server.api_secret}
        given = {"room": room, "url": server.url, "identity": "bot", "greeting": GREETING}
        settings = load_settings(given, environ=environ, directory=folder)
        async with VoiceBot(settings) as bot:
            yield bot


def words(text: str) -> list[str]:
    return [word.casefold().strip(".,?!") for word in text.split()]


def voices(path: Path) -> tuple[Pcm, Pcm, int]:
    """Left and right of a recording, and its rate."""
    with wave.open(str(path), "rb") as file:
        assert file.getparams()[:2] == (2, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
        return pcm[:, 0].astype(np.int16), pcm[:, 1].astype(np.int16), file.getframerate()


# --- with a bot ---


@pytest.mark.sfu
@pytest.mark.alone
async def test_a_file_and_a_text_are_answered_recorded_and_told(
    livekit_server: Server, room_name: str, make_call: MakeCall, question: Path, tmp_path: Path
) -> None:
    wanted = ("--play", str(question), "--say", SECOND, "--record", "call.wav", "--json", "--identity", "ann")
    async with bot_in(livekit_server, room_name, tmp_path) as bot:
        call = await make_call(*wanted, *VOICE)
        names = {"user": "caller", "assistant": "bot"}
        talk = [{"who": names[message.role], "text": message.text} for message in bot.history]
    assert call.code == ExitCode.OK, call.stderr
    told = json.loads(call.stdout)
    assert (told["identity"], told["bot"], told["exit_code"]) == ("ann", "bot", 0)
    assert [problem for problem in told["problems"] if "this machine was too busy" not in problem] == []
    assert told["before"] == [{"who": "bot", "text": GREETING}]
    assert [turn["asked"] for turn in told["turns"]] == [str(question), SECOND]
    assert told["before"] + [line for turn in told["turns"] for line in turn["transcript"]] == talk
    assert talk[-1] == {"who": "bot", "text": SECOND_ANSWER}
    asked, answers = words(f"{QUESTION} {SECOND}"), words(f"{ANSWER} {SECOND_ANSWER}")
    assert understood((word for line in talk if line["who"] == "caller" for word in words(line["text"])), asked)
    assert all(turn["voice_to_voice_ms"] > 300 for turn in told["turns"])
    assert told["voice_to_voice_ms"]["highest"] == max(turn["voice_to_voice_ms"] for turn in told["turns"])
    left, right, rate = voices(tmp_path / "call.wav")
    assert understood(words_in(left, rate, asked, MARKED), asked)
    assert understood(words_in(right, rate, [*words(GREETING), *answers]), answers)


# --- without ---


@pytest.mark.sfu
async def test_a_room_without_a_bot(make_call: MakeCall, question: Path, room_name: str, tmp_path: Path) -> None:
    call = await make_call("--play", str(question), "--timeout", "0.5", "--record", "call.wav")
    assert call.code == ExitCode.NOBODY
    assert f"no bot is in the room '{room_name}' after 0.5 s, and nobody else: start one there" in call.stderr
    assert call.stdout == ""
    assert not (tmp_path / "call.wav").exists()


@pytest.mark.sfu
@pytest.mark.smoke
async def test_a_wrong_secret(make_call: MakeCall, question: Path) -> None:
    secret = "not-the-secret-of-any-server-here"
    call = await make_call("--play", str(question), "--json", LIVEKIT_API_SECRET=secret)
    assert call.code == ExitCode.ROOM
    assert "check LIVEKIT_API_SECRET" in call.stderr
    assert secret not in call.stdout + call.stderr
    (problem,) = json.loads(call.stdout)["problems"]
    assert "check LIVEKIT_API_SECRET" in problem


async def test_a_server_that_is_not_there(question: Path, tmp_path: Path) -> None:
    call = await ended(await process_of("--room", "blue", "--play", str(question), folder=tmp_path, **ACCESS))
    assert call.code == ExitCode.ROOM
    assert "nothing listens there: start the server, or correct LIVEKIT_URL" in call.stderr


async def test_a_file_that_is_no_wav(tmp_path: Path) -> None:
    (tmp_path / "question.mp3").write_bytes(b"ID3 something")
    call = await ended(await process_of("--room", "blue", "--play", "question.mp3", folder=tmp_path, **ACCESS))
    assert (call.code, call.stdout) == (ExitCode.SETTINGS, "")
    assert "question.mp3 is no WAV file: convert it" in call.stderr


@pytest.mark.sfu
@pytest.mark.platform("linux", "darwin", reason="Windows has no signals to ask with")
async def test_it_ends_on_request(start_call: StartCall, question: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        process = await start_call("--play", str(question))
        assert process.stderr is not None
        async with asyncio.timeout(WAIT_LIMIT):
            assert b"waiting for the bot to listen" in await process.stderr.readline()
        process.send_signal(number)
        assert (await ended(process)).code == ExitCode.STOPPED


# --- what is told before anything begins ---


def refusal(
    arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What is said when it ends with the code for wrong settings, in this process."""
    monkeypatch.chdir(folder)
    for name, value in environment(ACCESS).items():
        monkeypatch.setenv(name, value)
    try:
        code = main(arguments)
    except SystemExit as error:  # argparse
        code = int(str(error.code))
    assert code == ExitCode.SETTINGS
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--room", "x"], "nothing to say: give --play FILE or --say TEXT"),
        (["--play", "a.wav"], "no room: name one with --room NAME"),
        (["--room", "x", "--say", " "], "--say has no words"),
        (["--room", "x", "--say", "word " * 10_000], "at most 5000 characters"),
        (["--room", "x", "--say", "hi", "--timeout", "0"], "--timeout must be more than 0"),
        (["--room", "x", "--say", "hi", "--timeout", "nan"], "--timeout must be more than 0"),
        (["--room", "x", "--say", "hi", "--record", "no/such/a.wav"], "--record lies in "),
        (["--room", "x", "--say", "hi", "--tts", "none"], "flag --tts is none, but --say needs a voice"),
        (["--room", "x", "--say", "hi", "--tts", "cartesia"], "which needs CARTESIA_API_KEY"),
        (["--room", "x", "--say", "hi", "--identity", " "], "flag --identity is blank"),
        (["--room", "x", "--say", "hi", "--bogus"], "--bogus"),
    ],
)
def test_wrong_usage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    why: str,
) -> None:
    monkeypatch.setattr("bot.process.interruption.raise_on_request", lambda: None)
    assert why in refusal(arguments, tmp_path, monkeypatch, capsys)


def test_all_faults_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.process.interruption.raise_on_request", lambda: None)
    told = refusal(["--say", "hi", "--record", "no/such/a.wav", "--language", "?"], tmp_path, monkeypatch, capsys)
    assert all(why in told for why in ("no room", "--record lies in", "flag --language must be"))


def read(folder: Path, speaks: bool = False, environ: dict[str, str] | None = None, **flags: str) -> tuple[str, str]:
    """Identity, and the name of the voice."""
    settings = read_call_settings(
        {"room": "x", **flags}, speaks=speaks, environ=ACCESS | (environ or {}), directory=folder
    )
    claims = jwt.decode(settings.token, options={"verify_signature": False})
    assert (claims["sub"], claims["kind"], claims["video"]["room"]) == (settings.identity, "standard", "x")
    return settings.identity, str(settings.voice.tts)


def test_who_calls(tmp_path: Path) -> None:
    """Whom the bot is to talk with, never as the bot itself."""
    assert read(tmp_path)[0].startswith("caller-")
    assert read(tmp_path)[0] != read(tmp_path)[0]
    assert read(tmp_path, environ={"BOT_PARTICIPANT": "ann", "BOT_IDENTITY": "bot"})[0] == "ann"
    assert read(tmp_path, environ={"BOT_PARTICIPANT": "ann"}, identity="ben")[0] == "ben"


@pytest.mark.parametrize(
    "line",
    [
        "BOT_TRANSFER_SECRET=x",
        "BOT_TRANSFER_TO=nowhere",
        "BOT_TOOLS=no.py",
        "BOT_MCP=no.json",
        "BOT_WEBHOOKS=no.json",
        "BOT_MEMORY=no/such/people",
        "BOT_JOURNAL=no/such/talk.jsonl",
        "LLM_TEMPERATURE=hot",
    ],
)
def test_what_only_a_bot_has_a_use_for_is_none_of_a_callers_business(tmp_path: Path, line: str) -> None:
    """Its .env lies in the same folder."""
    name, _, value = line.partition("=")
    assert read(tmp_path, environ={name: value})[0].startswith("caller-")
    (tmp_path / ".env").write_text(line)
    assert read(tmp_path)[0].startswith("caller-")


def test_a_token_made_elsewhere_is_a_persons(tmp_path: Path) -> None:
    person = access_token("key", "secret" * 6, room="x", identity="ann")
    assert read(tmp_path, environ={"LIVEKIT_TOKEN": person})[0] == "ann"
    agent = access_token("key", "secret" * 6, room="x", identity="ann", kind="agent")
    with pytest.raises(SettingsError, match="is a bot's"):
        read(tmp_path, environ={"LIVEKIT_TOKEN": agent})


def test_which_voice_speaks(tmp_path: Path) -> None:
    """The bot's providers do not matter when there is nothing to speak."""
    assert read(tmp_path, speaks=True, language="de")[1] == "espeak"  # English: what is installed
    assert read(tmp_path, speaks=True, environ={"CARTESIA_API_KEY": KEY})[1] == "cartesia"
    assert read(tmp_path, environ={"TTS_PROVIDER": "cartesia", "STT_PROVIDER": "deepgram"})[1] == "none"


def test_help_loads_nothing_heavy() -> None:
    code = "import sys\nfrom bot.cli import main\ntry: main(['call', '--help'])\nfinally: print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    *told, modules = shown.stdout.splitlines()
    assert not {"numpy", "livekit", "asyncio", "aiohttp", "jwt"} & set(modules.split())
    for code_ in ExitCode:
        assert f"  {code_.value}  {code_.meaning}" in told

"""What a bot is made of: keywords, objects and names, and what is wrong with them, all at once."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

import pytest
from livekit import rtc

import bot as rawbot
from bot import VoiceBot
from bot.assembly.status import problem
from bot.hooks.shutdown import ShutdownHooks
from bot.lifetime import Lifetime
from bot.results import TurnQueue
from bot.settings.options import Keywords
from bot.telemetry.price_list import Prices
from pipeline.audio import silence
from pipeline.errors import SettingsError, VoiceBotError
from pipeline.messages import Message, Prompt, ToolRequest, history_from_json, history_to_json
from pipeline.participants import Participant
from pipeline.ports import SynthesizerCapabilities, TextDelta
from pipeline.speech import Speech, WordTime
from pipeline.testing.virtual_loop import virtual_time

ROOM = {"room": "demo", "url": "ws://127.0.0.1:7880", "livekit_api_key": "key", "livekit_api_secret": "secret"}


class Parrot:
    """A synthesizer of somebody's own, as far as being named goes."""

    capabilities = SynthesizerCapabilities(word_times=False)
    rate = 16_000

    async def warm(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        async for _ in text:
            yield Speech(silence(160))

    async def aclose(self) -> None: ...


class Late(Parrot):
    """Gets its rate when it is made."""

    rate: int

    def __init__(self) -> None:
        self.rate = 24_000


class OnlyGenerates:
    """A language model as somebody begins one."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta, None]:
        yield TextDelta("Hello.")


class Returns(OnlyGenerates):
    """Has all methods, and answers as a function does."""

    async def warm(self) -> None: ...

    async def generate(self, prompt: Prompt) -> str:  # type: ignore[override]
        return "Hello."

    async def aclose(self) -> None: ...


class NotAVoice:
    """Has nothing of a synthesizer."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DEEPGRAM_API_KEY", "OPENAI_API_KEY", "CARTESIA_API_KEY", "OPENAI_BASE_URL", "LIVEKIT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIVEKIT_URL", "ws://127.0.0.1:7880")
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret-secret-secret-secret-secret")
    monkeypatch.chdir(tmp_path)


def faults(**keywords: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        VoiceBot(**keywords)  # type: ignore[arg-type]
    return raised.value.faults


def test_names_objects_and_none_are_choices() -> None:
    for tts in (Parrot(), Late()):
        settings = VoiceBot(room="demo", stt="pocketsphinx", llm=None, tts=tts)._parts.settings
        assert [str(choice) for choice in (settings.stt, settings.llm)] == ["pocketsphinx", "none"]


@pytest.mark.parametrize("name", ["Parrot", "Late"])
def test_the_environment_may_name_a_class(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_PROVIDER", f"{__name__}:{name}")
    bot = VoiceBot(room="demo", stt=None, llm=None)
    assert str(bot._parts.settings.tts) == f"{__name__}:{name}"


def test_a_program_gives_the_object_and_not_the_name_of_its_class() -> None:
    (fault,) = faults(room="demo", stt=None, llm=None, tts=f"{__name__}:Parrot")
    assert "give an object of it instead, tts=Parrot(...)" in fault


def test_texts_of_keywords_are_taken_literally(tmp_path: Path) -> None:
    (tmp_path / "private").write_text("PIN 4711")
    bot = VoiceBot(room="demo", stt=None, llm=None, tts=None, instructions="@private")
    assert bot._parts.settings.instructions == "@private"


def test_every_keyword_reaches_the_settings() -> None:
    """A new setting is a field of Settings, and a line in Keywords when programs may give it."""
    given = {
        "url": "ws://h",
        "identity": "me",
        "participant": "you",
        "greeting": "Hi",
        "greeting_instructions": "",
        "instructions": "Be brief.",
        "language": "de",
        "pronounce": {"GIF": "jiff"},
        "dtmf": True,
        "legacy_captions": True,
        "debug_session": True,
        "transfer_webhook": "https://example.com/desk",
        "transfer_to": "tel:+15551234567",
        "transfer_text": "One moment.",
        "transfer_then": "scribe",
        "demo": True,
        "voice": "anna",
        "temperature": 0.5,
        "hedge": True,
        "keyterms": ("one",),
        "journal": Path("j").absolute(),
        "idle_after": 9.5,
        "idle_text": "Well?",
        "idle_instructions": "Ask.",
        "idle_farewell": "Bye.",
        "farewell": "Goodbye.",
        "max_call_duration": 600.0,
        "max_call_turns": 40,
        "max_call_tokens": 200_000,
        "max_call_characters": 9_000,
        "max_call_cost": 0.5,
        "record": Path("calls").absolute(),
        "record_consent": "This call is recorded.",
        "stay": True,
        "on_failure": "stay",
        "log_level": "debug",
        "otel": True,
        "otel_content": True,
        "prices": Prices({}),
    }
    assert set(given) == set(get_type_hints(Keywords))
    bot = VoiceBot(room="demo", stt=None, llm=None, tts=None, **given)  # type: ignore[arg-type]
    settings = bot._parts.settings
    assert {name: getattr(settings, name) or "" for name in given} == given


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("no.such.module:Voice", "there is no module 'no'"),
        (f"{__name__}:Missing", "has no 'Missing'"),
        (f"{__name__}:NotAVoice", "lacks warm, speak, aclose: add to the class NotAVoice what is missing"),
        ("crtesia", "unknown provider 'crtesia'"),
    ],
)
def test_what_is_no_provider_is_said_to_be_none(reference: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_PROVIDER", reference)
    (fault,) = faults(room="demo", stt=None, llm=None)
    assert says in fault


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (OnlyGenerates(), "lacks warm, aclose: add to the class OnlyGenerates what is missing"),
        (Returns(), "has a generate without a yield: make Returns.generate an async generator"),
        (Returns, "is the class itself; give an object of it: Returns()"),
    ],
)
def test_what_an_object_lacks_is_told_when_it_is_given(model: object, says: str) -> None:
    (fault,) = faults(room="demo", stt=None, llm=model, tts=None)
    assert fault.startswith(f"llm={model!r} is no language model: it {says}")


def test_what_an_object_lacks_is_told_beside_settings_too() -> None:
    settings = VoiceBot(room="demo", stt=None, llm=None, tts=None)._parts.settings
    with pytest.raises(SettingsError, match="lacks warm, aclose"):
        VoiceBot(settings, llm=OnlyGenerates())  # type: ignore[arg-type]


def test_what_a_named_class_lacks_is_told_before_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDER", f"{__name__}:OnlyGenerates")
    (fault,) = faults(room="demo", stt=None, tts=None)
    assert "lacks warm, aclose" in fault
    assert "see LanguageModel in pipeline/ports" in fault


def test_every_fault_is_told_at_once() -> None:
    told = "\n".join(faults(room=" ", tts=NotAVoice(), temperature="hot", greeting="Hi"))
    for part in ("room", "temperature", "is no speech synthesizer", "no transcriber", "no language model"):
        assert part in told


def test_without_a_key_to_the_room_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEKIT_API_KEY")
    monkeypatch.delenv("LIVEKIT_API_SECRET")
    assert "no way into the room" in faults(room="demo", stt=None, llm=None, tts=None)[0]


def test_a_bot_in_a_room_that_is_joined_needs_no_server_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.delenv(name)

    async def make() -> None:
        VoiceBot(room=rtc.Room(), stt=None, llm=None, tts=None)

    asyncio.run(make())


def test_settings_and_keywords_exclude_each_other() -> None:
    bot = VoiceBot(room="demo", stt=None, llm=None, tts=None)
    with pytest.raises(TypeError, match="either settings or keywords"):
        VoiceBot(bot._parts.settings, greeting="Hello.")


def test_a_history_survives_json() -> None:
    history = (
        Message("user", "Hello.", 3.0),
        Message("assistant", "Good mor", 4.0, cut=True),
        Message("user", "mm-hm", 5.0, is_backchannel=True),
        Message("tool", "", 6.0, call=ToolRequest("call_1", "look", '{"at": "Ulm"}')),
        Message("tool", "no", 7.0, call=ToolRequest("call_2", "book", "{}"), is_error=True),
    )
    again = history_from_json(json.loads(json.dumps(history_to_json(history))))
    assert again == tuple(replace(message, at=0.0) for message in history)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"role": "system", "text": "x"},
        {"role": "user", "text": 3},
        {"role": "user"},
        {"role": "tool", "text": "found"},
        {"role": "tool", "text": "found", "call": {"id": "a", "name": "look"}},
    ],
)
def test_what_is_no_message_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is no message"):
        history_from_json([message])


# --- turns ---


@virtual_time
async def test_each_turn_is_handed_over_once_and_in_order() -> None:
    turns = TurnQueue()
    for at, text in enumerate(["One.", "Two.", "Three."]):
        turns.add(Message("user", text, float(at)))
    turns.add(Message("assistant", "No.", 3.0))
    turns.add(Message("user", "mm-hm", 3.0, is_backchannel=True))
    turns.skip_before(1.0)
    taken = [turns.take(), turns.take(), turns.take()]
    assert [message and message.text for message in taken] == ["Two.", "Three.", None]


# --- the end ---


@virtual_time
async def test_hooks_run_whatever_becomes_of_each_other() -> None:
    loop, done = asyncio.get_running_loop(), []
    hooks = ShutdownHooks()

    async def slow(reason: str) -> None:
        await asyncio.sleep(60.0)

    async def quick(reason: str) -> None:
        await asyncio.sleep(1.0)
        done.append(("quick", reason))

    def fails(reason: str) -> None:
        raise KeyError(reason)

    for hook in (slow, fails, quick, lambda reason: done.append(("sync", reason))):
        hooks.add(hook)
    began_at = loop.time()
    await hooks.run("ROOM_DELETED")
    assert done == [("sync", "ROOM_DELETED"), ("quick", "ROOM_DELETED")]
    assert loop.time() - began_at == pytest.approx(5.0)


@virtual_time
async def test_what_breaks_the_bot_is_told_to_the_hooks_and_leaving_does_not_break_them_off() -> None:
    reasons = []
    hooks = ShutdownHooks()

    async def hook(reason: str) -> None:
        await asyncio.sleep(2.0)
        reasons.append(reason)

    async def breaks() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())

    async def fails() -> None:
        raise ValueError("a bug")

    hooks.add(hook)
    life = Lifetime(hooks)
    life.begin(breaks(), lambda: None)
    await asyncio.sleep(0.5)
    await life.close()
    assert reasons == ["ValueError: a bug"]
    with pytest.raises(ValueError, match="a bug"):
        life.raise_on_leaving(None)


# --- why nothing is heard ---

ANN = Participant("ann", "STANDARD", True, "live")
RINGING = Participant("sip_1", "SIP", False, "live")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"has_transcriber": False}, "no transcriber"),
        ({"is_connected": False}, "being restored"),
        ({"linked": None, "people": ()}, "nobody is in the room"),
        ({"linked": None, "people": (), "wanted": "bob"}, "bob is not in the room"),
        ({"linked": None, "people": (RINGING,)}, "the telephone sip_1 has not been answered yet"),
        ({"linked": None, "people": (RINGING,), "wanted": "sip_1"}, "the telephone sip_1 has not been answered yet"),
        ({"linked": None, "people": (RINGING,), "wanted": "bob"}, "bob is not in the room"),
        ({"people": ()}, "ann has left"),
        ({"people": (Participant("ann", "STANDARD", True, "none"),)}, "publishes no microphone"),
        ({"people": (Participant("ann", "STANDARD", True, "muted"),)}, "is muted"),
        ({"level_db": None}, "no audio comes"),
        ({"level_db": None, "unheard_for": 1.0}, None),  # the first of it is on its way
        ({"level_db": None, "unheard_for": 1.0, "transcriber_is_lost": True}, "transcriber is lost"),
        ({"transcriber_is_lost": True}, "transcriber is lost"),
        ({"transcriber_lag": 7.2}, "the transcriber is 7 s behind what ann says"),
        ({"level_db": -90.0}, "gives silence"),
        ({"level_db": -math.inf, "unheard_for": 1.0}, None),  # between two sentences, of a microphone with a gate
    ],
)
def test_the_first_thing_that_has_to_be_mended_is_told(changes: dict[str, object], says: str | None) -> None:
    well: dict[str, object] = {
        "people": (ANN,),
        "has_transcriber": True,
        "is_connected": True,
        "transcriber_is_lost": False,
        "transcriber_lag": 0.0,
        "wanted": None,
        "linked": "ann",
        "level_db": -30.0,
        "unheard_for": 10.0,
    }
    told = problem(**(well | changes))  # type: ignore[arg-type]
    assert told == says or (says is not None and told is not None and says in told)


def test_every_public_name_is_there() -> None:
    for name in rawbot.__all__:
        assert getattr(rawbot, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Voicebot'"):
        _ = rawbot.Voicebot


@virtual_time
async def test_a_bot_that_was_not_entered_says_so() -> None:
    bot = VoiceBot(room="demo", stt=None, llm=None, tts=None)
    with pytest.raises(VoiceBotError, match="enter it first"):
        await bot.say("Hello.")
    with pytest.raises(VoiceBotError, match="enter it first"):
        bot.people()

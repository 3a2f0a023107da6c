"""What frontends can read of a bot: with whom it talks, what serves it, how long its last answer took."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot import Agent, VoiceBot, tool
from bot.assembly.agent_status import AGENT_ATTRIBUTE, PROVIDERS_ATTRIBUTE
from bot.assembly.latency_status import LATENCY_ATTRIBUTE
from bot.assembly.person_status import PERSON_ATTRIBUTE
from bot.assembly.provider_description import describe_choice
from bot.settings.values import BaseUrl, ProviderChoice
from pipeline.events import PersonLeft, PersonLinked
from pipeline.ports import Prompt, TextDelta
from pipeline.testing import Scene, virtual_time


def values(shown: list[dict[str, str]], name: str) -> list[str]:
    return [given[name] for given in shown if name in given]


class RecordingScene(Scene):
    """A scene that notes the attributes of its bot."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = list[dict[str, str]]()

    def join_scene(self, emit: Any) -> Any:
        place = super().join_scene(emit)
        place.set_attributes = self.shown.append  # type: ignore[assignment,method-assign]
        return place


@virtual_time
async def test_the_last_answer_and_its_parts() -> None:
    """Each is shown when it is heard; the next person sees the last one's neither at once nor later."""
    scene = RecordingScene()
    scene.llm.answers("It is noon.", "You are welcome.", "Hello.")
    scene.person.says("What time is it?", at=1.0)
    scene.person.says("Thank you.", at=6.0)
    scene.dispatches(12.0, lambda now: PersonLeft(now, "ann"))
    scene.dispatches(13.0, lambda now: PersonLinked(now, "bob"))
    scene.person.says("Hello there.", at=14.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene) as bot:
        await bot.wait_closed()
        latencies = bot.metrics.latencies
    shown_in_order = values(scene.shown, LATENCY_ATTRIBUTE)
    assert shown_in_order[2] == ""
    answers = [text for text in shown_in_order if text]
    assert len(shown_in_order) == 4
    assert len(answers) == len(latencies) == 3
    for text, measured in zip(answers, latencies, strict=True):
        shown = json.loads(text)
        assert shown["voice_to_voice_delay"] == pytest.approx(measured.voice_to_voice_delay, abs=0.001)
        assert shown["text_delay"] == pytest.approx(measured.text_delay, abs=0.001)
        assert (shown["reply_id"], shown["is_draft"]) == (measured.reply_id, measured.is_draft)
        assert "asked_at" not in shown
        assert next(name for name, _ in shown["waited"]) in ("transport", "endpointing", "stt")
        assert shown["waited"][-1][1] == shown["voice_to_voice_delay"]
        assert {name for name, _, _ in shown["spans"]} >= {"endpointing", "llm", "chunk", "tts"}
        assert not {"retries", "failovers", "second_requests"} & set(shown), "they are the operator's to know"


@virtual_time
async def test_with_whom_it_talks() -> None:
    scene = RecordingScene()
    scene.dispatches(1.0, lambda now: PersonLinked(now, "ann"))
    scene.dispatches(5.0, lambda now: PersonLeft(now, "ann"))
    scene.dispatches(6.0, lambda now: PersonLinked(now, "bob"))
    scene.closes(at=8.0)
    async with VoiceBot(room=scene) as bot:
        await bot.wait_closed()
    assert values(scene.shown, PERSON_ATTRIBUTE)[-3:] == ["ann", "", "bob"]


class OtherModel:
    """A language model that a program has written."""

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta, None]:
        yield TextDelta("Second here.")


@virtual_time
async def test_what_serves_the_agent_that_leads() -> None:
    second = Agent("second", "Be second.", llm=OtherModel(), greeting="Second here.")

    @tool
    def to_second() -> Agent:
        """Hand over."""
        return second

    scene = RecordingScene()
    scene.llm.calls("to_second")
    scene.person.says("The second, please.", at=2.0)
    scene.closes(at=10.0)
    async with VoiceBot(room=scene, agent=Agent("first", "Be first.", tools=[to_second])) as bot:
        await bot.wait_closed()
    shown = [given for given in scene.shown if PROVIDERS_ATTRIBUTE in given]
    assert [given[AGENT_ATTRIBUTE] for given in shown] == ["first", "second"]
    first, other = (json.loads(given[PROVIDERS_ATTRIBUTE]) for given in shown)
    assert other["llm"] == {"name": "OtherModel"}
    assert {**other, "llm": None} == {**first, "llm": None}


@pytest.mark.parametrize(
    ("choice", "base_url", "described"),
    [
        (ProviderChoice("openai", "gpt"), None, {"name": "openai", "model": "gpt", "local": False}),
        (
            ProviderChoice("openai", "qwen"),
            BaseUrl(secure=False, place="me:secret@127.0.0.1:11434/v1"),
            {"name": "openai", "model": "qwen", "local": True},
        ),
        (
            ProviderChoice("openai", "qwen"),
            BaseUrl(secure=True, place="llm.example.org/v1"),
            {"name": "openai", "model": "qwen", "local": False},
        ),
        (ProviderChoice("my.models:Small"), None, {"name": "Small"}),
    ],
)
def test_a_provider_is_described_without_address_and_key(
    choice: ProviderChoice, base_url: BaseUrl | None, described: dict[str, object]
) -> None:
    assert describe_choice("llm", choice, base_url) == described


def test_a_provider_of_this_machine_says_what_to_expect_of_it() -> None:
    described = describe_choice("llm", ProviderChoice("responder"), None)
    assert described["local"]
    assert "no model" in described["remark"]

"""A bot that takes care of its call: what frontends and the program see of that, and how the call ends."""

from typing import Any

import pytest

from bot import VoiceBot
from bot.assembly.care_status import ENDING_ATTRIBUTE, SOUND_ATTRIBUTE
from bot.bot_run import END_NAMES
from pipeline import events
from pipeline.care_texts import FAREWELLS, IDLE_FAREWELLS, IDLE_TEXTS, IDLE_TEXTS_AGAIN, NO_SOUND_TEXTS
from pipeline.commands import CallEnding
from pipeline.errors import RoomClosed, SettingsError
from pipeline.testing import Scene, run, virtual_time
from tests.bot.test_frontend_attributes import RecordingScene, values

STORY = "Once upon a time there was a king who had three daughters and no horse."


def said(scene: Scene) -> list[str]:
    return [text for role, text in scene.history if role == "assistant"]


@virtual_time
async def test_frontends_see_that_nothing_is_heard_and_the_bot_goes_on_when_it_is() -> None:
    scene = RecordingScene()
    scene.dispatches(3.0, lambda now: events.MicrophoneSilent(now, "ann"))
    scene.dispatches(20.0, lambda now: events.MicrophoneSilenceEnded(now, "ann"))
    scene.person.says("Now you hear me.", at=21.0)
    scene.closes(at=30.0)
    async with VoiceBot(room=scene) as bot:
        await bot.wait_closed()
    assert values(scene.shown, SOUND_ATTRIBUTE)[-2:] == ["none", ""]
    notice, answer = said(scene)
    assert notice == NO_SOUND_TEXTS["en"]
    assert "Now you hear me." in answer


@virtual_time
async def test_a_silent_person_is_asked_twice_and_hears_the_whole_farewell() -> None:
    scene = RecordingScene()
    async with VoiceBot(room=scene, greeting="Hello.", idle_after=4) as bot:
        with pytest.raises(RoomClosed, match="IDLE"):
            await bot.listen()
    assert said(scene) == ["Hello.", IDLE_TEXTS["en"], IDLE_TEXTS_AGAIN["en"], IDLE_FAREWELLS["en"]]
    assert scene.heard_text.endswith(IDLE_FAREWELLS["en"])
    assert values(scene.shown, ENDING_ATTRIBUTE)[-1] == "idle"


@virtual_time
async def test_one_that_stays_ends_the_call_and_waits_for_the_next_person() -> None:
    scene = RecordingScene()
    scene.dispatches(60.0, lambda now: events.PersonLinked(now, "bob"))
    scene.closes(at=61.0)
    async with VoiceBot(room=scene, idle_after=4, stay=True) as bot:
        await bot.wait_closed()
    assert values(scene.shown, ENDING_ATTRIBUTE)[-2:] == ["idle", ""]


PRICES = {"services": {"ScriptedSynthesizer": {"currency": "USD", "per_million_characters": 10_000.0}}}
"""A hundredth of a dollar a character."""

LIMITS: list[tuple[str, float, str]] = [
    ("max_call_duration", 5.0, "duration"),
    ("max_call_turns", 1, "turns"),
    ("max_call_tokens", 10, "tokens"),
    ("max_call_characters", 20, "characters"),
    ("max_call_cost", 0.5, "cost"),
]


@pytest.mark.parametrize(("setting", "limit", "reason"), LIMITS, ids=[reason for _, _, reason in LIMITS])
def test_a_call_ends_with_a_farewell_and_says_why(setting: str, limit: float, reason: str) -> None:
    reasons, endings, scene = list[str](), list[CallEnding](), Scene()
    options: dict[str, Any] = {setting: limit, "prices": PRICES}

    async def talk() -> None:
        scene.llm.answers(STORY)
        scene.person.says("Tell me a story.", at=1.0)
        async with VoiceBot(room=scene, **options) as bot:
            feed = bot.events()
            bot.on_shutdown(reasons.append)
            await bot.wait_closed()
            endings.extend([event async for event in feed if isinstance(event, CallEnding)])

    run(talk())
    assert said(scene) == [STORY, FAREWELLS["en"]]
    assert scene.heard_text == f"{STORY} {FAREWELLS['en']}"
    assert [ending.reason for ending in endings] == [reason]
    assert reasons == [END_NAMES[ending.reason] for ending in endings]


@virtual_time
async def test_a_limit_of_what_it_costs_needs_prices() -> None:
    with pytest.raises(SettingsError, match="give --prices FILE, too"):
        VoiceBot(room=Scene(), max_call_cost=0.5)

"""A bot in a scene: what it tells of its calls is what has happened in them."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import Telemetry, VoiceBot, events, tool
from pipeline.clock import loop_time
from pipeline.commands import CallEnding
from pipeline.journal import read_journal
from pipeline.metrics import Meter
from pipeline.testing import Scene, virtual_time
from pipeline.usage import summed

STORY = "Once upon a time there was a king. He had three daughters and a very old castle. They lived in it for years."
PRICES: dict[str, Any] = {
    "services": {
        "ScriptedTranscriber": {"per_audio_minute": 0.6},
        "ScriptedSynthesizer": {"per_million_characters": 1e6},
    }
}


def samples(telemetry: Telemetry) -> dict[str, float]:
    """Every sample as Prometheus reads it, `name{label="value"}`, without the prefix and what is 0."""
    families = text_string_to_metric_families(telemetry.metrics().decode())
    return {
        (sample.name + json.dumps(sample.labels, sort_keys=True))
        .removeprefix("rawbot_")
        .removesuffix("{}"): sample.value
        for family in families
        for sample in family.samples
        if sample.value and not sample.name.endswith(("_bucket", "_sum"))
    }


@tool
async def look_up(what: str) -> str:
    """Look something up."""
    return f"{what} is there"


@virtual_time
async def test_a_call_is_counted() -> None:
    telemetry, scene = Telemetry(), Scene()
    scene.llm.answers(STORY, "All right, no story then.")
    scene.person.says("Tell me a story.", at=1.0)
    scene.person.interrupts("Stop it, please.", at=6.0)
    scene.closes(at=15.0)
    async with VoiceBot(room=scene, greeting="Good day!", telemetry=telemetry) as bot:
        seen = samples(telemetry)
        assert seen["calls_active"] == 1
        await bot.wait_closed()
        usage, counts = bot.usage, bot.metrics.counts
    seen = samples(telemetry)
    assert "calls_active" not in seen
    assert seen["calls_total"] == seen["call_duration_seconds_count"] == 1
    assert seen['turns_total{"kind": "turn"}'] == counts.turns == 2
    assert seen['replies_total{"end": "cut"}'] == counts.replies_cut == 1
    assert seen['replies_total{"end": "whole"}'] == counts.replies - 1 == 2
    assert seen['barge_ins_total{"result": "cut"}'] == seen["barge_in_cut_seconds_count"] == 1
    assert seen["voice_to_voice_seconds_count"] == seen["endpointing_seconds_count"] == 2
    assert seen.get('drafts_total{"end": "used"}', 0) == counts.drafts_used
    assert seen.get('drafts_total{"end": "discarded"}', 0) == counts.drafts_discarded
    requests = sum(value for name, value in seen.items() if name.startswith("provider_requests") and '"llm"' in name)
    assert requests == counts.requests
    (stt,) = [it for it in usage if it.stage == "stt"]
    (tts,) = [it for it in usage if it.stage == "tts"]
    assert stt.audio_duration == pytest.approx(15.0, abs=3.0)
    assert tts.characters > len("Good day!")
    assert seen['tts_characters_total{"model": "", "provider": "ScriptedSynthesizer"}'] == tts.characters


@virtual_time
async def test_tools_hand_overs_and_failures_are_counted() -> None:
    telemetry, scene = Telemetry(), Scene()
    scene.llm.calls("look_up", what="the king")
    scene.llm.answers("The king is there.")
    scene.person.says("Where is the king?", at=1.0)
    scene.stt.goes_away(at=8.0, for_=1.0)
    scene.room_is_lost(at=11.0, for_=1.0)
    scene.closes(at=15.0)
    async with VoiceBot(room=scene, tools=[look_up], telemetry=telemetry) as bot:
        await bot.wait_closed()
    seen = samples(telemetry)
    assert seen['tool_calls_total{"result": "ok"}'] == seen["tool_call_seconds_count"] == 1
    assert seen['failures_total{"kind": "transcriber_lost"}'] == 1
    assert seen['failures_total{"kind": "room_lost"}'] == 1
    assert seen['provider_errors_total{"kind": "unavailable", "stage": "stt"}'] >= 1


@virtual_time
async def test_several_bots_of_a_process_are_counted_together() -> None:
    telemetry = Telemetry()
    for _ in range(2):
        scene = Scene()
        scene.person.says("Hello there, my friend.", at=1.0)
        scene.closes(at=6.0)
        async with VoiceBot(room=scene, telemetry=telemetry) as bot:
            await bot.wait_closed()
    assert samples(telemetry)["calls_total"] == 2
    assert samples(telemetry)['turns_total{"kind": "turn"}'] == 2


@virtual_time
async def test_usage_and_its_cost_are_told_at_the_end_of_a_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry, scene, told = Telemetry(), Scene(), list[events.UsageCounted]()
    scene.person.says("Hello there, my friend.", at=1.0)
    scene.closes(at=6.0)
    journal = tmp_path / "journal.jsonl"
    with caplog.at_level(logging.INFO, "bot.telemetry"):
        async with VoiceBot(room=scene, journal=journal, prices=PRICES, telemetry=telemetry) as bot:
            told = [event async for event in bot.events() if isinstance(event, events.UsageCounted)]
        usage, spent = bot.usage, bot.cost
    assert [it.stage for it in usage] == ["stt", "llm", "tts"]
    assert spent is not None
    stt, _, tts = usage
    assert spent.amounts == {"USD": pytest.approx(stt.audio_duration / 100 + tts.characters)}
    assert spent.unpriced == ("RecordedLanguageModel",)
    assert summed(it for event in told for it in event.services) == usage
    entries = list(read_journal(journal))
    recorded = [entry.event for entry in entries if isinstance(entry.event, events.UsageCounted)]
    assert summed(it for event in recorded for it in event.services) == usage
    meter = Meter()
    for entry in entries:
        meter.add(entry.event, entry.commands)
    assert meter.metrics.usage == bot.metrics.usage == usage
    assert str(tts) in str(meter.metrics)
    (line,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("used ")]
    assert str(tts) in line
    assert "USD, and no price for RecordedLanguageModel" in line
    seen = samples(telemetry)
    assert seen['cost_total{"currency": "USD", "model": "", "provider": "ScriptedSynthesizer", "stage": "tts"}'] > 10
    assert seen['unpriced_uses_total{"model": "", "provider": "RecordedLanguageModel", "stage": "llm"}'] >= 1


@virtual_time
async def test_the_next_person_is_another_call() -> None:
    telemetry, scene, told = Telemetry(), Scene(), list[events.UsageCounted]()

    def bob_comes() -> None:
        scene.session.dispatch(events.PersonLeft(loop_time(), "ann"))
        scene._deliver(events.PersonLinked(loop_time(), "bob"))

    scene.person.says("Hello there, my friend.", at=1.0)
    scene.does(8.0, bob_comes)
    scene.person.says("Hello there again.", at=14.0)
    scene.closes(at=20.0)
    async with VoiceBot(room=scene, telemetry=telemetry) as bot:
        told = [event async for event in bot.events() if isinstance(event, events.UsageCounted)]
    assert len(told) == 2, "one for each call"
    assert [it.requests for event in told for it in event.services if it.stage == "llm"] == [1, 1]
    assert summed(it for event in told for it in event.services) == bot.usage
    seen = samples(telemetry)
    assert seen["calls_total"] == seen["call_duration_seconds_count"] == 2
    assert "calls_active" not in seen


@virtual_time
async def test_a_call_that_has_cost_its_limit_is_ended_politely() -> None:
    scene, ends = Scene(), list[str]()
    for number in range(8):
        scene.llm.answers("Once upon a time there was a king, and he lived in a castle.")
        scene.person.says("Tell me a story.", at=1.0 + number * 8.0)
    scene.closes(at=80.0)
    async with VoiceBot(room=scene, prices=PRICES, max_call_cost=150.0) as bot:
        bot._run.parts.session.add_observer(
            lambda event, state, ordered: ends.extend(it.reason for it in ordered if isinstance(it, CallEnding))
        )
        await bot.wait_closed()
        spent = bot.cost
    assert ends[:1] == ["cost"]
    assert spent is not None
    assert 150.0 <= spent.amounts["USD"] < 300.0


def test_what_is_no_telemetry_is_refused() -> None:
    from bot import SettingsError

    with pytest.raises(SettingsError, match="give a Telemetry"):
        VoiceBot(room=Scene(), telemetry=3)  # type: ignore[arg-type]

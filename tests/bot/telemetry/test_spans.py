"""The spans of a call, by OpenTelemetry's own SDK: a turn is a tree, with the times of the session, and no words."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from bot import Telemetry, VoiceBot, tool
from bot.telemetry.span_names import ATTRIBUTES, SPANS
from pipeline.testing import Scene, virtual_time

STORY = "Once upon a time there was a king. He had three daughters and a very old castle. They lived in it for years."


class Traced:
    """What the bots of a telemetry have sent."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = Telemetry(tracer_provider=provider)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name.partition(" ")[0] == name]

    def below(self, parent: ReadableSpan) -> list[str]:
        assert parent.context is not None
        return [span.name for span in self.spans if span.parent and span.parent.span_id == parent.context.span_id]


def of(span: ReadableSpan, key: str) -> Any:
    return (span.attributes or {}).get(key)


def lasts(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


@tool
async def look_up(what: str) -> str:
    """Look something up."""
    return f"{what} is in the castle"


async def talk(scene: Scene, **keywords: Any) -> Traced:
    traced = Traced()
    async with VoiceBot(room=scene, telemetry=traced.telemetry, **keywords) as bot:
        await bot.wait_closed()
    return traced


@virtual_time
async def test_a_turn_is_a_tree_of_what_was_done_for_it() -> None:
    scene = Scene()
    scene.llm.answers("Good day to you, too.")
    scene.person.says("Hello there, my friend.", at=2.0)
    scene.closes(at=10.0)
    traced = await talk(scene)
    (call,) = traced.named("conversation")
    assert call.parent is None
    (turn,) = traced.named("invoke_agent")
    kept = "text_to_speech ScriptedSynthesizer"  # of the apology, made ahead of any fault
    assert [name for name in traced.below(call) if name != kept] == ["invoke_agent rawbot"]
    assert sorted(traced.below(turn)) == [
        "chat RecordedLanguageModel",
        "playout",
        "speech_to_text ScriptedTranscriber",
        "text_to_speech ScriptedSynthesizer",
        "user_speech",
    ]
    assert of(turn, "rawbot.turn.number") == 1
    assert of(turn, "gen_ai.agent.invocation.end_reason") == "completed"
    assert of(turn, "gen_ai.operation.name") == "invoke_agent"
    assert of(turn, "rawbot.voice_to_voice_seconds") == pytest.approx(scene.answer_delays[0], abs=0.1)
    assert {of(span, "gen_ai.conversation.id") for span in traced.spans} == {of(call, "gen_ai.conversation.id")}
    (chat,) = traced.named("chat")
    (voice,) = [span for span in traced.named("text_to_speech") if of(span, "rawbot.reply.id")]
    assert (chat.kind, of(chat, "gen_ai.output.type")) == (SpanKind.CLIENT, "text")
    assert of(chat, "gen_ai.provider.name") == "RecordedLanguageModel"
    assert of(chat, "gen_ai.response.time_to_first_chunk") == pytest.approx(scene.llm.first_token, abs=0.01)
    assert of(voice, "rawbot.usage.characters") >= len("Good day to you, too.")
    assert of(voice, "gen_ai.output.type") == "speech"


@virtual_time
async def test_times_are_those_of_the_session() -> None:
    scene = Scene()
    scene.llm.answers("Good day to you, too.")
    scene.person.says("Hello there, my friend.", at=2.0)
    scene.closes(at=10.0)
    traced = await talk(scene)
    (call,), (turn,) = traced.named("conversation"), traced.named("invoke_agent")
    (speech,), (playout,) = traced.named("user_speech"), traced.named("playout")

    def since_call(nanoseconds: int | None) -> float:
        assert nanoseconds is not None
        assert call.start_time is not None
        return (nanoseconds - call.start_time) / 1e9

    began_at, ended_at = since_call(speech.start_time), since_call(speech.end_time)
    assert began_at == pytest.approx(2.0, abs=0.6)
    assert since_call(turn.start_time) == began_at
    assert since_call(playout.start_time) - ended_at == pytest.approx(
        of(turn, "rawbot.voice_to_voice_seconds"), abs=0.1
    )
    assert turn.end_time == playout.end_time
    for span in traced.spans:
        assert span.start_time is not None
        assert span.end_time is not None
        assert call.start_time is not None
        assert call.end_time is not None
        assert call.start_time <= span.start_time <= span.end_time <= call.end_time
    assert call.start_time == pytest.approx(time.time_ns(), abs=600e9)


@virtual_time
async def test_a_barge_in_is_the_end_of_one_turn_and_the_beginning_of_another() -> None:
    scene = Scene()
    scene.llm.answers(STORY, "All right, no story then.")
    scene.person.says("Tell me a story.", at=2.0)
    scene.person.interrupts("Stop it, please.", at=7.0)
    scene.closes(at=15.0)
    traced = await talk(scene)
    first, second = traced.named("invoke_agent")
    assert of(first, "gen_ai.agent.invocation.end_reason") == "interrupted"
    assert of(second, "gen_ai.agent.invocation.end_reason") == "completed"
    assert (of(first, "rawbot.turn.number"), of(second, "rawbot.turn.number")) == (1, 2)
    assert first.start_time is not None
    assert second.start_time is not None
    assert first.end_time is not None
    assert first.start_time < second.start_time < first.end_time, "the second begins while the first is on air"


@virtual_time
async def test_a_greeting_is_a_turn_of_the_bots_own() -> None:
    scene = Scene()
    scene.closes(at=6.0)
    traced = await talk(scene, greeting="Good day!")
    (turn,) = traced.named("invoke_agent")
    assert of(turn, "rawbot.turn.number") == 0
    assert traced.below(turn) == ["text_to_speech ScriptedSynthesizer", "playout"]


@virtual_time
async def test_calls_of_tools_and_what_follows_from_them_belong_to_the_turn() -> None:
    scene = Scene()
    scene.llm.calls("look_up", what="the king")
    scene.llm.answers("The king is in the castle.")
    scene.person.says("Where is the king?", at=2.0)
    scene.closes(at=14.0)
    traced = await talk(scene, tools=[look_up])
    (turn,), (call,) = traced.named("invoke_agent"), traced.named("execute_tool")
    assert call.name == "execute_tool look_up"
    assert of(call, "gen_ai.tool.name") == "look_up"
    assert of(call, "gen_ai.tool.call.id")
    assert [name for name in traced.below(turn) if name.startswith(("chat", "execute", "playout"))] == [
        "chat RecordedLanguageModel",
        "execute_tool look_up",
        "chat RecordedLanguageModel",
        "playout",
    ]


@virtual_time
async def test_a_tool_that_fails_is_an_error_of_its_span_alone() -> None:
    @tool
    async def broken(what: str) -> str:
        """Look something up."""
        raise RuntimeError("there is no such castle")

    scene = Scene()
    scene.llm.calls("broken", what="the king")
    scene.llm.answers("I do not know.")
    scene.person.says("Where is the king?", at=2.0)
    scene.closes(at=14.0)
    traced = await talk(scene, tools=[broken])
    (turn,), (call,) = traced.named("invoke_agent"), traced.named("execute_tool")
    assert (call.status.status_code, of(call, "error.type")) == (StatusCode.ERROR, "tool_error")
    assert turn.status.status_code is StatusCode.UNSET


@virtual_time
async def test_a_room_that_ends_closes_what_is_open() -> None:
    scene = Scene()
    scene.llm.answers(STORY)
    scene.person.says("Tell me a story.", at=2.0)
    scene.closes(at=7.0)
    traced = await talk(scene)
    (turn,), (call,) = traced.named("invoke_agent"), traced.named("conversation")
    assert of(turn, "gen_ai.agent.invocation.end_reason") in ("interrupted", "session_closed")
    assert 1.0 < lasts(turn) < 6.0
    assert call.end_time is not None
    assert turn.end_time is not None
    assert turn.end_time <= call.end_time


SECRETS = ("king", "castle", "story", "once upon")


@virtual_time
async def test_no_words_are_in_spans_unless_they_are_asked_for() -> None:
    traced = await talk(about_the_king(), tools=[look_up], greeting="Good day, my king!")
    text = str(
        [(span.name, dict(span.attributes or {}), span.status.description, span.events) for span in traced.spans]
    )
    assert traced.spans
    assert not [word for word in SECRETS if word in text.lower()]


def about_the_king() -> Scene:
    scene = Scene()
    scene.llm.calls("look_up", what="the king")
    scene.llm.answers("The king is in the castle.")
    scene.person.says("Where is the king of the story?", at=3.0)
    scene.closes(at=14.0)
    return scene


@virtual_time
async def test_words_that_are_asked_for_have_the_form_of_the_conventions() -> None:
    traced = await talk(about_the_king(), tools=[look_up], otel_content=True)
    (turn,), (call,) = traced.named("invoke_agent"), traced.named("execute_tool")
    (said,) = json.loads(of(turn, "gen_ai.input.messages"))
    assert said["role"] == "user"
    assert "king of the story" in said["parts"][0]["content"].lower()
    (heard,) = json.loads(of(turn, "gen_ai.output.messages"))
    assert heard == {"role": "assistant", "parts": [{"type": "text", "content": "The king is in the castle."}]}
    assert json.loads(of(call, "gen_ai.tool.call.arguments")) == {"what": "the king"}
    assert of(call, "gen_ai.tool.call.result") == "the king is in the castle"


@virtual_time
async def test_what_is_to_be_hidden_is_hidden_in_spans_too() -> None:
    scene = Scene()
    scene.llm.answers("I wrote down 555 0199 for you.")
    scene.person.says("My number is 555 0199, thank you.", at=3.0)
    scene.closes(at=14.0)
    traced = await talk(scene, otel_content=True, redact="numbers")
    text = str([dict(span.attributes or {}) for span in traced.spans])
    assert "My number is" in text
    assert "wrote down" in text
    assert "0199" not in text


@virtual_time
async def test_every_name_is_in_the_table() -> None:
    traced = await talk(about_the_king(), tools=[look_up], otel_content=True)
    keys = {row.key for row in ATTRIBUTES}
    names = {row.name for row in SPANS}
    assert len(keys) == len(ATTRIBUTES)
    for span in traced.spans:
        assert span.name.partition(" ")[0] in names
        assert set(span.attributes or {}) <= keys
    assert {span.name.partition(" ")[0] for span in traced.spans} == names

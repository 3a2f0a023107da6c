"""Summaries in whole conversations: nobody waits for one, and none costs a word."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pipeline.clock import loop_time
from pipeline.errors import Unavailable
from pipeline.events import PersonLeft, SummaryFailed, SummaryMade
from pipeline.journal import read_journal, replay
from pipeline.messages import Message, Prompt, ToolRequest
from pipeline.ports import TextDelta, Usage
from pipeline.stages import summarize
from pipeline.stages.summarize import LONGEST_SUMMARY, SUMMARY_TIMEOUT, Summarizer
from pipeline.testing import Scene, ScriptedAnswer, ScriptedLanguageModel, SimulatedCaller, tool_request, virtual_time
from pipeline.testing.person import IDENTITY
from pipeline.testing.requests import Request
from tests.pipeline.turn.prompts import check_calls

TURNS = [f"Now number {number}, please." for number in range(9)]


def of_summaries(scene: Scene) -> list[Request]:
    return [request for request in scene.requests if request.prompt.instructions == summarize.INSTRUCTIONS]


def of_replies(scene: Scene) -> list[Request]:
    return [request for request in scene.requests if request.prompt.instructions != summarize.INSTRUCTIONS]


@pytest.mark.scene(summary_messages=8)
def test_the_older_part_is_summarized_for_the_model_and_stays_in_the_history(scene: Scene) -> None:
    scene.llm.summary = ScriptedAnswer("They went through the numbers.")
    scene.converse(SimulatedCaller(TURNS))
    scene.run()
    assert [text for role, text in scene.history if role == "user"] == TURNS
    record = of_summaries(scene)[0].prompt.messages[0].text
    assert record.startswith(f"The record:\nPerson: {TURNS[0]}\nAssistant: You said: {TURNS[0]} What else?\nPerson:")
    last = of_replies(scene)[-1].prompt
    assert "They went through the numbers." in last.instructions
    assert TURNS[0] not in "".join(message.text for message in last.messages)
    counts = scene.metrics.counts
    assert counts.summaries == len(of_summaries(scene)) == counts.summary_requests > 0
    assert counts.summary_prompt_tokens == counts.summaries
    assert counts.requests == len(of_replies(scene))
    assert any("summaries" in line for line in scene.metrics.lines())
    scene.check_history()


@pytest.mark.scene(summary_messages=8)
def test_calls_of_tools_are_summarized_with_their_results(scene: Scene) -> None:
    scene.tool("get_weather", "sunny")
    for number in range(5):
        call = ScriptedAnswer("One moment.", calls=(tool_request("get_weather", city=f"City {number}"),))
        scene.llm.answers(call, f"It is sunny in number {number}.")
    scene.converse(SimulatedCaller(TURNS[:5]))
    scene.run()
    assert 'Tool get_weather {"city": "City 0"} returned: sunny' in of_summaries(scene)[0].prompt.messages[0].text
    for request in scene.requests:
        check_calls(request.prompt)


class OneSlot(ScriptedLanguageModel):
    """A model at home, which answers one request after the other, and takes its time for a summary."""

    def __init__(self) -> None:
        super().__init__()
        self._slot = asyncio.Lock()
        self.summary = ScriptedAnswer("They talked.", stall=5.5)

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        async with self._slot:
            async for piece in super().generate(prompt):
                yield piece


def delays(summary_messages: int) -> tuple[list[float], Scene]:
    scene = Scene(llm=OneSlot(), summary_messages=summary_messages)
    scene.converse(SimulatedCaller(TURNS))
    scene.run()
    return scene.answer_delays, scene


def test_no_answer_comes_later_although_the_model_answers_one_request_after_the_other() -> None:
    without, _ = delays(summary_messages=80)
    with_summaries, scene = delays(summary_messages=4)
    assert with_summaries == pytest.approx(without, abs=1e-6)
    outcomes = [request.outcome for request in of_summaries(scene)]
    assert "cancelled" in outcomes, "a summary was in the way of a reply"
    assert any(isinstance(event, SummaryMade | SummaryFailed) for event in scene.events)


FAILURES = {
    "raises": ScriptedAnswer(error=Unavailable("llm", "gone")),
    "a bug": ScriptedAnswer(error=KeyError("choices")),
    "breaks off": ScriptedAnswer("They", error=Unavailable("llm", "gone")),
    "empty": ScriptedAnswer(" "),
    "endless": ScriptedAnswer(" ".join(str(number) * 200 for number in range(LONGEST_SUMMARY // 100))),
    "hangs": ScriptedAnswer(stall=10 * SUMMARY_TIMEOUT),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_summarizer_that_fails_changes_nothing(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene(summary_messages=4)
    scene.llm.summary = FAILURES[failure]
    scene.converse(SimulatedCaller(TURNS[:6]))
    with caplog.at_level(logging.WARNING):
        scene.run()
    assert [text for role, text in scene.history if role == "user"] == TURNS[:6]
    assert len(of_replies(scene)[-1].prompt.messages) == 2 * 6 - 1, "the prompt is whole"
    assert len([record for record in caplog.records if "no summary" in record.message]) <= 1
    assert scene.metrics.counts.summaries == 0
    scene.check_history()


@virtual_time
async def test_a_person_who_leaves_takes_the_summary_along() -> None:
    async with Scene(summary_messages=8) as scene:
        scene.llm.summary = ScriptedAnswer("They talked.", stall=20.0)
        await SimulatedCaller(TURNS[:5]).converse(scene)
        await scene.pauses(1.0)
        assert [request.outcome for request in of_summaries(scene)] == ["open"]
        scene.session.dispatch(PersonLeft(loop_time(), IDENTITY))
        await scene.pauses(1.0)
        assert [request.outcome for request in of_summaries(scene)] == ["cancelled"]
        assert scene.session.state.summaries.pending is None


def test_a_replay_of_the_journal_decides_the_same_without_a_summarizer(tmp_path: Path) -> None:
    journal = tmp_path / "talk.jsonl"
    scene = Scene(journal=journal, summary_messages=4)
    scene.converse(SimulatedCaller(TURNS[:5]))
    scene.run()
    replayed = list(replay(read_journal(journal)))
    assert all(step.is_same for step in replayed)
    assert any(isinstance(step.entry.event, SummaryMade) for step in replayed)
    assert replayed[-1].state.summaries.summary is not None


# --- for whoever needs one ---


class Recorder(ScriptedLanguageModel):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        self.records.append(prompt.messages[0].text)
        yield TextDelta(f"Summary {len(self.records)}.")


@virtual_time
async def test_a_long_history_is_summarized_in_steps() -> None:
    model = Recorder()
    messages = [Message("user", "x" * 3_000, 0.0) for _ in range(50)]
    assert await Summarizer(model, lambda _: None).summarize(messages, "They had met.") == "Summary 3."
    assert all(len(record) < summarize.LONGEST_RECORD + 10_000 for record in model.records)
    assert [record.partition("\n\n")[0].rpartition("\n")[2] for record in model.records] == [
        "They had met.",
        "Summary 1.",
        "Summary 2.",
    ]


@virtual_time
async def test_without_a_model_there_is_no_summary_and_without_messages_the_earlier_one() -> None:
    assert await Summarizer(None, lambda _: None).summarize([Message("user", "Hi.", 0.0)]) is None
    assert await Summarizer(Recorder(), lambda _: None).summarize([], "They had met.") == "They had met."


@virtual_time
async def test_of_a_long_result_of_a_tool_the_beginning_is_read() -> None:
    model = Recorder()
    long = Message("tool", "r" * 16_000, 0.0, call=ToolRequest("1", "look", "{}"), is_error=True)
    await Summarizer(model, lambda _: None).summarize([Message("assistant", "Well", 0.0, cut=True), long])
    assert "Assistant: Well (interrupted)\nTool look {} failed: rrr" in model.records[0]
    assert "(cut here: 12,000 more characters)" in model.records[0]
    assert len(model.records[0]) < 5_000

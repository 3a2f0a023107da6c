"""A reply and its source, on virtual time: what is written unspoken, what it costs, and how its text may end."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pipeline.errors import Malformed, ProviderError, Unavailable
from pipeline.events import (
    CharactersUsed,
    Measurement,
    ReplyChunked,
    ReplyEvent,
    ReplyFailed,
    ReplyReady,
    ReplyWritten,
    TokensUsed,
    ToolsRequested,
)
from pipeline.messages import Prompt, PromptMessage, Tool, ToolRequest
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.resilience.availability import Availability
from pipeline.resilience.budget import Budget
from pipeline.stages.reply import Reply
from pipeline.stages.reply_source import ModelSource, StaticSource
from pipeline.testing.virtual_loop import settle, virtual_time
from pipeline.turn.policy import Policy
from tests.pipeline.stages.test_speak import Voice
from tests.support.playout_stage import stage

PROMPT = Prompt("Be brief.", (PromptMessage("user", "What time is it now?"),))
SENTENCE = "Four five six seven. "
MAX_CHARACTERS = Policy().max_reply_characters
MAX_REPEATS = Policy().max_reply_repeats


class Model:
    """Writes pieces 10 ms apart, inside a task group as many a program would."""

    def __init__(self, pieces: Sequence[ReplyPart | Exception]) -> None:
        self._pieces = pieces
        self.given = 0
        self.is_closed = False

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        try:
            async with asyncio.TaskGroup():
                for piece in self._pieces:
                    await asyncio.sleep(0.01)
                    if isinstance(piece, Exception):
                        raise piece
                    self.given += 1
                    yield piece
        except* ProviderError as failures:
            raise failures.exceptions[0] from None
        finally:
            self.is_closed = True


def written_by(model: Model) -> ModelSource:
    return ModelSource(PROMPT, model, MAX_REPEATS)


class Made:
    """A reply, and all that it has emitted."""

    def __init__(self, reply: Reply, events: list[ReplyEvent], measured: list[Measurement], voice: Voice) -> None:
        self.reply, self.events, self.measured, self.voice = reply, events, measured, voice

    @property
    def kinds(self) -> list[type[ReplyEvent]]:
        return [type(event) for event in self.events]


@asynccontextmanager
async def made(source: Any, *, speak: bool = True) -> AsyncGenerator[Made, None]:
    """A reply that is made and, unless it is a draft without a voice, on air."""
    events, measured = list[ReplyEvent](), list[Measurement]()

    def emit(event: ReplyEvent | ReplyChunked | CharactersUsed) -> None:
        if isinstance(event, ReplyChunked | CharactersUsed):
            measured.append(event)
        else:
            events.append(event)

    voice = Voice(speed=100.0)
    async with stage() as on, asyncio.TaskGroup() as group:
        reply = Reply(
            "a",
            source,
            synthesizer=voice,
            playout=on.playout,
            emit=emit,
            budget=Budget(8.0),
            availability=Availability("voice"),
            max_characters=MAX_CHARACTERS,
            speak=speak,
        )
        reply.start(group)
        yield Made(reply, events, measured, voice)
        reply.abandon()


@pytest.mark.parametrize("is_called_off", [False, True], ids=["to its end", "called off"])
@virtual_time
async def test_its_first_chunk_and_what_it_cost_at_the_voice_are_measured(is_called_off: bool) -> None:
    """The cost once, and also of what was called off."""
    async with made(StaticSource("One two three. Four five six.")) as it:
        await asyncio.sleep(0.001)
        if is_called_off:
            it.reply.abandon()
        await asyncio.sleep(2.0)
        chunked, used = it.measured
        assert isinstance(chunked, ReplyChunked)
        assert isinstance(used, CharactersUsed)
        assert used.characters == sum(map(len, it.voice.texts)) > 0


@virtual_time
async def test_a_draft_without_a_voice_costs_nothing_there() -> None:
    async with made(StaticSource("One two three."), speak=False) as it:
        await asyncio.sleep(2.0)
        it.reply.abandon()
        await asyncio.sleep(0.1)
        assert [type(event) for event in it.measured] == [ReplyChunked]


@virtual_time
async def test_a_static_text_is_spoken_as_it_is() -> None:
    async with made(StaticSource("One two three.")) as it:
        await asyncio.sleep(2.0)
        assert it.voice.texts == ["One two three."]
        assert it.kinds == [ReplyReady]
        assert it.reply.failure is None


@virtual_time
async def test_a_draft_without_a_voice_is_written_and_not_spoken_until_it_may() -> None:
    async with made(written_by(Model([TextDelta(SENTENCE), TextDelta("Eight.")])), speak=False) as it:
        await asyncio.sleep(2.0)
        assert (it.kinds, it.voice.texts) == ([ReplyWritten], [""])
        it.reply.speak()
        await asyncio.sleep(2.0)
        assert it.voice.texts == [SENTENCE + "Eight."]
        assert it.kinds == [ReplyWritten, ReplyReady]


@pytest.mark.parametrize("speak", [True, False])
def test_a_model_that_never_ends_is_called_off_whether_its_text_is_spoken_or_not(speak: bool) -> None:
    sentences = [f"This is sentence number {number}. " for number in range(10_000)]
    model = Model([TextDelta(sentence) for sentence in sentences])

    @virtual_time
    async def endless() -> None:
        async with made(written_by(model), speak=speak) as it:
            await asyncio.sleep(10.0)
            assert model.is_closed
            assert MAX_CHARACTERS < sum(map(len, sentences[: model.given])) < 1.1 * MAX_CHARACTERS
            assert it.reply.failure is None

    endless()


@virtual_time
async def test_a_model_in_a_loop_is_called_off_behind_a_whole_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """What it has said until then is the reply: nothing failed, and what was not counted is estimated."""
    sentence = "I am very sorry that I can not help you. "
    model = Model([TextDelta(f"{word} ") for word in sentence.split()] * 1000)
    async with made(written_by(model)) as it:
        await asyncio.sleep(10.0)
        assert model.is_closed
        assert it.reply.failure is None
        written = it.reply._spoken.text.written
        assert written in {sentence * said for said in range(MAX_REPEATS, MAX_REPEATS + 4)}
        costs = [event for event in it.events if isinstance(event, TokensUsed)]
        assert [(cost.completion, cost.is_estimated) for cost in costs] == [(len(written) // 4, True)]
    assert "max_reply_repeats" in caplog.text


@virtual_time
async def test_a_model_that_writes_blanks_without_end_is_called_off() -> None:
    model = Model([TextDelta("Sure. "), *[TextDelta("\n")] * 10_000])
    async with made(written_by(model)) as it:
        await asyncio.sleep(10.0)
        assert model.is_closed
        assert it.reply.failure is None
        assert it.reply.heard() == "Sure."


@virtual_time
async def test_the_first_words_are_hurried_only_when_someone_waits_for_them() -> None:
    words = [
        TextDelta(f"{word} ")
        for word in ["It", "is", "a", "quarter", "past", "eleven", "in", "the", "old", "town", "of", "Bern", "now."]
    ]
    async with made(written_by(Model(words)), speak=False) as draft:
        await asyncio.sleep(1.0)
        draft.reply.speak()
        await asyncio.sleep(1.0)
        assert draft.reply._spoken.text.written.count(" ") > 10
    hurried = written_by(Model(words))
    async with made(hurried) as spoken:
        await asyncio.sleep(0.08)
        assert spoken.voice.texts[0].split() == ["It", "is", "a"]


@virtual_time
async def test_the_tokens_of_a_draft_that_is_discarded_are_counted() -> None:
    """No provider says what a request that was called off has cost: they are estimated from what was read by then."""
    async with made(written_by(Model([TextDelta("x" * 40)] * 10)), speak=False) as it:
        await asyncio.sleep(0.035)
        it.reply.abandon()
        await settle()
        assert it.kinds == [ReplyWritten, TokensUsed]
        used = it.events[-1]
        assert isinstance(used, TokensUsed)
        assert (used.prompt, used.completion, used.is_estimated) == (7, 30, True)


@virtual_time
async def test_tokens_that_the_provider_counted_are_counted_once() -> None:
    async with made(written_by(Model([TextDelta(SENTENCE), Usage(100, 5)]))) as it:
        await asyncio.sleep(2.0)
        assert [event for event in it.events if isinstance(event, TokensUsed)] == [
            TokensUsed(it.events[1].at, "a", 100, 5)
        ]


@virtual_time
async def test_after_it_was_abandoned_nothing_else_is_emitted_of_it() -> None:
    async with made(StaticSource("One two three.")) as it:
        it.reply.abandon()
        await asyncio.sleep(2.0)
        assert it.events == []


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [(SENTENCE, True), ("He said: “Go on.” ", True), ("四五六。", True), ("Four five six", False), ("", False)],
)
def test_an_error_after_a_whole_sentence_takes_nothing_from_the_reply(
    text: str, is_whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The person has heard an answer; an apology after it would be odd."""

    @virtual_time
    async def scene() -> None:
        async with made(written_by(Model([TextDelta(text), Unavailable("llm", "gone")]))) as it:
            await asyncio.sleep(4.0)
            assert (it.reply.failure is None) == is_whole
            assert (ReplyFailed in it.kinds) == (not text)

    with caplog.at_level(logging.WARNING):
        scene()
    assert "llm: gone" in caplog.text or not text


LOOK = ToolRequest("a", "look", "{}")
WITH_TOOLS = Prompt("", PROMPT.messages, (Tool("look", "", {}),))


@pytest.mark.parametrize("text", ["", "* "])
@virtual_time
async def test_a_reply_that_only_calls_tools_is_ready_without_audio(text: str) -> None:
    async with made(ModelSource(WITH_TOOLS, Model([TextDelta(text), LOOK, Usage(1, 1)]), MAX_REPEATS)) as it:
        await asyncio.sleep(1.0)
        asked, ready = (event for event in it.events if isinstance(event, ToolsRequested | ReplyReady))
        assert asked == ToolsRequested(asked.at, "a", (LOOK,))
        assert ready == ReplyReady(ready.at, "a", is_silent=True)
        assert ReplyFailed not in it.kinds


@virtual_time
async def test_calls_are_asked_for_behind_the_text_of_a_whole_reply_alone() -> None:
    async with made(ModelSource(WITH_TOOLS, Model([TextDelta(SENTENCE), LOOK]), MAX_REPEATS)) as it:
        await asyncio.sleep(1.0)
        assert [kind for kind in it.kinds if kind is not TokensUsed] == [ReplyWritten, ToolsRequested, ReplyReady]
        assert it.events[-1] == ReplyReady(it.events[-1].at, "a")
    async with made(
        ModelSource(WITH_TOOLS, Model([TextDelta(SENTENCE), LOOK, Unavailable("llm", "gone")]), MAX_REPEATS)
    ) as it:
        await asyncio.sleep(1.0)
        assert ToolsRequested not in it.kinds
    async with made(ModelSource(PROMPT, Model([LOOK]), MAX_REPEATS)) as it:
        await asyncio.sleep(1.0)
        assert it.kinds[-1] is ReplyFailed, "none was offered"


class Slow(Model):
    """A model whose stream stays open for two seconds behind a whole reply."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        async for piece in super().generate(prompt):
            if isinstance(piece, Usage):
                await asyncio.sleep(2.0)
            yield piece


@pytest.mark.parametrize("text", ["", SENTENCE])
@virtual_time
async def test_calls_begin_when_the_reply_is_whole_however_long_its_stream_stays_open(text: str) -> None:
    pieces: list[ReplyPart] = [TextDelta(text), LOOK, Finished(), Usage(100, 5)]
    async with made(ModelSource(WITH_TOOLS, Slow(pieces), MAX_REPEATS)) as it:
        await asyncio.sleep(1.0)
        assert it.kinds[-2:] == [ToolsRequested, ReplyReady]
        assert it.reply.is_whole(10**9)
        await asyncio.sleep(2.0)
        assert it.events[-1] == TokensUsed(it.events[-1].at, "a", 100, 5)
        assert it.kinds.count(ReplyReady) == it.kinds.count(ToolsRequested) == 1
        assert ReplyFailed not in it.kinds


@virtual_time
async def test_what_is_no_piece_of_text_is_a_failure_of_the_model() -> None:
    async with made(written_by(Model(["Four five."]))) as it:  # type: ignore[list-item]
        await asyncio.sleep(1.0)
        assert isinstance(it.reply.failure, Malformed)

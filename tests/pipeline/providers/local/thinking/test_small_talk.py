"""Rules and a model together: who answers what, and what happens when the model fails. On virtual time."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from pipeline.errors import Declined, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.providers.local.thinking.known_answers import STORY
from pipeline.providers.local.thinking.small_talk import (
    ENGLISH,
    FIRST_TEXT_TIMEOUT,
    GOODBYE,
    GREETING,
    HELLO,
    HELP,
    LOADS,
    NO_ANSWER,
    PROGRAM,
    STOPPED,
    WHO,
    SmallTalk,
    small_answer,
)
from pipeline.testing.virtual_loop import run
from pipeline.turn.history import GREETING_REQUEST, REPLY_REQUEST

NOW = datetime(2030, 1, 1, 15, 5, tzinfo=UTC)


class Model:
    """Says its parts, each after its delay in seconds, or raises them."""

    def __init__(self, *parts: ReplyPart | ProviderError, delay: float = 0.0) -> None:
        self.parts, self.delay = parts, delay
        self.asked: list[str] = []
        self.warm_error: ProviderError | None = None
        self.failing_loads = 0
        self.loads = 0
        self.is_closed = False

    async def warm(self) -> None:
        self.loads += 1
        if self.loads <= self.failing_loads:
            raise DEAD
        if self.warm_error is not None:
            raise self.warm_error

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        self.asked.append(prompt.messages[-1].text)
        for part in self.parts:
            await asyncio.sleep(self.delay)
            if isinstance(part, ProviderError):
                raise part
            yield part

    async def aclose(self) -> None:
        self.is_closed = True


DEAD = Unavailable("SmolLM2", "its process was killed by signal 9")
FINE = (TextDelta("I am"), TextDelta(" fine."), Finished(), Usage(20, 4))


async def parts(talk: SmallTalk, *said: str) -> list[ReplyPart]:
    """The answer; `said` alternates, the person's words last."""
    roles = ("assistant", "user") if len(said) % 2 == 0 else ("user", "assistant")
    messages = tuple(PromptMessage(roles[at % 2], text) for at, text in enumerate(said))  # type: ignore[arg-type]
    return [part async for part in talk.generate(Prompt("", messages))]


def text(answer: list[ReplyPart]) -> str:
    return "".join(part.text for part in answer if isinstance(part, TextDelta))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("", GREETING),
        ("...", GREETING),
        (GREETING_REQUEST.format(instructions="Greet them."), GREETING),
        ("Hello there!", HELLO),
        ("Who are you?", WHO),
        ("Hi, what's your name?", WHO),
        ("Are you a real person?", WHO),
        ("What can you do?", HELP),
        ("How do I use you?", HELP),
        ("Can you speak German?", ENGLISH),
        ("How old are you?", PROGRAM),
        ("Stop. Stop it!", STOPPED),
        ("Wait a moment.", STOPPED),
        ("Bye bye", GOODBYE),
        ("What time is it?", "It is 3:05 PM."),
        ("Tell me a story.", STORY),
    ],
)
def test_what_must_be_certain_is_answered_by_rules(said: str, answer: str) -> None:
    assert small_answer(said, NOW) == answer


@pytest.mark.parametrize(
    "said",
    [
        "How are you?",
        "My name is Anna.",
        "Hello, I am Anna.",
        "I cannot wait.",
        "Is Paris large?",
        "Stop signs are red.",
    ],
)
def test_everything_else_is_left_to_the_model(said: str) -> None:
    assert small_answer(said, NOW) is None


def test_it_does_not_greet_twice() -> None:
    assert small_answer(REPLY_REQUEST.format(instructions="Go on."), NOW, GREETING) == HELLO


def test_the_model_is_asked_only_where_no_rule_knows_the_answer() -> None:
    async def scene() -> None:
        model = Model(*FINE)
        talk = SmallTalk(model=model, now=lambda: NOW)
        assert await parts(talk, "What time is it?") == [TextDelta("It is 3:05 PM.")]
        assert await parts(talk, "It is 3:05 PM.", "Say that again.") == [TextDelta("It is 3:05 PM.")]
        assert await parts(talk, "How are you?") == list(FINE)
        assert model.asked == ["How are you?"]
        await talk.aclose()
        assert model.is_closed

    run(scene())


@pytest.mark.parametrize(
    "model",
    [
        Model(DEAD),
        Model(Usage(1, 0), Finished()),
        Model(Declined("SmolLM2", "it cannot answer this")),
        Model(*FINE, delay=FIRST_TEXT_TIMEOUT + 1),
    ],
    ids=["dead", "silent", "declined", "slow"],
)
def test_where_the_model_says_nothing_the_bot_says_so(model: Model) -> None:
    """Shortly, and not that it has no model."""

    async def scene() -> None:
        assert await parts(SmallTalk(model=model, now=lambda: NOW), "How are you?") == [TextDelta(NO_ANSWER)]

    run(scene())


def test_an_answer_that_breaks_off_is_an_error() -> None:
    """Its words may have been heard."""

    async def scene() -> None:
        talk = SmallTalk(model=Model(TextDelta("I am"), DEAD))
        answer = talk.generate(Prompt("", (PromptMessage("user", "How are you?"),)))
        assert await anext(answer) == TextDelta("I am")
        with pytest.raises(Unavailable, match="killed by signal 9"):
            await anext(answer)

    run(scene())


def test_failures_are_logged_once_until_the_model_works(caplog: pytest.LogCaptureFixture) -> None:
    def warned() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]

    async def scene() -> None:
        model = Model(DEAD)
        model.warm_error = DEAD
        talk = SmallTalk(model=model)
        await talk.warm()
        await parts(talk, "How are you?")
        await parts(talk, "How are you?")
        [line] = warned()
        assert line == "SmolLM2: its process was killed by signal 9; only rules answer meanwhile"
        model.parts = FINE
        await parts(talk, "How are you?")
        model.parts = (DEAD,)
        await parts(talk, "How are you?")
        assert len(warned()) == 2

    run(scene())


def test_a_model_that_dies_while_it_loads_is_loaded_again_before_anybody_asks() -> None:
    async def scene() -> None:
        model = Model(*FINE)
        model.failing_loads = 1
        talk = SmallTalk(model=model)
        await talk.warm()
        assert model.loads == 2
        model.loads, model.failing_loads = 0, 1000
        await talk.warm()
        assert model.loads == LOADS

    run(scene())


def test_what_can_never_work_ends_the_bot() -> None:
    async def scene() -> None:
        model = Model(refusal := Refused("SmolLM2", "it knows English only"))
        model.warm_error = refusal
        talk = SmallTalk(model=model)
        with pytest.raises(Refused):
            await talk.warm()
        with pytest.raises(Refused):
            await parts(talk, "How are you?")

    run(scene())


def test_closing_an_answer_closes_that_of_the_model() -> None:
    closed = asyncio.Event()

    class Endless(Model):
        async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
            try:
                while True:
                    yield TextDelta("so ")
            finally:
                closed.set()

    async def scene() -> None:
        talk = SmallTalk(model=Endless())
        async with aclosing(talk.generate(Prompt("", (PromptMessage("user", "How are you?"),)))) as answer:
            await anext(answer)
        assert closed.is_set()

    run(scene())

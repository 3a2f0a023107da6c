"""The responder: what it answers to what, and that it streams."""

import asyncio
from datetime import UTC, datetime

import pytest

from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import TextDelta
from pipeline.providers.local.thinking.known_answers import STORY
from pipeline.providers.local.thinking.responder import GREETING, STOPPED, Responder, reply_to
from pipeline.testing.virtual_loop import run
from pipeline.turn.history import GREETING_REQUEST

NOON = datetime(2030, 1, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("", GREETING),
        (GREETING_REQUEST.format(instructions="Tell them a story."), GREETING),
        ("hello there", GREETING),
        ("tell me a long story", STORY),
        ("no wait stop", STOPPED),
        ("What time is it?", "It is 12:05 PM. What else can I do?"),
    ],
)
def test_what_it_knows(said: str, reply: str) -> None:
    assert reply_to(said, NOON) == reply


@pytest.mark.parametrize(("hour", "told"), [(0, "12:05 AM"), (9, "9:05 AM"), (15, "3:05 PM")])
def test_the_time(hour: int, told: str) -> None:
    assert told in reply_to("the time please", NOON.replace(hour=hour))


def test_else_it_says_what_it_heard_and_how_to_plug_a_model_in() -> None:
    reply = reply_to("how far is  the moon?", NOON)
    assert reply.startswith("I heard: how far is the moon. I am no AI model")
    assert "OPENAI_API_KEY" in reply
    assert "Ollama" in reply


@pytest.mark.parametrize("said", ["", "stop", "a story", "the time", "how far is the moon"])
def test_it_ends_with_a_question(said: str) -> None:
    assert reply_to(said, NOON).endswith("?")


def test_it_streams_words_at_its_pace_and_answers_the_last_message() -> None:
    async def scene() -> None:
        messages = (
            PromptMessage("user", "what time is it"),
            PromptMessage("assistant", "It is noon."),
            PromptMessage("user", "tell me a story"),
            PromptMessage("assistant", "All right —"),
        )
        started_at = asyncio.get_running_loop().time()
        pieces = [piece async for piece in Responder(pace=80).generate(Prompt("Be brief.", messages))]
        took = asyncio.get_running_loop().time() - started_at
        texts = [piece.text for piece in pieces if isinstance(piece, TextDelta)]
        assert "".join(texts) == STORY
        assert len(texts) == len(STORY.split())
        assert took == pytest.approx(len(texts) / 80)

    run(scene())


async def test_without_a_message_it_greets() -> None:
    pieces = [piece async for piece in Responder(pace=10_000).generate(Prompt("", ()))]
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == GREETING

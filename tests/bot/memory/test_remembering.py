"""A bot that knows people from earlier calls, in whole conversations."""

import asyncio
import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import Hooks, VoiceBot
from bot.hooks.end_summary import LAST_SUMMARY_DELAY
from bot.memory.directory import MemoryDirectory
from bot.memory.kept import LAST_CHARACTERS, LONGEST_MESSAGE, MESSAGES_ALONE, kept
from bot.settings.session_limits import SessionLimits
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.clock import loop_time
from pipeline.errors import SettingsError, Unavailable
from pipeline.events import MemoryRecalled, PersonLeft, PersonLinked
from pipeline.messages import Memory, Message, ToolRequest
from pipeline.testing import Scene, ScriptedAnswer, ScriptedLanguageModel, virtual_time
from pipeline.testing.requests import Request
from pipeline.turn.policy import Policy

NOTES = "Ann likes pizza."
KNOWN = Memory("2026-11-30", "Ann is called Ann Smith.", (Message("user", "See you tomorrow.", 0.0),))


class Store:
    """In memory; as slow as it is told to be."""

    def __init__(self, *, slow: float = 0.0, error: Exception | None = None, **known: Memory) -> None:
        self.slow, self.error = slow, error
        self.known: dict[str, Memory] = known
        self.saved: list[tuple[str, Memory]] = []

    async def load(self, identity: str) -> Memory | None:
        await asyncio.sleep(self.slow)
        if self.error is not None:
            raise self.error
        return self.known.get(identity)

    async def save(self, identity: str, memory: Memory) -> None:
        self.saved.append((identity, memory))
        self.known[identity] = memory

    async def forget(self, identity: str) -> bool:
        return self.known.pop(identity, None) is not None


def scene(*, closes: float = 12.0) -> Scene:
    """Ann asks for a pizza."""
    scene = Scene()
    scene.llm.summary = ScriptedAnswer(NOTES)
    scene.person.says("I would like a pizza.", at=2.0)
    scene.closes(at=closes)
    return scene


async def serve(room: Scene, memory: Any, **options: Any) -> None:
    async with VoiceBot(room=room, memory=memory, **options) as bot:
        await bot.wait_closed()


def replies(scene: Scene) -> list[Request]:
    return [request for request in scene.requests if "notes of a voice assistant" not in request.prompt.instructions]


@virtual_time
async def test_the_next_call_knows_of_the_last_one(tmp_path: Path) -> None:
    for _ in range(2):
        played = scene()
        await serve(played, tmp_path / "people")
    last = replies(played)[0].prompt
    assert NOTES in last.instructions
    assert "Person: I would like a pizza." in last.instructions
    assert f"last on {datetime.now().astimezone().date().isoformat()}" in last.instructions
    assert [message.text for message in last.messages] == ["I would like a pizza."], "only what is said now"
    summary = played.requests[-1].prompt.messages[0].text
    assert NOTES in summary, "the next notes take the place of these"
    assert summary.count("Person: I would like a pizza.") == 1


@virtual_time
@pytest.mark.parametrize(("known", "requests"), [(None, 1), (KNOWN, 2)])
async def test_a_hook_and_the_memory_share_the_summary_of_a_conversation(known: Memory | None, requests: int) -> None:
    """That of somebody who is known from earlier calls holds those, too, which is not for the hook."""
    given = list[str | None]()
    played, store = scene(), Store()
    if known is not None:
        store.known["ann"] = known
    hooks = Hooks(on_conversation_ended=lambda history, summary: given.append(summary))
    await serve(played, store, hooks=hooks)
    assert given == [NOTES]
    assert store.known["ann"].summary == NOTES
    asked = [it.prompt.messages[0].text for it in played.requests if it not in replies(played)]
    assert ["Ann Smith" in text for text in asked].count(False) == 1
    assert len(asked) == requests


@virtual_time
async def test_a_session_may_say_whose_memory_it_is(tmp_path: Path) -> None:
    settings = Settings(
        memory=tmp_path / "people", limits=SessionLimits(memory_key="customer-7"), llm=ProviderChoice("openai")
    )
    async with VoiceBot(settings, room=scene()) as bot:
        await bot.wait_closed()
    memory = await MemoryDirectory(tmp_path / "people").load("customer-7")
    assert memory is not None
    assert memory.summary == NOTES


@virtual_time
async def test_a_generated_greeting_waits_for_the_memory_but_not_for_long() -> None:
    begun = list[float]()
    for slow in (0.0, 0.2, 3.0):
        played = Scene()
        played.closes(at=6.0)
        await serve(played, Store(slow=slow, ann=KNOWN), greeting_instructions="Say hello.")
        (greeting,) = replies(played)
        begun.append(greeting.at)
        assert ("Ann Smith" in greeting.prompt.instructions) == (slow < 1.0)
    assert begun == pytest.approx([begun[0], begun[0] + 0.2, begun[0] + Policy().memory_delay], abs=0.05)


@virtual_time
async def test_a_fixed_greeting_waits_for_nothing() -> None:
    played = Scene()
    played.closes(at=6.0)
    await serve(played, Store(slow=3.0, ann=KNOWN), greeting="Hello!")
    assert played.heard[0].at < 0.5


@virtual_time
async def test_a_memory_that_comes_late_is_there_for_the_next_answer() -> None:
    played = scene()
    await serve(played, Store(slow=1.0, ann=KNOWN))
    assert "Ann Smith" in replies(played)[0].prompt.instructions


@virtual_time
async def test_of_a_person_who_has_left_the_summary_is_made_while_the_next_one_talks() -> None:
    store, played = Store(), scene(closes=20.0)

    def changes() -> None:
        played.session.dispatch(PersonLeft(loop_time(), "ann"))
        played._deliver(PersonLinked(loop_time(), "bob"))

    played.does(8.0, changes)
    played.person.says("And who am I?", at=10.0)
    await serve(played, store)
    assert [(who, memory.summary) for who, memory in store.saved] == [
        ("ann", ""),
        ("ann", NOTES),
        ("bob", ""),
        ("bob", NOTES),
    ]
    assert [message.text for message in store.known["bob"].messages if message.role == "user"] == ["And who am I?"]
    assert NOTES not in replies(played)[-1].prompt.instructions


@virtual_time
async def test_a_person_who_comes_back_at_once_is_known() -> None:
    store, played = Store(), scene(closes=20.0)
    played.llm.summary = ScriptedAnswer(NOTES, stall=5.0)

    def comes_back() -> None:
        played.session.dispatch(PersonLeft(loop_time(), "ann"))
        played._deliver(PersonLinked(loop_time(), "ann"))

    played.does(8.0, comes_back)
    played.person.says("Is it there?", at=10.0)
    await serve(played, store)
    assert "Person: I would like a pizza." in replies(played)[-1].prompt.instructions
    assert [message.text for message in replies(played)[-1].prompt.messages] == ["Is it there?"]


@pytest.mark.parametrize(
    "answer",
    [
        ScriptedAnswer(error=Unavailable("llm", "gone")),
        ScriptedAnswer(""),
        ScriptedAnswer(NOTES, stall=2 * LAST_SUMMARY_DELAY),
    ],
)
def test_without_a_summary_the_last_words_are_kept_and_what_was_known(answer: ScriptedAnswer) -> None:
    @virtual_time
    async def call() -> None:
        store, played = Store(ann=KNOWN), scene()
        played.llm.summary = answer
        await serve(played, store)
        memory = store.known["ann"]
        assert memory.summary == KNOWN.summary
        assert memory.messages[0].text == "I would like a pizza."

    call()


@virtual_time
async def test_a_store_that_fails_costs_nothing_but_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    played = scene()
    with caplog.at_level(logging.WARNING):
        await serve(played, Store(error=KeyError("a bug")), greeting_instructions="Say hello.")
    assert len(replies(played)) == 2
    assert "a memory is lost" in caplog.text
    recalled = [event for event in played.events if isinstance(event, MemoryRecalled)]
    assert [event.memory for event in recalled] == [None]


@virtual_time
async def test_where_nothing_was_said_nothing_is_saved() -> None:
    store, played = Store(), Scene()
    played.closes(at=3.0)
    await serve(played, store)
    assert store.saved == []


@virtual_time
async def test_an_earlier_history_that_the_program_gives_is_not_saved_again() -> None:
    store, played = Store(), scene()
    await serve(played, store, history=[Message("user", "I am Bob.", 0.0), Message("assistant", "Hello Bob.", 0.0)])
    assert [message.text for message in store.known["ann"].messages if message.role == "user"] == [
        "I would like a pizza."
    ]
    assert "Bob" not in played.requests[-1].prompt.messages[0].text


@virtual_time
async def test_another_model_makes_the_summaries() -> None:
    store, played, notes = Store(), scene(), ScriptedLanguageModel()
    notes.summary = ScriptedAnswer("By another one.")
    await serve(played, store, summary_llm=notes)
    assert store.known["ann"].summary == "By another one."
    assert len(played.requests) == 1, "the model of the replies made none"


def test_what_is_no_model_for_summaries_is_refused() -> None:
    with pytest.raises(SettingsError, match="summary_llm"):
        VoiceBot(room=Scene(), summary_llm=42)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="unknown provider 'nobody'"):
        VoiceBot(room=Scene(), summary_llm="nobody")


def test_what_is_no_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="load, save and forget"):
        VoiceBot(room=Scene(), memory=42)  # type: ignore[arg-type]
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(SettingsError, match="neither a folder"):
        VoiceBot(room=Scene(), memory=tmp_path / "file.txt")
    assert MemoryDirectory(tmp_path) is not None


# --- how much of a conversation is kept ---


def said(*texts: str) -> tuple[Message, ...]:
    return tuple(Message("user", text, 1.0, number=number) for number, text in enumerate(texts, 1))


DAY = date(2026, 12, 1)


def test_a_summary_is_kept_with_the_last_words_only() -> None:
    memory = kept(said(*"abcdefghij"), "They spelled.", KNOWN, DAY)
    assert memory == Memory("2026-12-01", "They spelled.", tuple(Message("user", it, 0.0) for it in "efghij"))


def test_without_a_summary_more_is_kept() -> None:
    memory = kept(said(*(str(number) for number in range(100))), None, KNOWN, DAY)
    assert (memory.summary, len(memory.messages)) == (KNOWN.summary, MESSAGES_ALONE)


def test_what_is_kept_is_bounded() -> None:
    memory = kept(said(*["x" * 5_000] * 10), "s", None, DAY)
    assert 0 < sum(len(message.text) for message in memory.messages) <= LAST_CHARACTERS
    assert memory.messages[0].text == "x" * LONGEST_MESSAGE + " ..."


def test_results_of_tools_and_backchannels_are_not_kept() -> None:
    talk = (
        Message("user", "Look it up.", 0.0),
        Message("tool", "found", 0.0, call=ToolRequest("1", "look", "{}")),
        Message("user", "Mm-hm.", 0.0, is_backchannel=True),
        Message("assistant", "It is there.", 0.0, cut=True),
    )
    assert [message.text for message in kept(talk, "s", None, DAY).messages] == ["Look it up.", "It is there."]

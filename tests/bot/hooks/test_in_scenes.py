"""Hooks in whole conversations: what they are called with, and that none of them costs the conversation."""

import asyncio
import logging
import runpy
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bot import Agent, HookContext, Hooks, SettingsError, TurnContext, VoiceBot, events, tool
from pipeline.journal import read_journal, replay
from pipeline.journal.moments import timeline
from pipeline.messages import Prompt, ToolRequest
from pipeline.ports import TextDelta, Usage
from pipeline.stages import summarize
from pipeline.testing import Scene, ScriptedLanguageModel, virtual_time

ROOT = Path(__file__).resolve().parents[3]
SAME = 1e-3
"""Seconds by which two scenes of the same may differ: they begin at other times of the loop."""

FACT = "The time in London is noon."


async def played(scene: Scene, hooks: Hooks | None, **options: Any) -> VoiceBot:
    """Converse until the room is closed."""
    async with VoiceBot(room=scene, hooks=hooks or Hooks(), **options) as bot:
        await bot.wait_closed()
    return bot


def asked(*, closes: float = 8.0) -> Scene:
    """A scene in which the person asks for the time."""
    scene = Scene()
    scene.llm.answers("It is noon.")
    scene.person.says("What time is it?", at=2.0)
    scene.closes(at=closes)
    return scene


def voice_to_voice(bot: VoiceBot) -> float:
    (answer,) = bot.metrics.latencies
    assert answer.voice_to_voice_delay is not None
    return answer.voice_to_voice_delay


def last_words(scene: Scene) -> list[str]:
    """The last message of each prompt."""
    return [request.prompt.messages[-1].text for request in scene.requests]


# --- the turn ---


@virtual_time
async def test_what_the_hook_of_a_turn_is_given_and_does_to_it() -> None:
    seen = list[Any]()

    async def look_up(turn: TurnContext) -> None:
        seen.extend([turn.text, [message.text for message in turn.history], turn.metadata])
        await asyncio.sleep(0.05)
        turn.add_context(FACT)
        turn.text = turn.text.replace("time", "hour")

    scene = asked()
    bot = await played(
        scene, Hooks(on_user_turn_completed=look_up, speculative=True), greeting="Hello.", metadata={"account": 7}
    )
    assert seen == ["What time is it?", ["Hello."], {"account": 7}]
    (words,) = last_words(scene)
    assert FACT in words
    assert words.endswith("What hour is it?")
    assert [message.text for message in bot.history] == ["Hello.", "What hour is it?", "It is noon."]


async def latency(hooks: Hooks | None) -> float:
    return voice_to_voice(await played(asked(), hooks))


async def hangs(turn: TurnContext) -> None:
    turn.add_context(FACT)
    await asyncio.Event().wait()


async def adds_soon(turn: TurnContext) -> None:
    await asyncio.sleep(0.05)
    turn.add_context(FACT)


@virtual_time
async def test_a_speculative_hook_costs_its_own_time_at_most_and_another_one_a_reply() -> None:
    plain = await latency(None)
    assert await latency(Hooks(on_user_turn_completed=adds_soon, speculative=True)) == pytest.approx(
        plain + 0.05, abs=0.01
    )
    assert await latency(Hooks(on_user_turn_completed=adds_soon)) > plain + 0.3


@virtual_time
async def test_a_speculative_hook_hides_behind_the_end_of_the_turn() -> None:
    measured = []
    for hooks in (None, Hooks(on_user_turn_completed=adds_soon, speculative=True)):
        scene = asked()
        scene.llm.first_token = 0.1
        measured.append(voice_to_voice(await played(scene, hooks)))
    assert measured[0] == pytest.approx(measured[1], abs=SAME)


@virtual_time
async def test_how_long_the_hook_took_is_measured() -> None:
    given = None, Hooks(on_user_turn_completed=adds_soon), Hooks(on_user_turn_completed=hangs)
    bots = [await played(asked(), hooks) for hooks in given]
    (nothing,), (soon,), (never,) = (bot.metrics.latencies for bot in bots)
    assert nothing.hook_delay is None
    assert soon.hook_delay == pytest.approx(soon.endpoint_delay + 0.05)
    assert never.hook_delay == pytest.approx(never.endpoint_delay + 0.5)


@virtual_time
async def test_a_hook_that_leaves_the_turn_as_it_is_costs_its_own_time_at_most() -> None:
    async def waits(turn: TurnContext) -> None:
        await asyncio.sleep(0.2)

    plain = await latency(None)
    assert await latency(Hooks(on_user_turn_completed=waits)) <= plain + 0.2
    assert await latency(Hooks(on_user_turn_completed=lambda turn: None)) == pytest.approx(plain, abs=SAME)


@virtual_time
async def test_hooks_that_no_turn_waits_for_cost_none() -> None:
    async def hangs(*told: object) -> None:
        await asyncio.Event().wait()

    hooks = Hooks(on_enter=hangs, on_metrics=hangs, on_participant_connected=hangs)
    assert await latency(hooks) == pytest.approx(await latency(None), abs=SAME)


@virtual_time
async def test_a_hook_that_hangs_costs_its_budget_and_the_reply_goes_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = asked()
    bot = await played(scene, Hooks(on_user_turn_completed=hangs, turn_budget=0.3))
    assert voice_to_voice(bot) <= await latency(None) + 0.31
    assert last_words(scene) == ["What time is it?"]
    assert "has overrun its budget" in caplog.text


@virtual_time
async def test_a_hook_that_does_not_end_when_it_is_cancelled_holds_nothing_up() -> None:
    released = asyncio.Event()

    async def stubborn(turn: TurnContext) -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                released.set() if scene.heard else None
        turn.stop_reply()

    scene = asked()
    scene.when_heard("noon.", released.set)
    bot = await played(scene, Hooks(on_user_turn_completed=stubborn))
    assert [message.text for message in bot.history] == ["What time is it?", "It is noon."]


@pytest.mark.parametrize("error", [KeyError("no"), SystemExit(3), asyncio.CancelledError()])
@virtual_time
async def test_a_hook_that_raises_changes_nothing(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def fails(turn: TurnContext) -> None:
        turn.add_context(FACT)
        raise error

    scene = asked()
    bot = await played(scene, Hooks(on_user_turn_completed=fails))
    assert last_words(scene) == ["What time is it?"]
    assert voice_to_voice(bot) == pytest.approx(await latency(None), abs=SAME)
    assert "the turn is answered without it" in caplog.text


@virtual_time
async def test_a_hook_that_leaves_no_text_is_told_so_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def empties(turn: TurnContext) -> None:
        turn.text = " "

    scene = asked()
    bot = await played(scene, Hooks(on_user_turn_completed=empties))
    assert [message.text for message in bot.history] == ["What time is it?", "It is noon."]
    assert "call stop_reply() when there is nothing to answer" in caplog.text


@virtual_time
async def test_a_reply_that_is_stopped_leaves_the_turn_and_no_apology() -> None:
    def stops(turn: TurnContext) -> None:
        if "wife" in turn.text:
            turn.stop_reply()

    scene = asked(closes=12.0)
    scene.llm.answers("It is noon.", "It is noon.")
    scene.person.says("I am talking to my wife.", at=5.0)
    bot = await played(scene, Hooks(on_user_turn_completed=stops, speculative=True))
    assert [message.text for message in bot.history] == ["What time is it?", "It is noon.", "I am talking to my wife."]
    assert [state for _, state in scene.agent_states][-1] == "listening"
    scene.check_history()


@virtual_time
async def test_what_a_hook_adds_is_bounded_with_a_note(caplog: pytest.LogCaptureFixture) -> None:
    scene = asked()
    await played(scene, Hooks(on_user_turn_completed=lambda turn: turn.add_context("x" * 100_000), speculative=True))
    (words,) = last_words(scene)
    assert 8_000 < len(words) < 8_300
    assert "... (cut here: 92,000 more characters)" in words
    assert "the last 92000 are left out" in caplog.text


@virtual_time
async def test_when_the_person_goes_on_the_hook_is_cancelled_and_called_for_the_whole_turn() -> None:
    ends = list[str]()

    async def looks_long(turn: TurnContext) -> None:
        try:
            await asyncio.sleep(0.4)
            ends.append(turn.text)
        except asyncio.CancelledError:
            ends.append(f"cancelled: {turn.text}")
            raise

    scene = Scene()
    scene.person.says("What time is it?", at=2.0)
    scene.person.says("In London?", at=3.5)
    scene.closes(at=9.0)
    bot = await played(scene, Hooks(on_user_turn_completed=looks_long))
    assert ends[-1] == "What time is it? In London?"
    assert bot.history[0].text == "What time is it? In London?"
    assert len(ends) == 2


@virtual_time
async def test_a_replay_needs_no_hook(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    scene = asked()
    await played(scene, Hooks(on_user_turn_completed=adds_soon), journal=str(path))
    replayed = list(replay(read_journal(path)))
    assert all(step.is_same for step in replayed)
    assert [message.text for message in replayed[-1].state.history] == ["What time is it?", "It is noon."]
    assert any(isinstance(step.entry.event, events.TurnHookAnswered) for step in replayed)
    said = [f"{moment.text}" for moment in timeline(replayed)]
    assert f'hook-1 adds "{FACT}"' in said


@virtual_time
async def test_a_recorded_conversation_is_played_again_without_its_hook(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await played(asked(), Hooks(on_user_turn_completed=adds_soon), journal=str(path))
    async with Scene.from_journal(path) as scene:
        await scene.until(8.0)
    assert scene.history == scene.recorded_history


# --- the others ---


@virtual_time
async def test_each_hook_is_called_with_what_has_happened() -> None:
    told = list[tuple[Any, ...]]()
    scene = asked(closes=20.0)
    scene.llm.answers("It is noon.", "Hello to you.")
    scene.dispatches(6.0, lambda now: events.TextReceived(now, "ann", "Hello."))
    scene.person.leaves(10.0, grace=1.0)
    hooks = Hooks(
        on_enter=lambda context: told.append(("enter", context.identity)),
        on_exit=lambda context: told.append(("exit", len(context.history))),
        on_chat_message=lambda message: told.append(("message", message.identity, message.text)),
        on_participant_connected=lambda person: told.append(("connected", person.identity, person.kind)),
        on_participant_disconnected=lambda person: told.append(("disconnected", person.identity)),
        on_metrics=lambda metrics: told.append(("metrics", metrics.counts.turns)),
        on_conversation_ended=lambda history, summary: told.append(("ended", len(history), summary)),
        on_shutdown=lambda reason: told.append(("shutdown", reason)),
    )
    await played(scene, hooks)
    assert sorted(told[:2]) == [("connected", "ann", "STANDARD"), ("enter", "ann")]
    assert told[2:5] == [("metrics", 1), ("message", "ann", "Hello."), ("metrics", 2)]
    assert told[5] == ("disconnected", "ann")
    assert sorted(told[6:8]) == [("ended", 4, "They talked."), ("exit", 4)]
    assert told[8:] == [("shutdown", "ROOM_DELETED")]


@virtual_time
async def test_a_conversation_that_the_bot_leaves_is_over_before_the_shutdown() -> None:
    told = list[str]()

    async def ended(history: tuple[Any, ...], summary: str | None) -> None:
        await asyncio.sleep(4.0)
        told.append(f"ended after {len(history)}")

    scene = asked()
    hooks = Hooks(on_conversation_ended=ended, on_exit=lambda context: told.append("exit"), on_shutdown=told.append)
    async with VoiceBot(room=scene, hooks=hooks):
        await scene.until(6.0)
    assert told == ["exit", "ended after 2", "CLIENT_INITIATED"]


@virtual_time
async def test_who_enters_may_speak() -> None:
    def enter(context: HookContext) -> None:
        context.update_instructions(f"You talk with {context.identity}, {context.metadata['tier']}.")
        context.say("Welcome back.")
        context.generate_reply("Ask for the account.")

    scene = Scene()
    scene.llm.answers("Which account is it?")
    scene.closes(at=8.0)
    await played(scene, Hooks(on_enter=enter), metadata={"tier": "gold"})
    assert scene.heard_text == "Welcome back. Which account is it?"
    scene.assert_requested("You talk with ann, gold.")


@virtual_time
async def test_a_hook_that_fails_or_hangs_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told = list[object]()

    def fails(context: HookContext) -> None:
        raise SystemExit(1)

    async def hangs(event: object) -> None:
        told.append(event)
        await asyncio.Event().wait()

    scene = asked(closes=20.0)
    hooks = Hooks(on_enter=fails, on_participant_connected=hangs, on_metrics=told.append, budget=2.0)
    scene.dispatches(3.0, lambda now: events.ParticipantConnected(now, "bob", "SIP"))
    bot = await played(scene, hooks)
    assert [message.text for message in bot.history] == ["What time is it?", "It is noon."]
    assert "the hook on_enter has failed" in caplog.text
    assert "the hook on_participant_connected has taken 2 s and is cancelled" in caplog.text
    assert [getattr(event, "identity", "metrics") for event in told] == ["ann", "bob", "metrics"], "one after the other"


@virtual_time
async def test_a_hook_that_does_not_end_does_not_keep_the_bot_from_ending() -> None:
    async def hangs(context: object) -> None:
        await asyncio.Event().wait()

    scene = asked()
    loop = asyncio.get_running_loop()
    async with VoiceBot(room=scene, hooks=Hooks(on_exit=hangs, budget=1.0)):
        await scene.until(6.0)
        began_at = loop.time()
    assert loop.time() - began_at < 1.5


class SlowSummarizer(ScriptedLanguageModel):
    """Takes a minute for the first token of a summary."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        self.first_token = 60.0 if prompt.instructions == summarize.INSTRUCTIONS else 0.3
        async with aclosing(super().generate(prompt)) as parts:
            async for part in parts:
                yield part


@pytest.mark.parametrize("leaves", [False, True])
@virtual_time
async def test_a_conversation_is_told_without_a_summary_that_is_late_at_the_end(leaves: bool) -> None:
    told = list[tuple[int, object]]()
    scene = Scene()
    scene.person.says("What time is it?", at=2.0)
    if leaves:
        scene.person.leaves(5.0, grace=0.5)
    loop, model = asyncio.get_running_loop(), SlowSummarizer()
    model.says_only("It is noon.")
    hooks = Hooks(on_conversation_ended=lambda history, summary: told.append((len(history), summary)))
    async with VoiceBot(room=scene, llm=model, hooks=hooks):
        await scene.until(7.0)
        began_at = loop.time()
    assert told == [(2, None)]
    assert loop.time() - began_at == pytest.approx(3.5, abs=0.1)


@virtual_time
async def test_a_conversation_without_words_is_told_without_a_summary() -> None:
    told = list[object]()
    scene = Scene()
    scene.closes(at=3.0)
    await played(scene, Hooks(on_conversation_ended=lambda history, summary: told.append((history, summary))))
    assert told == [((), None)]
    scene.assert_requests(0)


@virtual_time
async def test_a_hook_that_blocks_the_bot_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    scene = asked()
    await played(scene, Hooks(on_enter=lambda context: time.sleep(0.12)))
    assert "the hook on_enter has blocked the bot for 0.1 s" in caplog.text


# --- agents ---


def noting(name: str, told: list[str]) -> Hooks:
    """Hooks of an agent that note what they are told, and add its name to each turn."""

    def add(turn: TurnContext) -> None:
        turn.add_context(f"For {name}.")

    return Hooks(
        on_enter=lambda context: told.append(f"{name} enters"),
        on_exit=lambda context: told.append(f"{name} leaves"),
        on_user_turn_completed=add,
        speculative=True,
    )


@virtual_time
async def test_each_agent_has_its_own_hooks_or_those_of_the_bot() -> None:
    told = list[str]()

    @tool
    def to_second() -> Agent:
        """Hand over."""
        return second

    @tool
    def to_third() -> Agent:
        """Hand over."""
        return third

    first = Agent("first", tools=[to_second], hooks=noting("first", told))
    second = Agent("second", tools=[to_third], greeting="Second here.", hooks=noting("second", told))
    third = Agent("third", greeting="Third here.")
    scene = Scene()
    scene.llm.calls("to_second")
    scene.llm.calls("to_third")
    scene.person.says("Go on to the second.", at=1.0)
    scene.when_heard("Second", lambda: scene.person.says("Go on to the third.", at=8.0))
    scene.when_heard("Third", lambda: scene.person.says("Who are you?", at=15.0))
    scene.closes(at=20.0)
    await played(scene, noting("the bot", told), agent=first)
    pairs = [("first enters", "first leaves"), ("second enters", "second leaves"), ("the bot enters", "the bot leaves")]
    assert [each for each in told if each.endswith("enters")] == [enters for enters, _ in pairs]
    assert [each for each in told if each.endswith("leaves")] == [leaves for _, leaves in pairs]
    asked = [words for words in last_words(scene) if "(For" in words]
    assert ["For first." in words for words in asked] == [True, False, False]
    assert ["For second." in words for words in asked] == [False, True, False]
    assert ["For the bot." in words for words in asked] == [False, False, True]


def test_a_hook_of_the_whole_bot_is_none_of_an_agent() -> None:
    with pytest.raises(
        SettingsError, match=r"the agent 'first': on_metrics belongs to the whole bot: give it to VoiceBot"
    ):
        Agent("first", hooks=Hooks(on_metrics=print))
    with pytest.raises(SettingsError, match="are no hooks: write hooks=Hooks"):
        Agent("first", hooks=print)  # type: ignore[arg-type]


# --- the example ---


@virtual_time
async def test_the_example_gives_the_model_what_fits_the_question() -> None:
    names = runpy.run_path(str(ROOT / "examples" / "faq.py"))
    scene = Scene()
    scene.llm.answers("It is open until six.", "I do not know, but the desk does.")
    scene.person.says("How long are you open on Saturdays?", at=4.0)
    scene.when_heard("six.", lambda: scene.person.says("Do you sell coffee?"))
    scene.closes(at=16.0)
    await names["serve"](scene, names["Faq"](names["ENTRIES"]))
    hours, coffee = last_words(scene)
    assert "Tuesday to Saturday from ten to six" in hours
    assert "guide dog" not in hours
    assert coffee == "Do you sell coffee?"
    scene.assert_answered_within(1.0)


def test_the_example_finds_what_is_meant() -> None:
    names = runpy.run_path(str(ROOT / "examples" / "faq.py"))
    search = names["Faq"](names["ENTRIES"]).search
    assert "ten euros a year" in search("What does a card cost?")[0]
    assert "guide dog" in search("Is a dog welcome?")[0]
    assert "Twenty cents" in search("I am late with two books. Is there a fine?")[0]
    assert search("Is it going to rain?") == []

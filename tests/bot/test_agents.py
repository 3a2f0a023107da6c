"""Agents of a program, in whole conversations: handed over to, served, given other tools; and faulty ones."""

import runpy
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot import Agent, HandedOver, Hooks, SettingsError, ToolContext, VoiceBot, tool
from bot.assembly.agent_providers import AgentProviders
from bot.assembly.resampled_voice import ResampledVoice
from bot.settings.keywords import AUTO, resolve_arguments
from bot.settings.session_limits import SessionLimits
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.errors import Declined
from pipeline.journal import read_journal, replay
from pipeline.journal.moments import timeline
from pipeline.messages import Tool
from pipeline.ports import Speech, Synthesizer, WordTime
from pipeline.testing import Scene, ScriptedAnswer, ScriptedLanguageModel, ScriptedSynthesizer, virtual_time
from pipeline.testing.clock import Clock

ROOT = Path(__file__).resolve().parents[2]


@virtual_time
async def test_the_example_hands_over_to_billing_and_back() -> None:
    serve = runpy.run_path(str(ROOT / "examples" / "two_agents.py"))["serve"]
    scene = Scene()
    scene.llm.calls("to_billing", invoice="17")
    scene.llm.answers("Billing here. I look at invoice seventeen.")
    scene.llm.calls("look_up_invoice", number="17")
    scene.llm.answers("It is 120 dollars.")
    scene.llm.calls("to_reception")
    scene.when_heard("you?", lambda: scene.person.says("It is about invoice 17."))
    scene.when_heard("seventeen.", lambda: scene.person.says("Yes, what is to be paid?"))
    scene.when_heard("dollars.", lambda: scene.person.says("Thank you. And do you sell bells?"))
    scene.closes(at=60.0)
    await serve(scene)
    scene.assert_heard("what can I do for you", times=2)
    scene.assert_heard("It is 120")
    who = ["reception" if "reception" in it.prompt.instructions else "billing" for it in scene.requests]
    assert who == ["reception", "billing", "billing", "billing", "billing"]
    assert [it.name for it in scene.requests[1].prompt.tools] == ["look_up_invoice", "to_reception"]
    assert scene.requests[1].said[-2] == ("tool", "You are billing now. It is about invoice 17.")
    scene.check_history()


@tool
def to_second() -> Agent:
    """Hand over."""
    return second


@tool
def look() -> str:
    """Look."""
    return "sunny"


second = Agent("second", "Be second.", tools=[look], greeting="Second here.")
first = Agent("first", "Be first.", tools=[to_second], greeting="First here.")


@virtual_time
async def test_frontends_programs_and_metrics_know_who_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = list[str]()
    scene = Scene()
    scene.llm.calls("to_second")
    scene.person.says("The second, please.", at=4.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, agent=first) as bot:
        monkeypatch.setattr(bot._place, "set_attributes", lambda given: shown.append(given.get("rawbot.agent", "")))
        told = [event async for event in bot.events() if isinstance(event, HandedOver)]
        assert bot.metrics.counts.hand_overs == 1
    assert [(event.before, event.agent) for event in told] == [("first", "second")]
    (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.text == "handed over: second leads the conversation from here on"
    scene.assert_heard("First here. Second here.")


@virtual_time
async def test_a_hand_over_is_in_the_journal_and_decided_again_from_it(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.calls("to_second")
    scene.person.says("The second, please.", at=4.0)
    scene.when_heard("here.", lambda: scene.person.says("How is the weather?", at=9.0), times=2)
    scene.closes(at=14.0)
    async with VoiceBot(room=scene, agent=first, journal=tmp_path / "talk.jsonl") as bot:
        await bot.wait_closed()
    steps = list(replay(read_journal(tmp_path / "talk.jsonl")))
    assert all(step.is_same for step in steps)
    assert steps[-1].state.agent.name == "second"
    shown = [decision.text for moment in timeline(steps) for decision in moment.decisions]
    assert 'use what serves agent-2, hand over from "first" to "second"' in shown


@virtual_time
async def test_a_recorded_hand_over_is_played_again(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.calls("to_second")
    scene.llm.calls("look")
    scene.llm.answers("It is sunny.")
    scene.person.says("The second, please.", at=4.0)
    scene.person.says("How is the weather?", at=10.0)
    scene.closes(at=16.0)
    hooks = Hooks(on_user_turn_completed=lambda turn: None)
    async with VoiceBot(room=scene, agent=first, hooks=hooks, journal=tmp_path / "talk.jsonl") as bot:
        await bot.wait_closed()
    async with Scene.from_journal(tmp_path / "talk.jsonl") as again:
        await again.is_over()
    assert again.heard_text == scene.heard_text == "First here. Second here. It is sunny."
    assert again.session.state.agent.name == "second"


@virtual_time
async def test_an_agent_has_a_language_model_of_its_own() -> None:
    other = ScriptedLanguageModel()
    other.says_only("I am another model.")
    third = Agent("third", "Be third.", llm=other)

    @tool
    async def hand_over(context: ToolContext) -> str:
        """Hand over."""
        context.hand_over(third)
        return "it is yours"

    scene = Scene()
    scene.llm.calls("hand_over")
    scene.person.says("The third, please.", at=2.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, agent=Agent("first", "Be first.", tools=[hand_over])) as bot:
        await bot.wait_closed()
    scene.assert_heard("I am another model")
    assert [it.prompt.instructions for it in scene.requests] == ["Be first.", "Be third."]


@virtual_time
async def test_an_agent_apologizes_in_its_own_words() -> None:
    scene = Scene()
    scene.llm.answers(ScriptedAnswer(error=Declined("llm", "it does not answer that")))
    scene.person.says("How are you?", at=1.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, agent=Agent("first", apology="Oh dear.")) as bot:
        await bot.wait_closed()
    assert [it.text for it in bot.history] == ["How are you?", "Oh dear."]


@virtual_time
async def test_a_tool_that_fails_hands_nothing_over() -> None:
    @tool
    async def hand_over(context: ToolContext) -> str:
        """Hand over."""
        context.hand_over(second)
        raise RuntimeError("no")

    scene = Scene()
    scene.llm.calls("hand_over")
    scene.llm.answers("That did not work.")
    scene.person.says("The second, please.", at=2.0)
    scene.closes(at=10.0)
    async with VoiceBot(room=scene, agent=Agent("first", "Be first.", tools=[hand_over])) as bot:
        await bot.wait_closed()
    scene.assert_heard("That did not work")
    assert [it.prompt.instructions for it in scene.requests] == ["Be first."] * 2


@virtual_time
async def test_a_voice_of_another_rate_is_heard_at_the_rate_of_the_room() -> None:
    async def text() -> AsyncGenerator[str, None]:
        yield "One two three."

    async def spoken(synthesizer: Synthesizer) -> tuple[int, list[WordTime]]:
        pieces = [piece async for piece in synthesizer.speak(text())]
        samples = sum(len(piece.samples) for piece in pieces if isinstance(piece, Speech))
        return samples, [piece for piece in pieces if isinstance(piece, WordTime)]

    clock = Clock()
    clock.begin()
    own = ScriptedSynthesizer(clock)
    given, words = await spoken(own)
    made, same_words = await spoken(ResampledVoice(own, own.rate * 3 // 2))
    assert made == pytest.approx(given * 3 / 2, rel=0.01)
    assert same_words == words


@virtual_time
async def test_a_program_replaces_the_functions_of_the_agent_that_leads() -> None:
    scene = Scene()
    scene.person.says("How is the weather?", at=2.0)
    scene.person.says("And now?", at=8.0)
    scene.closes(at=14.0)
    async with VoiceBot(room=scene) as bot:
        scene.does(6.0, lambda: bot.update_tools([look, "end_call"]))
        await bot.wait_closed()
    assert [[it.name for it in request.prompt.tools] for request in scene.requests] == [[], ["look", "end_call"]]


@virtual_time
async def test_a_tool_replaces_the_functions_from_the_next_request_on() -> None:
    @tool
    def unlock(context: ToolContext) -> str:
        """Unlock more."""
        context.update_tools([look])
        return "unlocked"

    scene = Scene()
    scene.llm.calls("unlock")
    scene.llm.calls("look")
    scene.llm.answers("It is sunny.")
    scene.person.says("How is the weather?", at=2.0)
    scene.closes(at=12.0)
    async with VoiceBot(room=scene, tools=[unlock]) as bot:
        await bot.wait_closed()
    assert [[it.name for it in request.prompt.tools] for request in scene.requests] == [["unlock"], ["look"], ["look"]]
    scene.assert_heard("It is sunny")


@virtual_time
async def test_the_tools_of_other_sources_come_with_every_agent() -> None:
    class Ping:
        definition = Tool("ping", "Ping.", {})

        async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
            return "pong"

    scene = Scene()
    scene.llm.calls("to_second")
    scene.llm.answers("Well.")
    scene.person.says("The second, please.", at=4.0)
    scene.person.says("How are you?", at=12.0)
    scene.closes(at=16.0)
    async with VoiceBot(room=scene, agent=first) as bot:
        scene.does(10.0, lambda: bot._run.parts.tools.toolbox.replace("server", [Ping()]))
        await bot.wait_closed()
    names = [[it.name for it in request.prompt.tools] for request in scene.requests]
    assert names == [["to_second"], ["look", "ping"]]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": " "}, r"the agent ' ': name is blank"),
        ({"instructions": None}, "instructions must be text"),
        ({"greeting": "Hello.", "greeting_instructions": "Greet."}, "exclude each other"),
        ({"apology": 7}, "apology must be text"),
        ({"language": "English, please"}, "must be a language tag"),
        ({"tools": ["look"]}, "is no tool of this bot"),
        ({"tools": [len]}, "write @tool above the function"),
        ({"tools": [look, look]}, "has the name of the one at"),
        ({"llm": object()}, "is no language model: it lacks"),
        ({"tts": "cartesa"}, "unknown provider 'cartesa'"),
        ({"stt": "none"}, "an agent has a transcriber"),
    ],
)
def test_what_is_wrong_with_an_agent_is_told_when_it_is_made(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Agent(**{"name": "first", "instructions": "Be first."} | given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"agent": "first"}, "is no agent"),
        ({"agent": first, "instructions": "Be brief."}, r"instructions= is said beside agent="),
        ({"agent": first, "tools": [look]}, r"tools= is said beside agent="),
    ],
)
def test_what_contradicts_an_agent_is_told_before_the_bot_joins(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        VoiceBot(room=Scene(), **given)


def test_settings_that_an_agent_takes_the_place_of_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BOT_GREETING=Hello.\nBOT_INSTRUCTIONS=Be brief.\n")
    VoiceBot(room=Scene(), agent=first)
    VoiceBot(room=Scene())
    assert caplog.messages == [
        "not used: instructions, greeting; the agent 'first' says that itself: give it to Agent(...)"
    ]


def providers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, without: str = "", llm: Any = AUTO, tts: Any = AUTO
) -> AgentProviders:
    """Those of a bot with all keys but one."""
    monkeypatch.chdir(tmp_path)
    keys = {"LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "secret"}
    keys |= dict.fromkeys(("DEEPGRAM_API_KEY", "CARTESIA_API_KEY", "OPENAI_API_KEY"), "key")
    for name in keys.keys() - {without}:
        monkeypatch.setenv(name, keys[name])
    return AgentProviders(resolve_arguments(None, "room", AUTO, llm, tts, {"url": "ws://127.0.0.1:1"}))


def test_an_agent_shares_what_it_does_not_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = providers(monkeypatch, tmp_path)
    own = made.of(None)
    assert made.of(first) == own
    stt, llm, tts = made.of(Agent("third", "Be third.", voice="another"))
    assert (stt, llm) == own[:2]
    assert tts is not own[2]
    assert made.of(Agent("fourth", "Be fourth.", voice="another"))[2] is tts
    stt, llm, tts = made.of(Agent("fifth", "Be fifth.", language="de"))
    assert llm is own[1]
    assert stt is not own[0]
    assert tts is not own[2]


def test_what_cannot_serve_an_agent_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = providers(monkeypatch, tmp_path, without="OPENAI_API_KEY", llm="responder", tts=ScriptedSynthesizer(Clock()))
    with pytest.raises(SettingsError, match="the agent 'third': llm is openai, the language model that needs OPENAI"):
        made.of(Agent("third", "Be third.", llm="openai"))
    with pytest.raises(SettingsError, match="voice is 'another', and the synthesizer is an object"):
        made.of(Agent("third", "Be third.", voice="another"))


def test_an_agent_keeps_to_the_providers_that_its_session_allows() -> None:
    limits = SessionLimits(allowed_providers={"llm": ("responder",)})
    settings = Settings(llm=ProviderChoice("responder"), limits=limits)
    made = AgentProviders(resolve_arguments(settings, None, AUTO, AUTO, AUTO, {}))
    made.of(Agent("second", "Be second.", llm="responder"))
    with pytest.raises(SettingsError, match="third': llm is openai:small, and the session allows responder only"):
        made.of(Agent("third", "Be third.", llm="openai:small"))


@pytest.mark.parametrize("llm", ["responder", "smollm2"])
def test_a_model_that_follows_no_instructions_makes_no_summaries(
    llm: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What it wrote would be remembered as what the person has said."""
    of_replies = ScriptedLanguageModel()
    assert providers(monkeypatch, tmp_path, llm=llm).summary_model(of_replies) is None
    assert providers(monkeypatch, tmp_path, llm=of_replies).summary_model(of_replies) is of_replies
    monkeypatch.setenv("SUMMARY_LLM_PROVIDER", "openai")
    assert providers(monkeypatch, tmp_path, llm=llm).summary_model(of_replies) is not None


def test_where_no_model_is_chosen_for_summaries_none_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    of_replies = ScriptedLanguageModel()
    monkeypatch.setenv("SUMMARY_LLM_PROVIDER", "none")
    assert providers(monkeypatch, tmp_path, llm=of_replies).summary_model(of_replies) is None

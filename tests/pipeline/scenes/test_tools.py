"""Tools in whole conversations: the model calls, the person hears, and nothing is lost on the way."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from math import inf

import pytest

from pipeline.commands import CallTool, HangUp
from pipeline.errors import Unavailable, VoiceBotError
from pipeline.events import PlayoutStarted, ReplyEnded
from pipeline.messages import Prompt, Tool, ToolRequest
from pipeline.ports import TextDelta, ToolResult, ToolSession
from pipeline.session import Session
from pipeline.speech_handles import SpeechOutcome
from pipeline.stages.tools import LONGEST_RESULT
from pipeline.testing import Scene, SceneFailed, ScriptedAnswer, runner, tool_request
from pipeline.turn.history import STILL_RUNNING
from tests.pipeline.turn.prompts import check_calls

SUNNY = "It is sunny in Paris."


def weather(scene: Scene, *, text: str = "", takes: float = 0.0, timeout: float = 15.0) -> None:
    """The person asks, the model calls a tool, and answers from its result."""
    scene.tool("get_weather", "sunny", takes=takes, timeout=timeout)
    scene.llm.answers(ScriptedAnswer(text, calls=(tool_request("get_weather", city="Paris"),)), SUNNY)
    scene.person.says("How is the weather in Paris?", at=1.0)


def roles(scene: Scene) -> list[str]:
    return [role for role, _ in scene.history]


def test_a_tool_is_called_and_its_result_told(scene: Scene) -> None:
    weather(scene)
    scene.run()
    scene.assert_called("get_weather", city="Paris")
    scene.assert_heard(SUNNY)
    scene.check_history()
    assert scene.history[1:] == [("tool", "sunny"), ("assistant", SUNNY)]
    assert scene.prompts[1][1:] == [("assistant", ""), ("tool", "sunny")]
    assert [state for _, state in scene.agent_states][1:] == ["listening", "thinking", "speaking", "listening"]
    assert not any(
        caption.text == "" and not caption.final for caption in scene.captions if caption.speaker == "person"
    )


def test_what_is_said_with_a_call_is_heard_while_the_tool_runs(scene: Scene) -> None:
    weather(scene, text="One moment, I look.", takes=0.2)
    scene.run()
    (called,) = scene.called
    assert called.at < scene.heard[0].at + 0.2
    assert scene.heard_text == f"One moment, I look. {SUNNY}"
    assert roles(scene) == ["user", "assistant", "tool", "assistant"]
    assert scene.prompts[1][1:] == [("assistant", "One moment, I look."), ("tool", "sunny")]
    scene.check_history()


class Hasty:
    """A language model that calls a tool for whatever is a table for Monday."""

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest, None]:
        await asyncio.sleep(0.05)
        if prompt.messages[-1].text.endswith("for Monday."):
            yield tool_request("book", day="Monday")
        else:
            yield TextDelta("All of Monday is free.")


@pytest.mark.scene(llm=Hasty())
def test_a_draft_never_runs_a_call(scene: Scene) -> None:
    scene.tool("book", "booked")
    end = scene.person.says("Book a table for Monday.", at=1.0)
    scene.person.says("No, only tell me what is free.", at=end + 0.35)
    scene.run()
    assert scene.prompts[0] == [("user", "Book a table for Monday.")], "there was a draft"
    assert len(scene.requests) == 2
    scene.assert_not_called("book")
    assert roles(scene) == ["user", "assistant"]


def test_a_person_who_speaks_while_a_tool_runs_is_answered_at_once(scene: Scene) -> None:
    weather(scene, takes=8.0)
    scene.llm.answers()
    scene.person.says("Are you still there?", at=5.0)
    scene.llm.reply = lambda prompt: SUNNY
    scene.run()
    meanwhile = next(prompt for prompt in scene.prompts if prompt[-1] == ("user", "Are you still there?"))
    assert ("tool", STILL_RUNNING) in meanwhile
    assert roles(scene) == ["user", "user", "assistant", "tool", "assistant"], "the result is told when it comes"
    assert max(scene.answer_delays) < 1.6
    for request in scene.requests:
        check_calls(request.prompt)


@pytest.mark.parametrize(
    ("on_interrupt", "result"), [("finish", "booked"), ("cancel", "cancelled: the person interrupted")]
)
def test_a_barge_in_does_to_a_call_what_the_tool_declares(scene: Scene, on_interrupt: str, result: str) -> None:
    done = list[str]()

    async def book(session: ToolSession) -> str:
        await asyncio.sleep(6.0)
        done.append("booked")
        return "booked"

    scene.tool("book", book, on_interrupt=on_interrupt)  # type: ignore[arg-type]
    scene.llm.answers(ScriptedAnswer("I book it for you now, just a moment please.", calls=(tool_request("book"),)))
    scene.person.says("Book a table.", at=1.0)
    scene.person.interrupts("Wait, stop.", on="for")
    scene.run()
    assert ("tool", result) in scene.history
    assert done == (["booked"] if on_interrupt == "finish" else [])
    scene.check_history()


def test_of_two_calls_one_fails(scene: Scene) -> None:
    scene.tool("look", "found", takes=1.0)
    scene.tool("book", ToolResult("the calendar is closed", is_error=True), takes=0.5)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"), tool_request("book"))), "That did not work.")
    scene.person.says("Look and book.", at=1.0)
    scene.run()
    first, second = scene.called
    assert first.at == second.at
    assert scene.history[1:] == [
        ("tool", "the calendar is closed"),
        ("tool", "found"),
        ("assistant", "That did not work."),
    ]
    assert [message.is_error for message in scene.session.history][1:3] == [True, False]
    (step,) = scene.metrics.tool_steps
    assert (step.calls, step.failures) == (2, 1)
    assert step.request_delay == 0.0, "the bot itself adds nothing"


def test_a_model_that_calls_for_ever_is_asked_without_tools(scene: Scene) -> None:
    scene.tool("look", "nothing yet", takes=0.1)
    scene.llm.answers(*[ScriptedAnswer(calls=(tool_request("look"),))] * 5, "I give up.")
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert len(scene.called) == 5
    assert [len(request.prompt.tools) for request in scene.requests][-2:] == [1, 0]
    scene.assert_heard("I give up.")


def test_ten_steps_are_made_where_the_policy_allows_them() -> None:
    scene = Scene(max_tool_steps=10)
    scene.tool("look", "nothing yet", takes=0.1)
    scene.llm.answers(*[ScriptedAnswer(calls=(tool_request("look"),))] * 10, "It was the tenth.")
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert len(scene.called) == 10
    assert [bool(request.prompt.tools) for request in scene.requests] == [True] * 10 + [False]
    scene.assert_heard("It was the tenth.")
    scene.check_history()


def test_a_call_that_no_one_has_offered_is_no_answer(scene: Scene) -> None:
    scene.tool("look", "nothing yet", takes=0.1)
    scene.llm.answers(*[ScriptedAnswer(calls=(tool_request("look"),))] * 9)
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert len(scene.called) == 5
    scene.assert_heard("Sorry, something went wrong")


def test_a_tool_that_never_returns_is_given_up(scene: Scene) -> None:
    weather(scene, takes=inf)
    scene.run()
    assert ("tool", "timed out after 15 s") in scene.history
    scene.assert_heard(SUNNY)


def test_a_tool_that_does_not_let_itself_be_cancelled_holds_nothing_up(scene: Scene) -> None:
    async def stubborn(session: ToolSession) -> str:
        for _ in range(3):
            try:
                await asyncio.sleep(20.0)
            except asyncio.CancelledError:
                continue
        session.say("Too late.")
        return "too late"

    scene.tool("look", stubborn, timeout=2.0)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "It does not answer.")
    scene.person.says("Look for it.", at=1.0)
    scene.run(until=60.0)
    scene.assert_heard("It does not answer.")
    assert scene.history[1] == ("tool", "timed out after 2 s")
    scene.assert_not_heard("Too late.")


def test_a_result_of_a_megabyte_is_bounded(scene: Scene) -> None:
    scene.tool("look", "x" * 1_000_000)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "That is long.")
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    result = scene.history[1][1]
    assert len(result) < LONGEST_RESULT + 100
    assert "984,000 more characters" in result
    assert scene.prompts[1][0] == ("user", "Look for it.")


def test_a_person_who_leaves_while_a_tool_runs_is_told_nothing_more(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    weather(scene, takes=25.0, timeout=60.0)
    scene.person.leaves(at=5.0)
    scene.does(40.0, lambda: None)
    with caplog.at_level(logging.INFO):
        scene.run()
    assert "dropped" in caplog.text
    assert scene.heard_text == ""
    assert scene.history[-1] == ("tool", "not known: the person left before it came")


@pytest.mark.parametrize("error", [RuntimeError("bug"), asyncio.CancelledError(), SystemExit(3), GeneratorExit()])
def test_a_runner_that_breaks_costs_only_the_call(
    scene: Scene, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(session: ToolSession) -> str:
        raise error

    scene.tool("look", broken)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "That did not work.")
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert scene.history[1][0] == "tool"
    assert scene.history[1][1].startswith("failed")
    scene.assert_heard("That did not work.")
    assert "look" in caplog.text


def test_a_filler_is_heard_while_a_tool_takes_long(scene: Scene) -> None:
    scene.tool("look", "found", takes=3.0, filler="One moment.")
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "Here it is.")
    end = scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert scene.heard_text == "One moment. Here it is."
    assert scene.heard[0].at - end < 1.6
    assert scene.answer_delays == [pytest.approx(scene.heard[0].at - end, abs=0.05)], "it is the first sound"
    scene.check_history()


@pytest.mark.parametrize("takes", [0.0, 0.4, 0.8, 1.0, 1.3, 1.8, 3.0])
def test_a_filler_and_an_answer_are_never_heard_at_once(scene: Scene, takes: float) -> None:
    scene.tool("look", "found", takes=takes, filler="One moment.")
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "Here it is.")
    end = scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert scene.heard_text in ("Here it is.", "One moment. Here it is.")
    assert scene.heard[0].at - end < 1.6
    heard = [
        type(it) for it in scene.events if isinstance(it, PlayoutStarted) or (isinstance(it, ReplyEnded) and it.heard)
    ]
    assert heard == [PlayoutStarted, ReplyEnded] * (len(heard) // 2), "one begins when the other one has ended"


def test_an_mm_hm_while_a_tool_runs_is_not_answered_and_in_nobody_s_way(scene: Scene) -> None:
    weather(scene, takes=6.0)
    scene.person.says("Mm-hm.", at=5.0)
    scene.run()
    assert len(scene.requests) == 2
    assert scene.heard_text == SUNNY
    assert scene.history[1] == ("user", "Mm-hm.")
    assert scene.metrics.counts.backchannels == 1


def test_a_tool_may_speak_and_read_what_was_said(scene: Scene) -> None:
    read = list[str]()

    async def look(session: ToolSession) -> str:
        read.extend(message.text for message in session.history)
        session.say("I am looking.")
        await asyncio.sleep(3.0)
        return "found"

    scene.tool("look", look)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), "Here it is.")
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    assert read == ["Look for it."]
    assert scene.heard_text == "I am looking. Here it is."


def test_a_tool_may_forbid_interruptions(scene: Scene) -> None:
    async def book(session: ToolSession) -> str:
        session.disallow_interruptions()
        await asyncio.sleep(4.0)
        return "booked"

    scene.tool("book", book, on_interrupt="cancel")
    scene.llm.answers(ScriptedAnswer("I book it for you now, just a moment please.", calls=(tool_request("book"),)))
    scene.person.says("Book a table.", at=1.0)
    scene.person.interrupts("Wait, stop.", on="for")
    scene.run()
    scene.assert_heard("just a moment please")
    assert ("tool", "booked") in scene.history
    scene.assert_said("Wait, stop.")


def test_a_tool_may_end_the_call(scene: Scene) -> None:
    async def end_call(session: ToolSession) -> str:
        session.end_call("Goodbye, take care.")
        return "done"

    scene.tool("end_call", end_call)
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("end_call"),)), "And one more thing.")
    scene.person.says("Thanks, that was all.", at=1.0)
    scene.run()
    assert scene.heard_text == "Goodbye, take care."
    assert scene.session.has_ended
    assert sum(isinstance(it, HangUp) for step in scene._steps for it in step.commands) == 1


@pytest.mark.parametrize("text", ["", "One moment, I look."])
def test_a_reply_that_the_program_asks_for_returns_what_was_heard_of_all_its_steps(scene: Scene, text: str) -> None:
    scene.tool("look", "found", takes=2.0)
    call = ScriptedAnswer(text, calls=(tool_request("look"),))
    scene.llm.answers(call, ScriptedAnswer("Almost there.", calls=(tool_request("look"),)), "Here it is.")
    outcomes = list[SpeechOutcome]()

    async def ask() -> None:
        outcomes.append(await scene.generate_reply("Look for it."))
        assert scene.heard_text == outcomes[0].heard

    scene.does(1.0, lambda: scene.plays(ask()))
    scene.run()
    (outcome,) = outcomes
    assert outcome.heard == f"{text} Almost there. Here it is.".strip()
    assert not outcome.is_cut
    assert outcome.began_at is not None


def test_it_returns_what_was_heard_when_the_session_ends_in_a_call(scene: Scene) -> None:
    scene.tool("look", "found", takes=20.0)
    scene.llm.answers(ScriptedAnswer("One moment, I look.", calls=(tool_request("look"),)))
    outcomes = list[SpeechOutcome]()

    async def ask() -> None:
        outcomes.append(await scene.generate_reply("Look for it."))

    scene.does(1.0, lambda: scene.plays(ask()))
    scene.does(8.0, lambda: scene.plays(scene.leave()))
    scene.run(until=9.0)
    assert [(it.heard, it.is_cut) for it in outcomes] == [("One moment, I look.", True)]


def test_it_raises_what_kept_the_results_from_being_told(scene: Scene) -> None:
    scene.tool("look", "found")
    away = [ScriptedAnswer(error=Unavailable("llm", "gone"))] * 20
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), *away)
    failures = list[Exception]()

    async def ask() -> None:
        try:
            await scene.generate_reply("Look for it.")
        except Unavailable as failure:
            failures.append(failure)

    scene.does(1.0, lambda: scene.plays(ask()))
    scene.run()
    (failure,) = failures
    assert re.search("llm: gone|no answer within", str(failure)), "by chance, as it is asked again"


def test_what_was_called_beside_the_end_of_the_call_is_told_without_a_long_silence(scene: Scene) -> None:
    async def end_call(session: ToolSession) -> str:
        session.end_call("Goodbye, take care.")
        return "The call ends."

    scene.tool("end_call", end_call)
    scene.tool("book", "booked", takes=4.5, filler="One moment.")
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("book"), tool_request("end_call"))), "It is booked.")
    scene.person.says("Book it, and that was all.", at=1.0)
    scene.run()
    assert scene.heard_text == "One moment. It is booked. Goodbye, take care."
    assert scene.session.has_ended


def test_when_the_model_is_away_behind_a_result_the_bot_apologizes_and_keeps_the_result(scene: Scene) -> None:
    scene.tool("look", "found")
    away = [ScriptedAnswer(error=Unavailable("llm", "gone"))] * 20
    scene.llm.answers(ScriptedAnswer(calls=(tool_request("look"),)), *away)
    scene.person.says("Look for it.", at=1.0)
    scene.run()
    scene.assert_heard("Sorry, something went wrong")
    assert scene.history[1] == ("tool", "found")


def test_a_session_that_cannot_run_tools_offers_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        runner, "Session", lambda **given: Session(**(given | {"parts": replace(given["parts"], tools=None)}))
    )
    scene = Scene(tools=(Tool("look", "Looks.", {}),))
    scene.person.says("Hello.", at=1.0)
    scene.run()
    assert scene.requests[0].prompt.tools == ()
    with pytest.raises(VoiceBotError, match="runs no tools"):
        scene.session.requests.update_tools((Tool("look", "Looks.", {}),))


def test_tools_that_come_later_are_offered_from_then_on(scene: Scene) -> None:
    """As those of a server that is slow to start; a draft without them is made anew."""
    scene.person.says("Hello.", at=1.0)
    later = (Tool("look", "Looks.", {}),)
    scene.does(1.5, lambda: scene.session.requests.update_tools(later))
    scene.run()
    assert [request.prompt.tools for request in scene.requests] == [(), later]


def test_expectations_of_calls_say_what_was_called_instead(scene: Scene) -> None:
    weather(scene)
    scene.run()
    with pytest.raises(SceneFailed, match="Paris"):
        scene.assert_called("get_weather", city="Rome")
    with pytest.raises(SceneFailed, match="was not to be called"):
        scene.assert_not_called("get_weather")
    assert "CallTool" in scene.timeline
    assert "ToolReturned" in scene.timeline


def test_v2v_of_a_turn_without_calls_is_the_same_with_thirty_tools() -> None:
    def delay(tools: int) -> list[float]:
        scene = Scene()
        for number in range(tools):
            scene.tool(f"tool_{number}")
        scene.person.says("What time is it?", at=1.0)
        return scene.run().answer_delays

    assert delay(30) == delay(0)


def test_a_tool_call_is_made_of_what_the_model_wrote(scene: Scene) -> None:
    weather(scene)
    scene.run()
    (call,) = (it for step in scene._steps for it in step.commands if isinstance(it, CallTool))
    assert call.request == ToolRequest("call", "get_weather", '{"city": "Paris"}')

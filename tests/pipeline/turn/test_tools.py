"""Calls of tools: when they begin and end, what the model is told of them, and what the person hears meanwhile."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.commands import (
    CallTool,
    CancelTool,
    DropTool,
    HangUp,
    ShowAgentState,
    StartReply,
    StaticText,
    ToolCommitted,
)
from pipeline.events import Event
from pipeline.messages import Message, Prompt, Tool, ToolRequest
from pipeline.turn import history
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from tests.pipeline.turn.kit import START, Playing, Talk
from tests.pipeline.turn.prompts import check_calls

LOOK, BOOK = Tool("look", "Looks.", {}), Tool("book", "Books.", {}, on_interrupt="cancel", filler="One moment.")


def asks(name: str, number: int = 1, arguments: str = "{}") -> ToolRequest:
    return ToolRequest(f"id-{number}", name, arguments)


class ToolTalk(Talk):
    """With tools of paper: `asks` has the calls that a reply asks for, `takes` the seconds of each tool."""

    def __init__(
        self,
        asks: dict[str, tuple[ToolRequest, ...]],
        takes: dict[str, float] | None = None,
        *,
        spoken: frozenset[str] = frozenset(),
        tools: tuple[Tool, ...] = (LOOK, BOOK),
        **options: object,
    ) -> None:
        super().__init__(tools=tools, **options)  # type: ignore[arg-type]
        self.asks, self.takes = asks, takes or {}
        self.spoken = spoken
        """Of the replies with calls, those with a text, too."""
        self._running: set[str] = set()

    @property
    def prompts(self) -> list[Prompt]:
        found = [start.source for start in self.all(StartReply) if isinstance(start.source, Prompt)]
        for prompt in found:
            check_calls(prompt)
        return found

    @property
    def results(self) -> list[str]:
        """Of the calls in the history."""
        return [message.text for message in self.state.history if message.role == "tool"]

    def returns(self, at: float, call_id: str, text: str = "sunny") -> None:
        self.at(at, lambda now: events.ToolReturned(now, call_id, text))

    def _ready(self, now: float, reply_id: str) -> Event | None:
        if reply_id in self._orders.made and reply_id in self.asks:
            self.happen(events.ToolsRequested(now, reply_id, self.asks[reply_id]))
            return events.ReplyReady(now, reply_id, is_silent=reply_id not in self.spoken)
        return super()._ready(now, reply_id)

    def _carry_out(self, command: commands.Command) -> None:
        match command:
            case commands.Release(reply_id) if reply_id in self.asks and reply_id not in self.spoken:
                self._on_air = Playing(reply_id, 0.0, None)
                self.at(self.now - START, lambda now: events.ReplyEnded(now, reply_id, "", is_cut=False))
            case CallTool(_, request):
                self._running.add(request.id)
                takes = self.takes.get(request.name, 0.5)
                self.at(self.now - START + takes, lambda now: self._returned(now, request))
            case CancelTool(call_id) | DropTool(call_id):
                self._running.remove(call_id)
            case _:
                super()._carry_out(command)

    def _returned(self, now: float, request: ToolRequest) -> Event | None:
        if request.id not in self._running:
            return None
        self._running.remove(request.id)
        return events.ToolReturned(now, request.id, f"{request.name} done")


# --- when they run ---


def test_a_call_begins_when_its_answer_is_released_and_not_before() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, making=0.1)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(4.0)
    (ready,) = (at for at, command in talk.log if isinstance(command, StartReply) and command.reply_id == "reply-1")
    (called,) = talk.times(CallTool)
    assert ready < 2.3 < called == talk.times(commands.TurnCommitted)[0]


def test_the_calls_of_a_draft_that_is_discarded_never_begin() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, making=0.1)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.interim(1.9)
    talk.says(2.3, 2.9, "In Paris, I mean.")
    talk.until(8.0)
    assert talk.all(commands.Discard)
    assert talk.all(CallTool) == []


def test_the_calls_of_one_answer_run_at_the_same_time_and_the_model_goes_on_when_all_are_back() -> None:
    talk = ToolTalk({"reply-1": (asks("look", 1), asks("book", 2))}, {"look": 0.5, "book": 1.0}, filler_delay=99.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    called = talk.times(CallTool)
    assert len(called) == 2
    assert called[0] == called[1]
    follow_up = talk.prompts[-1]
    assert [message.role for message in follow_up.messages] == ["user", "assistant", "tool", "assistant", "tool"]
    assert talk.times(StartReply)[-1] == pytest.approx(called[0] + 1.0)
    assert talk.history[-3:] == ["tool: look done", "tool: book done", f"assistant: {talk.reply}"]


def test_the_pair_enters_the_history_when_the_result_is_there() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5})
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    (pair,) = talk.all(ToolCommitted)
    assert (pair.reply_id, pair.message.call, pair.message.text) == ("reply-1", asks("look"), "look done")
    assert talk.times(ToolCommitted)[0] == pytest.approx(talk.times(CallTool)[0] + 0.5)
    assert talk.times(StartReply)[-1] == talk.times(ToolCommitted)[0], "the model is asked in the same moment"


def test_what_was_said_before_a_result_stands_before_it() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.1}, spoken=frozenset({"reply-1"}), playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert [line.partition(":")[0] for line in talk.history] == ["user", "assistant", "tool", "assistant"]
    asked, answered = talk.prompts[-1].messages[-2:]
    assert (asked.text, asked.tool_requests) == (talk.reply, (asks("look"),))
    assert answered.text == "look done"


def test_calls_that_come_while_their_reply_is_heard_begin_at_once() -> None:
    talk = ToolTalk({}, playing=3.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.at(3.5, lambda now: events.ToolsRequested(now, "reply-1", (asks("look"),)))
    talk.until(9.0)
    assert talk.times(CallTool) == [3.5]


def test_ids_are_unique_whatever_the_model_calls_them() -> None:
    talk = ToolTalk({"reply-1": (ToolRequest("0", "look", ""), ToolRequest("0", "look", "{}"))})
    talk.asks["reply-2"] = (ToolRequest("0", "look", "{}"), ToolRequest("", "look", "{}"))
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert [call.request.id for call in talk.all(CallTool)] == ["0", "0-2", "0-3", "call"]
    assert talk.all(CallTool)[0].request.arguments == "{}"
    assert talk.prompts


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (asks("fly"), "there is no tool 'fly'; there are look, book"),
        (asks("look", arguments="[1]"), "have to be one JSON object"),
        (asks("look", arguments='{"city": "Par'), "have to be one JSON object"),
        (asks("look", arguments=f'{{"city": "{"x" * 100_000}"}}'), "have 100,012 characters: give at most 8,000"),
        (asks("f" * 100_000), "there is no tool 'fff"),
    ],
)
def test_what_cannot_be_called_is_answered_to_the_model(request_: ToolRequest, said: str) -> None:
    talk = ToolTalk({"reply-1": (request_,)})
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert talk.all(CallTool) == []
    (message,) = (message for message in talk.state.history if message.role == "tool")
    assert said in message.text
    assert message.is_error
    assert talk.prompts[-1].messages[-1].text == message.text
    assert talk.prompts[-1].messages[0].role == "user", "the conversation has room beside it"
    assert message.call is not None
    assert len(message.call.arguments) < 100


def test_of_the_calls_of_one_answer_only_so_many_are_made_and_the_others_answered() -> None:
    talk = ToolTalk({"reply-1": tuple(asks("look", number) for number in range(500))})
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert len(talk.all(CallTool)) == talk.policy.max_tool_calls == 8
    refused = [message for message in talk.state.history if message.is_error]
    assert {message.text for message in refused} == {"not called: one answer makes at most 8 calls"}
    assert 0 < len(refused) <= 8, "those of a model in a loop say nothing, and take no room"
    assert talk.prompts[-1].messages[0].text == "How is the weather?"


def test_the_arguments_of_one_answer_are_bounded_together() -> None:
    long = f'{{"city": "{"x" * 3_000}"}}'
    talk = ToolTalk({"reply-1": tuple(asks("look", number, long) for number in range(1, 5))})
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert [call.request.id for call in talk.all(CallTool)] == ["id-1", "id-2"]
    refused = [message for message in talk.state.history if message.is_error]
    assert len(refused) == 2
    assert all("8,000 characters together" in message.text for message in refused)


def test_the_model_is_offered_the_tools_until_it_has_called_too_often() -> None:
    talk = ToolTalk({f"reply-{number}": (asks("look", number),) for number in range(1, 4)}, max_tool_steps=3)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert [bool(prompt.tools) for prompt in talk.prompts] == [True, True, True, False]


def test_the_steps_of_each_turn_count_anew() -> None:
    talk = ToolTalk({"reply-1": (asks("look", 1),)}, max_tool_steps=1, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(8.0, 9.0, "And in Paris?")
    talk.until(14.0)
    assert [bool(prompt.tools) for prompt in talk.prompts] == [True, False, False]
    assert talk.state.tools.steps == 0


# --- the person meanwhile ---


def test_a_person_who_speaks_while_a_tool_runs_is_answered_and_told_the_result_later() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 8.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(4.0, 5.0, "Are you there?")
    talk.until(15.0)
    first, meanwhile, later = talk.prompts
    assert first.tools
    assert [(message.role, message.text) for message in meanwhile.messages] == [
        ("user", "How is the weather?"),
        ("assistant", ""),
        ("tool", history.STILL_RUNNING),
        ("user", "Are you there?"),
    ]
    assert later.messages[-1].text == "look done"
    assert talk.times(StartReply)[-1] == talk.times(ToolCommitted)[0]
    assert [line.partition(":")[0] for line in talk.history] == ["user", "user", "assistant", "tool", "assistant"]


def test_a_result_that_an_answer_tells_is_not_told_again() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 2.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(4.0, 5.2, "In Paris, I mean.")  # it comes while they speak
    talk.until(15.0)
    _, answer = talk.prompts
    assert [message.text for message in answer.messages][-2:] == ["look done", "In Paris, I mean."]


def test_a_result_that_comes_into_the_making_of_an_answer_has_it_made_anew() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 3.0}, making=1.0, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(4.5, 5.5, "Are you there?")
    talk.until(15.0)
    texts = [prompt.messages[-1].text for prompt in talk.prompts]
    assert texts == ["How is the weather?", "Are you there?", "Are you there?"]
    assert history.STILL_RUNNING in [message.text for message in talk.prompts[1].messages]
    assert "look done" in [message.text for message in talk.prompts[2].messages]


def test_a_barge_in_cancels_the_call_of_a_tool_that_wants_it() -> None:
    talk = ToolTalk({"reply-1": (asks("book", 1), asks("look", 2))}, {"book": 8.0, "look": 8.0}, filler_delay=99.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.says(4.0, 5.0, "Wait, no.")
    talk.until(7.0)
    assert [cancel.call_id for cancel in talk.all(CancelTool)] == ["id-1"]
    assert talk.results == ["cancelled: the person interrupted"]
    texts = [message.text for message in talk.prompts[1].messages]
    assert texts[-4:] == ["cancelled: the person interrupted", "", history.STILL_RUNNING, "Wait, no."]


def test_an_mm_hm_to_a_tool_that_runs_is_no_turn() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 5.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(4.0, 4.4, "Mm-hm.")
    talk.until(15.0)
    assert len(talk.prompts) == 2, "the question, and its result"
    assert talk.history[1] == "(user: Mm-hm.)"
    assert talk.history[-1] == f"assistant: {talk.reply}"


def test_an_mm_hm_does_not_have_an_answer_to_results_made_anew() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 1.5}, making=2.0, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(6.0, 6.4, "Mm-hm.")  # while the answer to the result is being made
    talk.until(15.0)
    assert len(talk.prompts) == 2
    assert talk.history[-1] == f"assistant: {talk.reply}"


@pytest.mark.parametrize("reply", ["Shall I look in Paris?", "Shall I look in Paris? One moment."])
def test_a_yes_to_a_question_that_was_heard_is_a_turn_even_while_a_tool_runs(reply: str) -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 9.0}, spoken=frozenset({"reply-1"}), playing=1.0)
    talk.reply = reply
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(5.0, 5.4, "Yes.")
    talk.until(9.0)
    assert talk.prompts[-1].messages[-1].text == "Yes."
    assert talk.history[-2] == "user: Yes."


def test_words_behind_an_mm_hm_belong_to_one_turn_with_it() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 9.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.says(4.0, 4.4, "Okay,")
    talk.says(4.7, 5.5, "but in Paris.")
    talk.until(9.0)
    assert talk.history[1] == "user: Okay, but in Paris."


def test_an_okay_that_is_typed_is_a_turn() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 9.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.types(4.0, "Okay")
    talk.until(9.0)
    assert talk.prompts[-1].messages[-1].text == "Okay"


@pytest.mark.parametrize("said", ["", "Mm-hm."])
def test_a_noise_or_a_backchannel_cancels_no_call(said: str) -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 3.0}, filler_delay=99.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.says(3.5, 4.0, said)
    talk.until(9.0)
    assert talk.all(CancelTool) == []
    assert talk.results == ["book done"]


def test_nothing_interrupts_while_a_call_does_not_allow_it() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 4.0}, spoken=frozenset({"reply-1"}), playing=3.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.at(3.0, lambda now: events.InterruptionsDisallowed(now, "id-1"))
    talk.says(3.5, 4.5, "Wait, stop.")
    talk.until(12.0)
    assert talk.all(CancelTool) == []
    assert "Cut" not in talk.on_air
    assert talk.results == ["book done"]
    assert "user: Wait, stop." in talk.history


def test_a_reply_that_gave_way_goes_on_when_interruptions_are_disallowed_meanwhile() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 9.0}, spoken=frozenset({"reply-1"}), playing=3.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.says(3.2, 3.6)
    talk.at(3.5, lambda now: events.InterruptionsDisallowed(now, "id-1"))
    talk.until(8.0)
    assert talk.on_air == ["Release", "Duck", "Hold", "Resume"]


def test_a_call_that_takes_too_long_is_given_up() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 99.0}, tools=(replace(LOOK, timeout=3.0),))
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(9.0)
    assert talk.times(CancelTool) == [pytest.approx(talk.times(CallTool)[0] + 3.0)]
    assert talk.results == ["timed out after 3 s"]
    assert talk.prompts[-1].messages[-1].text == "timed out after 3 s"


def test_the_bot_is_thinking_while_tools_run() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 5.0}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(12.0)
    assert [command.state for command in talk.all(ShowAgentState)] == ["thinking", "speaking", "listening"]


def test_when_what_follows_cannot_be_made_the_bot_apologizes() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5}, making=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.fails(4.5, "reply-2")
    talk.until(12.0)
    assert talk.asked[-1] == talk.state.agent.spoken_apology
    assert len(talk.prompts) == 2


# --- the filler ---


def test_a_filler_is_heard_when_nothing_was_heard_for_long_since_the_person_s_last_word() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 5.0}, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(15.0)
    assert talk.asked == ["Book a table.", "One moment.", "book done"]
    assert talk.times(commands.Release)[1] == pytest.approx(2.0 + talk.policy.filler_delay, abs=0.04)
    assert [line.partition(":")[0] for line in talk.history] == ["user", "(assistant", "tool", "assistant"]
    assert talk.prompts[-1].messages[-1].text == "book done", "the model reads nothing that it did not write"


def test_the_answer_is_made_while_a_filler_is_heard_and_follows_it_at_once() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 1.0}, playing=2.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(15.0)
    filled, answered = talk.times(commands.Release)[1:]
    assert talk.times(StartReply)[-1] == pytest.approx(talk.times(CallTool)[0] + 1.0)
    assert answered == pytest.approx(filled + 2.0), "and never at the same time"
    assert len(talk.prompts) == 2


def test_a_filler_is_made_before_it_is_due_so_that_a_slow_voice_is_in_time() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 5.0}, making=0.45, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(15.0)
    assert talk.times(commands.Release)[1] == pytest.approx(2.0 + talk.policy.filler_delay, abs=0.04)


def test_a_filler_of_a_slow_model_is_heard_as_soon_as_it_is_made() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 5.0}, making=2.0, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.at(3.5, lambda now: setattr(talk, "making", 0.3))
    talk.until(15.0)
    called = talk.times(CallTool)[0]
    assert called > 2.0 + talk.policy.filler_delay
    assert talk.times(commands.Release)[1] == pytest.approx(called + 0.3, abs=0.04)


def test_what_a_bot_says_with_a_call_is_heard_and_the_filler_counts_from_its_end() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 9.0}, spoken=frozenset({"reply-1"}), playing=2.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(9.0)
    (ended,) = [message.at - START for message in talk.state.history if message.role == "assistant"][:1]
    assert talk.times(commands.Release)[1] == pytest.approx(ended + talk.policy.filler_delay, abs=0.04)


def test_a_filler_counts_from_the_call_where_nobody_asked() -> None:
    talk = ToolTalk({"say": (asks("book"),)}, {"book": 9.0}, playing=1.0)
    talk.generate(5.0, "say", "Book a table.")
    talk.until(12.0)
    assert talk.times(commands.Release)[1] == pytest.approx(talk.times(CallTool)[0] + talk.policy.filler_delay)


def test_a_filler_gives_way_to_whatever_else_is_to_be_said() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 9.0}, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.say(2.9, "I am looking.")
    talk.until(4.0)
    assert talk.asked == ["Book a table.", "One moment.", "I am looking."]
    assert len(talk.all(commands.Release)) == 2
    talk.until(9.0)
    assert talk.asked[-1] == "One moment.", "which was not heard yet, and the tool runs on"


def test_progress_that_a_tool_reports_is_said_one_at_a_time_and_not_often() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 25.0}, tools=(replace(LOOK, timeout=99.0),), playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    for number in range(3, 27):
        talk.at(float(number), partial(events.ToolProgressed, call_id="id-1", text=f"Step {number}."))
    talk.says(10.0, 12.0)  # a noise: nothing is said into it
    talk.until(33.0)
    steps = [text for text in talk.asked if text.startswith("Step")]
    said = [at for at, it in talk.log if isinstance(it, StartReply) and str(it.source).count("Step")]
    assert len(steps) == len(set(steps))
    assert 3 <= len(steps) <= 4
    assert all(after - before > talk.policy.progress_delay for before, after in pairwise(said))
    assert not any(10.0 < at < 12.0 for at in said)
    assert talk.history[-1] == f"assistant: {talk.reply}"


def test_a_filler_is_said_once_a_turn() -> None:
    talk = ToolTalk({f"reply-{n}": (asks("book", n),) for n in (1, 3)}, {"book": 5.0}, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(20.0)
    assert talk.asked.count("One moment.") == 1
    assert talk.results == ["book done", "book done"]


def test_a_filler_is_dropped_when_the_result_is_faster() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 0.4}, playing=1.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.until(15.0)
    assert talk.asked == ["Book a table.", "One moment.", "book done"]
    assert [discard.reply_id for discard in talk.all(commands.Discard)] == ["reply-2"]
    assert len(talk.all(commands.Release)) == 2


def test_a_filler_waits_for_the_person_and_for_what_is_heard() -> None:
    talk = ToolTalk({"reply-1": (asks("book"),)}, {"book": 9.0}, spoken=frozenset({"reply-1"}), playing=2.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.says(5.2, 7.0)
    talk.until(9.5)
    (ended,) = [message.at - START for message in talk.state.history if message.role == "assistant"][:1]
    (filled,) = [at for at, it in talk.log if isinstance(it, StartReply) and it.source == StaticText("One moment.")]
    assert ended + talk.policy.filler_delay > 5.2
    assert filled > 7.0


def test_a_tool_without_a_filler_is_waited_for_in_silence() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 5.0})
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(6.0)
    assert talk.asked == ["How is the weather?"]


# --- the end ---


@pytest.mark.parametrize(("tool", "command"), [("look", DropTool), ("book", CancelTool)])
def test_nobody_is_told_the_result_for_a_person_who_has_left(tool: str, command: type[commands.Command]) -> None:
    talk = ToolTalk({"reply-1": (asks(tool),)}, {tool: 5.0}, filler_delay=99.0)
    talk.says(1.0, 2.0, "Book a table.")
    talk.at(4.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(5.0, lambda now: events.PersonLinked(now, "bob"))
    talk.returns(6.0, "id-1")
    talk.says(9.0, 10.0, "Hello?")
    talk.until(15.0)
    assert talk.times(command) == [4.0]
    (end,) = talk.all(commands.ConversationEnded)
    assert [message.text for message in end.history] == ["Book a table.", "not known: the person left before it came"]
    assert [message.text for message in talk.prompts[-1].messages] == ["Hello?"]
    assert talk.asked == ["Book a table.", "Hello?"]


def test_a_tool_hangs_up_when_its_farewell_was_heard() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5}, playing=1.0)
    talk.says(1.0, 2.0, "Goodbye.")
    talk.at(2.8, lambda now: events.EndCallRequested(now, "id-1", "Bye!"))
    talk.at(2.9, lambda now: events.EndCallRequested(now, "id-1", "Once more: bye!"))
    talk.says(3.4, 3.8, "Bye.")
    talk.until(15.0)
    assert talk.asked == ["Goodbye.", "Bye!"], "no other words follow, and none to what was said into it"
    (ended,) = [message.at - START for message in talk.state.history if message.role == "assistant"]
    assert talk.times(HangUp) == [pytest.approx(ended)]
    assert "Cut" not in talk.on_air
    assert sorted(talk.history) == sorted(
        ["user: Goodbye.", "tool: look done", f"assistant: {talk.reply}", "user: Bye."]
    )


def test_a_tool_hangs_up_without_a_farewell_when_what_is_said_was_heard() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5}, spoken=frozenset({"reply-1"}), playing=2.0)
    talk.says(1.0, 2.0, "Goodbye.")
    talk.at(2.8, lambda now: events.EndCallRequested(now, "id-1", None))
    talk.until(15.0)
    (ended,) = [message.at - START for message in talk.state.history if message.role == "assistant"]
    assert talk.times(HangUp) == [pytest.approx(ended)]


def test_what_was_called_beside_the_end_of_the_call_is_told_before_it() -> None:
    requests = (asks("look", 1), asks("book", 2))
    talk = ToolTalk({"reply-1": requests}, {"look": 0.5, "book": 4.5}, playing=1.0)
    talk.says(1.0, 2.0, "Book it, and goodbye.")
    talk.at(2.8, lambda now: events.EndCallRequested(now, "id-1", "Bye!"))
    talk.until(20.0)
    assert talk.asked == ["Book it, and goodbye.", "One moment.", "book done", "Bye!"]
    assert talk.history[-1] == f"assistant: {talk.reply}"
    assert talk.times(HangUp)[0] > talk.times(StartReply)[-1]


def test_what_was_done_before_the_end_of_the_call_is_told_before_it_too() -> None:
    requests = (asks("look", 1), asks("book", 2))
    talk = ToolTalk({"reply-1": requests}, {"look": 1.0, "book": 0.1}, playing=1.0, filler_delay=99.0)
    talk.says(1.0, 2.0, "Book it, and goodbye.")
    talk.at(3.0, lambda now: events.EndCallRequested(now, "id-1", None))
    talk.until(20.0)
    assert talk.asked == ["Book it, and goodbye.", "look done"]
    assert talk.results == ["book done", "look done"]
    assert len(talk.all(HangUp)) == 1


def test_the_next_person_s_conversation_is_not_over_because_the_last_one_was_ended() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5}, playing=1.0)
    talk.says(1.0, 2.0, "Goodbye.")
    talk.at(2.8, lambda now: events.EndCallRequested(now, "id-1", "Bye!"))
    talk.at(7.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(8.0, lambda now: events.PersonLinked(now, "bob"))
    talk.says(9.0, 10.0, "Hello?")
    talk.until(15.0)
    assert len(talk.all(HangUp)) == 1
    assert talk.history == ["user: Hello?", f"assistant: {talk.reply}"]


# --- what the program asked for ---


def test_a_reply_that_the_program_asked_for_is_over_when_the_results_of_its_calls_are_told() -> None:
    talk = ToolTalk({"say": (asks("look"),), "reply-1": (asks("look", 2),)}, {"look": 1.0}, playing=1.0)
    talk.generate(1.0, "say", "Look.")
    talk.until(20.0)
    assert [start.continues for start in talk.all(StartReply)] == [set(), {"say"}, {"say"}]
    ended = [message.at - START for message in talk.state.history if message.role == "assistant"][-1]
    assert talk.times(commands.SpeechOver) == [pytest.approx(ended)]
    assert talk.state.requested == ()


def test_it_goes_on_with_an_answer_to_the_person_that_tells_the_results() -> None:
    talk = ToolTalk({"say": (asks("look"),)}, {"look": 3.0}, playing=1.0)
    talk.generate(1.0, "say", "Look.")
    talk.says(3.8, 5.2, "And in Paris?")
    talk.until(20.0)
    (answer,) = [start for start in talk.all(StartReply) if start.answers_turn]
    assert answer.continues == {"say"}
    assert talk.times(commands.SpeechOver) == [pytest.approx(talk.state.history[-1].at - START)]


def test_what_the_program_no_longer_wants_is_not_told() -> None:
    talk = ToolTalk({"say": (asks("look"),)}, {"look": 3.0}, playing=1.0)
    talk.generate(1.0, "say", "Look.")
    talk.at(2.5, lambda now: events.SayCancelled(now, "say"))
    talk.until(20.0)
    assert talk.results == ["look done"]
    assert len(talk.prompts) == 1


def test_what_the_program_no_longer_wants_is_cut_while_it_tells_the_results() -> None:
    talk = ToolTalk({"say": (asks("look"),)}, {"look": 0.5}, playing=3.0)
    talk.generate(1.0, "say", "Look.")
    talk.at(4.0, lambda now: events.SayCancelled(now, "say"))
    talk.until(20.0)
    assert talk.on_air[-1] == "Cut"
    assert talk.times(commands.SpeechOver) == [4.0]


@pytest.mark.parametrize("at", [1.1, 2.5, 5.3, 6.0])
def test_it_is_over_when_the_person_leaves(at: float) -> None:
    talk = ToolTalk({"say": (asks("look"),)}, {"look": 3.0}, making=1.0, playing=3.0)
    talk.generate(1.0, "say", "Look.")
    talk.at(at, lambda now: events.PersonLeft(now, "ann"))
    talk.until(20.0)
    assert talk.times(commands.SpeechOver) == [at]


def test_events_of_calls_that_are_over_change_nothing() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5}, playing=1.0)
    talk.says(1.0, 2.0, "How is the weather?")
    talk.until(8.0)
    before = talk.state
    for event in (
        events.ToolReturned(talk.now, "id-1", "rain"),
        events.InterruptionsDisallowed(talk.now, "id-1"),
        events.EndCallRequested(talk.now, "id-1", "Bye!"),
    ):
        talk.happen(event)
    assert replace(talk.state, at=before.at, due=before.due) == before


# --- the prompt ---


MESSAGES = st.lists(
    st.one_of(
        st.builds(
            Message, st.sampled_from(["user", "assistant"]), st.text("ab ", min_size=1, max_size=9), st.just(0.0)
        ),
        st.builds(lambda text: ("tool", text), st.text("ab ", max_size=9)),
    ),
    max_size=12,
)


@given(MESSAGES, st.integers(1, 12), st.integers(1, 60))
@settings(derandomize=True, deadline=None)
def test_a_bounded_prompt_never_parts_a_call_from_its_result(
    made: list[Message | tuple[str, str]], max_messages: int, max_characters: int
) -> None:
    messages = tuple(
        Message("tool", it[1], 0.0, call=asks("look", number)) if isinstance(it, tuple) else it
        for number, it in enumerate(made)
    )
    policy = Policy(max_prompt_messages=max_messages, max_prompt_characters=max_characters)
    check_calls(history.prompt(State(history=messages), policy))


def test_a_scribe_only_writes_down() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5})
    talk.says(1.0, 2.0, "A human, please.")
    talk.at(2.8, lambda now: events.ScribeRequested(now, "id-1"))
    talk.says(8.0, 9.0, "Are you there?")
    talk.types(12.0, "Hello?")
    talk.until(20.0)
    assert len(talk.prompts) == 1, "the result is told to nobody"
    assert talk.history[-2:] == ["user: Are you there?", "user: Hello?"]
    assert talk.state.ending == "scribe"


def test_a_scribe_answers_the_next_person() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 0.5})
    talk.says(1.0, 2.0, "A human, please.")
    talk.at(2.8, lambda now: events.ScribeRequested(now, "id-1"))
    talk.at(5.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(6.0, lambda now: events.PersonLinked(now, "bob"))
    talk.says(8.0, 9.0, "Are you there?")
    talk.until(14.0)
    assert talk.state.ending == "no"
    assert len(talk.prompts) == 2


def test_a_scribe_does_not_apologize() -> None:
    talk = ToolTalk({"reply-1": (asks("look"),)}, {"look": 9.0})
    talk.says(1.0, 2.0, "A human, please.")
    talk.at(2.8, lambda now: events.ScribeRequested(now, "id-1"))
    talk.at(2.9, lambda now: events.ReplyFailed(now, "reply-1", "no"))
    talk.until(4.0)
    talk.state = replace(talk.state, owes_apology=True)
    talk.types(5.0, "Hello?")
    talk.until(8.0)
    assert not talk.state.owes_apology
    assert [it for it in talk.all(StartReply) if isinstance(it.source, StaticText)] == []

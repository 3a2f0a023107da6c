"""Hand-overs from one agent to another: who speaks, with what instructions and voice, and what becomes of the rest."""

from typing import Literal

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.commands import Discard, HandedOver, HangUp, StartReply, Summarize, ToolCommitted, UseAgent
from pipeline.events import Event
from pipeline.messages import Prompt, Tool, ToolRequest
from pipeline.turn.history import HAND_OVER_REQUEST
from tests.pipeline.turn.test_tools import ToolTalk, asks

TO_BILLING, TO_SALES, BACK = (Tool(name, "", {}) for name in ("to_billing", "to_sales", "back"))
LOOK = Tool("look", "Looks.", {})
TOOLS = (TO_BILLING, TO_SALES, LOOK)

BILLING = AgentProfile(name="billing", instructions="Bill.", tools=(BACK,))
GREETING = AgentProfile(name="billing", instructions="Bill.", greeting="Billing here.")
SALES = AgentProfile(name="sales", instructions="Sell.", greeting="Sales here.")
FIRST = AgentProfile(name="reception", instructions="Receive.", tools=TOOLS)

Calls = dict[str, tuple[ToolRequest, ...]]


class HandOverTalk(ToolTalk):
    """`to` has the agent to whom a tool hands over."""

    def __init__(
        self,
        asks: Calls,
        takes: dict[str, float] | None = None,
        *,
        to: dict[str, AgentProfile],
        history: Literal["whole", "summary", "none"] = "whole",
        **options: object,
    ) -> None:
        options = {"name": "reception", "instructions": "Receive.", "playing": 1.0} | options
        super().__init__(asks, takes, tools=TOOLS, **options)  # type: ignore[arg-type]
        self.to, self.shared = to, history

    def _returned(self, now: float, request: ToolRequest) -> Event | None:
        if request.id in self._running and (agent := self.to.get(request.name)) is not None:
            agent_id = "" if agent.name == "reception" else f"agent-{agent.name}"
            self.happen(events.HandOverRequested(now, request.id, agent_id, agent, self.shared))
        return super()._returned(now, request)

    @property
    def started(self) -> list[tuple[str, str]]:
        """What was made, by whom: a text, or the instructions of whom the model wrote for."""
        return [
            (it.agent_id, it.source.instructions if isinstance(it.source, Prompt) else it.source.text)
            for it in self.all(StartReply)
        ]


def transferred(agent: AgentProfile = BILLING, takes: float = 0.5, **options: object) -> HandOverTalk:
    """The person asks, and the model hands over."""
    talk = HandOverTalk(
        {"reply-1": (asks("to_billing"),)},
        {"to_billing": takes},
        to={"to_billing": agent},
        **options,  # type: ignore[arg-type]
    )
    talk.says(1.0, 2.0, "What about my bill?")
    return talk


def test_the_new_agent_goes_on_from_the_result_of_the_call() -> None:
    talk = transferred()
    talk.until(8.0)
    prompt = talk.prompts[-1]
    assert (prompt.instructions, prompt.tools) == ("Bill.", (BACK,))
    assert [message.text for message in prompt.messages] == ["What about my bill?", "", "to_billing done"]
    assert talk.started == [("", "Receive."), ("agent-billing", "Bill.")]
    order = [type(it) for _, it in talk.log if isinstance(it, ToolCommitted | UseAgent | HandedOver)]
    assert order == [ToolCommitted, UseAgent, HandedOver]
    assert [(it.before, it.agent) for it in talk.all(HandedOver)] == [("reception", "billing")]


def test_a_fixed_greeting_is_the_first_that_the_new_agent_says() -> None:
    talk = transferred(GREETING)
    talk.says(7.0, 8.0, "Is it paid?")
    talk.until(12.0)
    assert talk.started == [("", "Receive."), ("agent-billing", "Billing here."), ("agent-billing", "Bill.")]
    assert [message.text for message in talk.prompts[-1].messages][-2:] == [talk.reply, "Is it paid?"]


def test_an_agent_is_asked_to_begin_by_its_greeting_instructions() -> None:
    talk = transferred(AgentProfile(name="billing", greeting_instructions="Say who you are."))
    talk.until(8.0)
    assert len(talk.prompts) == 2
    assert [message.text for message in talk.prompts[-1].messages][-2:] == [
        "to_billing done",
        HAND_OVER_REQUEST.format(instructions="Say who you are."),
    ]


def test_a_beginning_that_cannot_be_made_is_apologized_for() -> None:
    talk = transferred(AgentProfile(name="billing", greeting_instructions="Say who you are."), making=None)
    talk.making = 0.1
    talk.until(2.9)
    talk.making = None
    talk.until(3.6)
    talk.fails(3.7, "reply-2")
    talk.until(4.0)
    assert talk.started[-1] == ("agent-billing", talk.state.agent.spoken_apology)


def test_the_results_of_other_calls_of_the_answer_are_told_by_the_new_agent() -> None:
    talk = HandOverTalk(
        {"reply-1": (asks("look", 1), asks("to_billing", 2))}, {"look": 4.0}, to={"to_billing": GREETING}
    )
    talk.says(1.0, 2.0, "What about my bill?")
    talk.until(12.0)
    assert talk.started == [("", "Receive."), ("agent-billing", "Billing here."), ("agent-billing", "Bill.")]
    assert talk.prompts[-1].messages[-1].text == "look done"


def test_the_last_of_two_hand_overs_wins_and_both_are_told() -> None:
    to = {"to_billing": GREETING, "to_sales": SALES}
    calls: Calls = {"reply-1": (asks("to_billing", 1), asks("to_sales", 2))}
    talk = HandOverTalk(calls, to=to, spoken=frozenset({"reply-1"}))
    talk.says(1.0, 2.0, "What about my bill?")
    talk.until(8.0)
    assert talk.results == ["to_billing done", "to_sales done"]
    assert talk.started == [("", "Receive."), ("agent-sales", "Sales here.")]


def test_a_second_hand_over_takes_the_unheard_greeting_of_the_first_back() -> None:
    to = {"to_billing": GREETING, "to_sales": SALES}
    talk = HandOverTalk({"reply-1": (asks("to_billing", 1), asks("to_sales", 2))}, {"to_sales": 0.7}, to=to)
    talk.says(1.0, 2.0, "What about my bill?")
    talk.until(8.0)
    assert talk.started[1:] == [("agent-billing", "Billing here."), ("agent-sales", "Sales here.")]
    assert [discarded.reply_id for discarded in talk.all(Discard)] == ["reply-2"]
    assert [it.agent for it in talk.all(HandedOver)] == ["billing", "sales"]


def test_a_hand_over_waits_until_the_greeting_on_air_was_heard() -> None:
    to = {"to_billing": GREETING, "to_sales": SALES}
    talk = HandOverTalk({"reply-1": (asks("to_billing", 1), asks("to_sales", 2))}, {"to_sales": 1.5}, to=to)
    talk.says(1.0, 2.0, "What about my bill?")
    talk.until(10.0)
    assert talk.history[-2:] == ["tool: to_sales done", f"assistant: {talk.reply}"]
    assert talk.history.count(f"assistant: {talk.reply}") == 2


def test_who_speaks_into_a_hand_over_is_answered_by_the_new_agent_without_its_greeting() -> None:
    talk = transferred(GREETING, takes=2.0)
    talk.says(4.0, 5.5, "It is number seven.")
    talk.until(10.0)
    assert talk.started == [("", "Receive."), ("agent-billing", "Bill.")]
    texts = [message.text for message in talk.prompts[-1].messages]
    assert texts == ["What about my bill?", "", "to_billing done", "It is number seven."]


def test_a_draft_of_the_agent_before_is_void() -> None:
    talk = transferred(takes=3.0, making=1.0)
    talk.says(4.5, 5.5, "Are you there?")
    talk.until(12.0)
    assert [agent_id for agent_id, _ in talk.started] == ["", "", "agent-billing"]
    assert talk.prompts[-1].messages[-1].text == "Are you there?"
    assert "reply-2" in [discarded.reply_id for discarded in talk.all(Discard)]


def test_what_the_agent_before_has_to_say_is_said_in_its_voice() -> None:
    talk = transferred(GREETING, takes=2.0)
    talk.at(3.2, lambda now: events.SayRequested(now, "say-1", "I put you through."))
    talk.playing = 3.0
    talk.at(3.3, lambda now: events.SayRequested(now, "say-2", "Goodbye."))
    talk.until(15.0)
    assert talk.started[1:] == [("", "I put you through."), ("", "Goodbye."), ("agent-billing", "Billing here.")]


def test_a_call_that_fails_hands_nothing_over() -> None:
    talk = HandOverTalk({"reply-1": (asks("to_billing"),)}, {"to_billing": 9.0}, to={})
    talk.says(1.0, 2.0, "What about my bill?")
    talk.at(3.0, lambda now: events.HandOverRequested(now, "id-1", "agent-2", BILLING))
    talk.at(3.1, lambda now: events.ToolReturned(now, "id-1", "no", is_error=True))
    talk.until(8.0)
    assert talk.state.agent.name == "reception"
    assert [instructions for _, instructions in talk.started] == ["Receive.", "Receive."]


def test_a_call_that_ends_takes_no_new_agent_on() -> None:
    talk = transferred(GREETING)
    talk.at(2.9, lambda now: events.EndCallRequested(now, "id-1", "Goodbye."))
    talk.until(10.0)
    assert talk.started == [("", "Receive."), ("", "Goodbye.")]
    assert len(talk.all(HangUp)) == 1


def test_the_next_person_begins_with_the_first_agent() -> None:
    talk = transferred(greeting="Hello.")
    talk.at(9.0, lambda now: events.PersonLeft(now, "ann"))
    talk.at(10.0, lambda now: events.PersonLinked(now, "bob"))
    talk.until(12.0)
    assert talk.started[-1] == ("", "Hello.")
    assert [it.agent_id for it in talk.all(UseAgent)] == ["agent-billing", ""]
    assert talk.state.agent.name == "reception"


def test_who_has_left_is_handed_over_to_nobody() -> None:
    talk = transferred(takes=5.0)
    talk.at(4.0, lambda now: events.PersonLeft(now, "ann"))
    talk.until(10.0)
    assert talk.all(HandedOver) == []


def test_it_goes_back_and_forth_any_number_of_times() -> None:
    back = AgentProfile(name="reception", instructions="Receive.", tools=TOOLS, greeting="Reception again.")
    billing = AgentProfile(name="billing", instructions="Bill.", tools=(BACK,), greeting="Billing here.")
    calls: Calls = {
        f"reply-{number}": (asks("to_billing" if number % 4 == 1 else "back"),) for number in range(1, 40, 2)
    }
    talk = HandOverTalk(calls, to={"to_billing": billing, "back": back}, playing=0.5)
    for number in range(20):
        talk.says(1.0 + 5 * number, 2.0 + 5 * number, "And now?")
    talk.until(102.0)
    assert [it.agent for it in talk.all(HandedOver)] == ["billing", "reception"] * 10
    assert {it.agent_id for it in talk.all(UseAgent)} == {"agent-billing", ""}
    assert len(talk.prompts) == 20


def test_agents_that_pass_the_person_on_at_once_come_to_an_end() -> None:
    calls: Calls = {f"reply-{number}": (asks("to_billing" if number % 2 else "back"),) for number in range(1, 20)}
    talk = HandOverTalk(calls, to={"to_billing": BILLING, "back": FIRST}, max_tool_steps=3)
    talk.says(1.0, 2.0, "Who is there?")
    talk.until(20.0)
    assert [bool(prompt.tools) for prompt in talk.prompts[:4]] == [True, True, True, False]


def test_an_agent_may_be_told_nothing_of_before_but_the_results() -> None:
    talk = transferred(history="none")
    talk.says(7.0, 8.0, "Is it paid?")
    talk.until(12.0)
    begun, answer = talk.prompts[1:]
    assert [message.text for message in begun.messages] == ["", "to_billing done"]
    assert [message.text for message in answer.messages] == ["", "to_billing done", talk.reply, "Is it paid?"]
    assert len(talk.history) == 5, "the history itself is whole"


def test_an_agent_may_read_a_summary_of_before_and_nobody_waits_for_it() -> None:
    talk, whole = transferred(history="summary"), transferred()
    talk.until(5.0)
    (begun,) = talk.all(Summarize)
    assert [message.text for message in begun.messages] == ["What about my bill?"]
    talk.at(6.0, lambda now: events.SummaryMade(now, begun.summary_id, "A question about a bill."))
    for it in (talk, whole):
        it.says(7.0, 8.0, "Is it paid?")
        it.until(12.0)
    first, second = talk.prompts[1:]
    assert [message.text for message in first.messages] == ["What about my bill?", "", "to_billing done"]
    assert [message.text for message in second.messages] == ["", "to_billing done", talk.reply, "Is it paid?"]
    assert "A question about a bill." in second.instructions
    assert talk.times(StartReply) == whole.times(StartReply)
    assert len(talk.all(Summarize)) == 1


def test_an_agent_for_whom_no_summary_can_be_made_reads_the_whole() -> None:
    talk = transferred(history="summary")
    talk.at(6.0, lambda now: events.SummaryFailed(now, "summary-1", "no"))
    talk.says(7.0, 8.0, "Is it paid?")
    talk.until(12.0)
    assert talk.prompts[-1].messages[0].text == "What about my bill?"


def test_what_changes_in_an_agent_changes_the_one_that_leads() -> None:
    talk = transferred()
    talk.at(7.0, lambda now: events.InstructionsChanged(now, "Bill well."))
    talk.at(7.1, lambda now: events.ToolsChanged(now, (LOOK,)))
    talk.says(8.0, 9.0, "Is it paid?")
    talk.until(12.0)
    assert (talk.prompts[-1].instructions, talk.prompts[-1].tools) == ("Bill well.", (LOOK,))
    talk.at(13.0, lambda now: events.PersonLeft(now, "ann"))
    talk.until(14.0)
    assert (talk.state.agent.instructions, talk.state.agent.tools) == ("Receive.", TOOLS)

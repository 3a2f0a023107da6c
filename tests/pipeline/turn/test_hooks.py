"""The hook of a completed turn: when it runs, how long it is waited for, and what becomes of its answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.agent import TurnHook
from pipeline.commands import CancelTurnHook, Discard, Release, RunTurnHook, StartReply, TurnCommitted
from pipeline.events import Event
from pipeline.messages import AS_HEARD, Prompt, ToolRequest, TurnEdit
from pipeline.turn.caller import Turn
from pipeline.turn.hook_use import HookRun
from tests.pipeline.turn.kit import START, Talk
from tests.pipeline.turn.test_tools import LOOK, ToolTalk

ADDS = TurnEdit(context="It is closed on Monday.")
EDITS = TurnEdit(text="What time is it in London?")
STOPS = TurnEdit(stops_reply=True)


class HookTalk(ToolTalk):
    """With a hook of paper: `takes` are the seconds of its runs, `edits` what they come to; the last one goes on."""

    def __init__(
        self,
        *edits: TurnEdit,
        takes: float | None = 0.1,
        is_speculative: bool = False,
        budget: float = 0.5,
        asks: dict[str, tuple[ToolRequest, ...]] | None = None,
        **options: object,
    ) -> None:
        hook = TurnHook(budget=budget, is_speculative=is_speculative)
        super().__init__(asks or {}, turn_hook=hook, **options)  # type: ignore[arg-type]
        self._edits = list(edits or (AS_HEARD,))
        self._hook_takes = takes

    @property
    def hooked(self) -> list[str]:
        """The words that the hook was run for."""
        return [run.text for run in self.all(RunTurnHook)]

    def _carry_out(self, command: commands.Command) -> None:
        match command:
            case RunTurnHook(run_id):
                edit = self._edits.pop(0) if len(self._edits) > 1 else self._edits[0]
                if self._hook_takes is not None:
                    self.at(self.now - START + self._hook_takes, lambda now: self._answered(now, run_id, edit))
            case _:
                super()._carry_out(command)

    def _answered(self, now: float, run_id: str, edit: TurnEdit) -> Event | None:
        run = self._orders.hook
        return events.TurnHookAnswered(now, run_id, edit) if run is not None and run.run_id == run_id else None


def released_at(talk: Talk) -> float:
    (at,) = talk.times(Release)
    return at


def test_the_hook_runs_when_the_turn_is_over_and_the_answer_waits_for_it() -> None:
    talk = HookTalk(takes=0.4)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(4.0)
    (run,) = talk.times(RunTurnHook)
    assert talk.hooked == ["What time is it?"]
    assert run == pytest.approx(2.5, abs=0.05)
    assert released_at(talk) == pytest.approx(run + 0.4, abs=0.001)
    assert len(talk.prompts) == 1, "what it left as it was is answered by the draft"


def test_what_a_hook_adds_is_told_to_the_model_and_voids_the_draft() -> None:
    talk = HookTalk(ADDS)
    talk.says(1.0, 2.0, "Are you open?")
    talk.until(5.0)
    draft, answer = talk.prompts
    assert draft.messages[-1].text == "Are you open?"
    assert ADDS.context in answer.messages[-1].text
    assert answer.messages[-1].text.endswith("\nAre you open?")
    assert talk.all(Discard) == [Discard("reply-1")]
    assert talk.all(Release) == [Release("reply-2")]
    assert talk.history[0] == "user: Are you open?"


def test_a_speculative_hook_answers_while_the_transcriber_does_and_costs_nothing() -> None:
    plain, hooked = Talk(), HookTalk(ADDS, takes=0.1, is_speculative=True)
    for talk in (plain, hooked):
        talk.says(1.0, 2.0, "Are you open?")
        talk.interim(2.05, "are you open")
        talk.until(5.0)
    assert hooked.times(StartReply) == plain.times(StartReply)
    assert released_at(hooked) == released_at(plain)
    (prompt,) = hooked.prompts
    assert ADDS.context in prompt.messages[-1].text


def test_a_draft_waits_for_a_speculative_hook() -> None:
    plain, hooked = Talk(making=0.1), HookTalk(ADDS, takes=0.15, is_speculative=True, making=0.1)
    for talk in (plain, hooked):
        talk.says(1.0, 2.0, "Are you open?")
        talk.until(5.0)
    assert hooked.times(StartReply) == [pytest.approx(plain.times(StartReply)[0] + 0.15)]
    assert released_at(hooked) == released_at(plain), "it hides behind the end of the turn"


def test_a_speculative_hook_does_not_run_for_words_that_lead_on() -> None:
    talk = HookTalk(is_speculative=True)
    talk.says(1.0, 2.0, "I want to")
    talk.until(3.5)
    assert talk.hooked == []


def test_without_a_hook_nothing_is_waited_for() -> None:
    plain, quick = Talk(), HookTalk(takes=0.0)
    for talk in (plain, quick):
        talk.says(1.0, 2.0, "What time is it?")
        talk.until(4.0)
    assert released_at(quick) == released_at(plain)


@pytest.mark.parametrize("is_speculative", [False, True])
def test_a_hook_that_hangs_costs_its_budget_once(is_speculative: bool) -> None:
    talk = HookTalk(ADDS, takes=None, budget=0.3, is_speculative=is_speculative)
    talk.says(1.0, 2.0, "What time")
    talk.says(2.7, 3.2, "is it?")
    talk.final(3.0)
    talk.until(8.0)
    assert talk.all(CancelTurnHook)[-1].is_late
    late = talk.times(CancelTurnHook)[-1] - talk.times(RunTurnHook)[-1]
    assert late == pytest.approx(0.3)
    assert [cancel.is_late for cancel in talk.all(CancelTurnHook)].count(True) == 1
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]
    assert talk.prompts[-1].messages[-1].text == "What time is it?"


def test_a_late_word_does_not_make_a_hook_that_hangs_cost_more() -> None:
    talk = HookTalk(takes=None, budget=0.3, finalizing=None, making=1.5)
    talk.says(1.0, 2.0, "What time is it now?")
    talk.interim(2.1, "What time is it?")
    talk.final(3.2)
    talk.until(7.0)
    assert talk.hooked == ["What time is it?"]
    assert talk.history[0] == "user: What time is it now?"


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    talk = HookTalk(takes=None, budget=0.3)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.95, lambda now: events.TurnHookAnswered(now, "hook-1", STOPS))
    talk.until(6.0)
    assert talk.history == ["user: What time is it?", f"assistant: {talk.reply}"]


def test_the_text_of_a_hook_stands_in_the_prompt_and_in_the_history() -> None:
    talk = HookTalk(EDITS)
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(6.0)
    assert talk.prompts[-1].messages[-1].text == EDITS.text
    assert talk.history == [f"user: {EDITS.text}", f"assistant: {talk.reply}"]
    shown = [caption.text for caption in talk.all(commands.ShowPersonText) if caption.is_final]
    assert shown == ["What time is it?"], "the captions show what was heard"


@pytest.mark.parametrize("is_speculative", [False, True])
def test_a_reply_that_is_stopped_is_none_and_the_turn_stays(is_speculative: bool) -> None:
    talk = HookTalk(STOPS, AS_HEARD, is_speculative=is_speculative)
    talk.says(1.0, 2.0, "I am talking to my wife.")
    talk.says(5.0, 6.0, "What time is it?")
    talk.until(9.0)
    assert talk.history == ["user: I am talking to my wife.", "user: What time is it?", f"assistant: {talk.reply}"]
    committed, _ = talk.times(TurnCommitted)
    assert committed == pytest.approx(2.6 - 0.1 * is_speculative, abs=0.05)
    requests = [
        prompt for prompt in talk.prompts if len(prompt.messages) == 1 and "wife." in prompt.messages[0].text[-5:]
    ]
    assert len(requests) == (not is_speculative), "where it is known in time, no draft is made"


def test_a_draft_that_fails_is_not_apologized_for_when_the_hook_stops_the_reply() -> None:
    talk = HookTalk(STOPS, making=None)
    talk.says(1.0, 2.0, "I am talking to my wife.")
    talk.fails(2.4, "reply-1")
    talk.until(5.0)
    assert talk.all(Release) == []
    assert talk.history == ["user: I am talking to my wife."]


def test_a_draft_that_fails_is_apologized_for_when_the_hook_has_answered() -> None:
    talk = HookTalk(making=None)
    talk.says(1.0, 2.0, "What time is it?")
    talk.fails(2.4, "reply-1")
    talk.until(3.0)
    assert talk.asked[-1] == talk.state.agent.spoken_apology
    assert talk.times(TurnCommitted) == [pytest.approx(2.6, abs=0.05)]


@pytest.mark.parametrize("takes", [0.4, 1.2])
def test_when_the_person_goes_on_the_hook_runs_for_the_whole_turn(takes: float) -> None:
    talk = HookTalk(STOPS, ADDS, takes=takes, budget=2.0)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.6, 3.2, "In London?")
    talk.until(7.0)
    assert talk.hooked == ["What time is it?", "What time is it? In London?"]
    assert talk.all(CancelTurnHook) == [CancelTurnHook("hook-1")] * (takes == 1.2)
    assert talk.history[0] == "user: What time is it? In London?"
    assert ADDS.context in talk.prompts[-1].messages[-1].text
    assert len(talk.all(Release)) == 1


def test_a_cough_does_not_make_the_hook_run_again() -> None:
    talk = HookTalk(ADDS, takes=0.4)
    talk.says(1.0, 2.0, "What time is it?")
    talk.says(2.6, 2.75)
    talk.until(7.0)
    assert talk.hooked == ["What time is it?"]
    assert ADDS.context in talk.prompts[-1].messages[-1].text


def test_other_instructions_do_not_make_the_hook_run_again() -> None:
    """It may be what gives them: each run would be followed by another one."""
    talk = HookTalk(takes=0.2)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.6, lambda now: events.InstructionsChanged(now, "Be brief."))
    talk.until(7.0)
    assert talk.hooked == ["What time is it?"]
    assert talk.prompts[-1].instructions == "Be brief."


def test_a_person_who_leaves_ends_the_hook() -> None:
    talk = HookTalk(takes=None)
    talk.says(1.0, 2.0, "What time is it?")
    talk.at(2.7, lambda now: events.PersonLeft(now, "ann"))
    talk.until(4.0)
    assert talk.all(CancelTurnHook) == [CancelTurnHook("hook-1")]
    assert talk.all(Release) == []
    assert [it.message.text for it in talk.committed] == ["What time is it?"]


def test_a_turn_that_is_typed_waits_for_the_hook_too() -> None:
    talk = HookTalk(ADDS)
    talk.types(1.0, "Are you open?")
    talk.until(5.0)
    assert talk.hooked == ["Are you open?"]
    (prompt,) = talk.prompts
    assert ADDS.context in prompt.messages[-1].text


def test_a_barge_in_is_a_turn_of_its_own_for_the_hook() -> None:
    talk = HookTalk(AS_HEARD, ADDS, playing=4.0)
    talk.says(1.0, 2.0, "Tell me a story.")
    talk.says(4.0, 5.0, "Are you open?")
    talk.interim(4.6, "Are you")
    talk.until(9.0)
    assert talk.hooked == ["Tell me a story.", "Are you open?"]
    assert "Cut" in talk.on_air
    assert ADDS.context in talk.prompts[-1].messages[-1].text


@pytest.mark.parametrize("lost_at", [2.3, 2.6])
def test_an_answer_of_the_hook_is_kept_while_the_room_is_away(lost_at: float) -> None:
    talk = HookTalk(ADDS, takes=0.3)
    talk.says(1.0, 2.0, "Are you open?")
    talk.at(lost_at, events.ConnectionLost)
    talk.at(4.0, events.ConnectionRestored)
    talk.until(7.0)
    assert talk.hooked == ["Are you open?"]
    assert ADDS.context in talk.prompts[-1].messages[-1].text
    (released,) = talk.times(Release)
    assert 4.0 < released < 5.0


def test_another_agent_has_its_own_hook() -> None:
    run = HookRun(run_id="hook-1", agent_id="agent-2", turn_number=1, words="hello", deadline=0.0)
    assert run.is_for(Turn(final="Hello."), "agent-2", "en")
    assert not run.is_for(Turn(final="Hello."), "", "en")
    assert not replace(run, has_overrun=True).is_for(Turn(final="Hello."), "", "en")


def test_no_hook_runs_where_the_bot_makes_no_answer_by_itself() -> None:
    talk = HookTalk()
    talk.at(0.5, lambda now: events.AnsweringChanged(now, False))
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(4.0)
    assert talk.hooked == []
    assert talk.history == ["user: What time is it?"]


def test_what_was_added_is_there_for_the_results_of_tools_and_gone_with_the_next_turn() -> None:
    look = ToolRequest("id-1", "look", "{}")
    talk = HookTalk(ADDS, AS_HEARD, asks={"reply-2": (look,)}, tools=(LOOK,))
    talk.says(1.0, 2.0, "Are you open?")
    talk.says(7.0, 8.0, "Thank you.")
    talk.until(12.0)
    _, asked, told, thanked = talk.prompts
    assert told.messages[-1].role == "tool"
    assert told.messages[: len(asked.messages)] == asked.messages, "what the provider has read before stays as it was"
    assert ADDS.context not in repr(thanked)


@given(
    edits=st.lists(st.sampled_from([AS_HEARD, ADDS, EDITS, STOPS]), min_size=1, max_size=3),
    takes=st.sampled_from([0.0, 0.1, 0.4, None]),
    is_speculative=st.booleans(),
    pauses=st.lists(st.floats(0.05, 2.0), max_size=2),
    preemption=st.sampled_from(["off", "llm", "llm+tts"]),
)
@settings(derandomize=True, deadline=None, max_examples=12)
def test_what_is_heard_was_made_from_what_the_hook_has_left_of_the_turn(
    edits: list[TurnEdit], takes: float | None, is_speculative: bool, pauses: list[float], preemption: str
) -> None:
    talk = HookTalk(*edits, takes=takes, is_speculative=is_speculative, preemption=preemption)
    at = 1.0
    for number, pause in enumerate([*pauses, 0.0]):
        talk.says(at, at + 0.5, f"Number {number} it is.")
        at += 0.5 + pause
    talk.until(at + 8.0)
    prompts = {start.reply_id: start.source for start in talk.all(StartReply)}
    said: list[str] = []
    for _, command in talk.log:
        match command:
            case TurnCommitted(message):
                said = [message.text]
            case Release(reply_id) if isinstance(prompt := prompts[reply_id], Prompt):
                assert prompt.messages[-1].text.splitlines()[-1:] == said
    turns = [line for line in talk.history if line.startswith("user: ")]
    assert len(turns) >= 1
    assert talk.state.pending_reply is None
    assert not talk.state.turn.text

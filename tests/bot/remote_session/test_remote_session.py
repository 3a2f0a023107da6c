"""LiveKit's session protocol in a scene: what a person's frontend asks, and what it is told."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from livekit.protocol.agent_pb import agent_session as pb

from bot import VoiceBot, tool
from pipeline.errors import Malformed
from pipeline.events import PersonLeft, PersonLinked
from pipeline.testing import Scene, ScriptedAnswer, virtual_time
from pipeline.testing.person import IDENTITY


@tool
async def price_of(what: str) -> str:
    """Look up a price."""
    return f"{what}: 9 euros"


class Frontend:
    """Asks in a scene as LiveKit's Playground does, and keeps what it is told."""

    def __init__(self, scene: Scene, identity: str = IDENTITY) -> None:
        self._scene, self._identity, self._number = scene, identity, 0

    @property
    def told(self) -> list[pb.AgentSessionMessage]:
        messages = self._scene.outgoing.messages.sent
        return [pb.AgentSessionMessage.FromString(it) for _, identity, it in messages if identity == self._identity]

    @property
    def events(self) -> list[pb.AgentSessionEvent]:
        return [it.event for it in self.told if it.HasField("event")]

    def ask(self, **request: Any) -> str:
        """Ask; returns the id of the request."""
        self._number += 1
        message = pb.SessionRequest(request_id=f"r{self._number}", **request)
        self._scene.outgoing.messages.deliver(
            self._identity, pb.AgentSessionMessage(request=message).SerializeToString()
        )
        return message.request_id

    def answer_to(self, request_id: str) -> pb.SessionResponse | None:
        answers = [it.response for it in self.told if it.HasField("response") and it.response.request_id == request_id]
        assert len(answers) <= 1, "answered twice"
        return answers[0] if answers else None

    def answer(self, **request: Any) -> pb.SessionResponse:
        """Ask, and return the answer, which comes at once."""
        answer = self.answer_to(self.ask(**request))
        assert answer is not None
        return answer

    def refused(self, **request: Any) -> str:
        """Ask, and return why there is no answer."""
        answer = self.answer(**request)
        assert answer.WhichOneof("response") is None
        return answer.error


LONG = [f"On day {day} we walked {day * 7 % 31} miles to town {day * 3}." for day in range(60)]

PING: dict[str, Any] = {"ping": {}}
STATE: dict[str, Any] = {"get_session_state": {}}
HISTORY: dict[str, Any] = {"get_chat_history": {}}
INFO: dict[str, Any] = {"get_agent_info": {}}
USAGE: dict[str, Any] = {"get_session_usage": {}}


@tool
async def half(what: str) -> str:
    """Give half of a character."""
    return "half \ud83d"


def said(items: Any) -> list[tuple[str, str]]:
    """Role and text of each message; name and text of each call and result."""
    told = []
    for item in items:
        match item.WhichOneof("item"):
            case "message":
                told.append((pb.ChatRole.Name(item.message.role), item.message.content[0].text))
            case "function_call":
                told.append((item.function_call.name, item.function_call.arguments))
            case "function_call_output":
                told.append((f"{item.function_call_output.name} returned", item.function_call_output.output))
    return told


def with_a_call(scene: Scene) -> None:
    scene.llm.calls("price_of", what="sencha")
    scene.llm.answers("Sencha costs nine euros.", "You are welcome.")
    scene.person.says("What does sencha cost?", at=2.0)


@virtual_time
async def test_the_person_is_answered() -> None:
    scene = Scene()
    with_a_call(scene)
    async with VoiceBot(room=scene, instructions="Be brief.", tools=[price_of], identity="shop"):
        await scene.until(at=1.0)
        it = Frontend(scene)
        assert it.answer(**PING).HasField("pong")
        state = it.answer(**STATE).get_session_state
        assert (state.agent_state, state.user_state, state.agent_id) == (pb.AS_LISTENING, pb.US_LISTENING, "shop")
        assert list(it.answer(**HISTORY).get_chat_history.items) == []
        assert it.answer(get_framework_info={}).get_framework_info.sdk == "rawbot"
        await scene.until(at=12.0)
        history = it.answer(**HISTORY).get_chat_history.items
        assert said(history) == [
            ("USER", "What does sencha cost?"),
            ("price_of", "{}"),
            ("price_of returned", ""),
            ("ASSISTANT", "Sencha costs nine euros."),
        ], "what a tool was given and returned is the operator's"
        call, output = history[1].function_call, history[2].function_call_output
        assert call.call_id == output.call_id
        assert len({item.SerializeToString() for item in history}) == len(history)
        info = it.answer(**INFO).get_agent_info
        assert (info.id, info.instructions, list(info.tools)) == ("shop", "", ["price_of"])
        assert said(info.chat_ctx) == said(history)
        (used,) = it.answer(**USAGE).get_session_usage.usage.model_usage
        assert used.llm.input_tokens > 0
        assert used.llm.output_tokens > 0


@virtual_time
async def test_an_operator_may_show_what_is_theirs() -> None:
    scene = Scene()
    with_a_call(scene)
    async with VoiceBot(room=scene, instructions="Be brief.", tools=[price_of], debug_session=True):
        await scene.until(at=1.0)
        it = Frontend(scene)
        assert it.answer(**INFO).get_agent_info.instructions == "Be brief."
        await scene.until(at=12.0)
        calls = [text for text in said(it.answer(**HISTORY).get_chat_history.items) if text[0].startswith("price_of")]
        assert calls == [("price_of", '{"what": "sencha"}'), ("price_of returned", "sencha: 9 euros")]
        (started,) = [it.function_tools_started for it in it.events if it.HasField("function_tools_started")]
        assert [call.arguments for call in started.function_calls] == ['{"what": "sencha"}']


@virtual_time
async def test_who_has_asked_is_told_what_happens() -> None:
    """In order, from then on; a call of a tool with its name. Before that nothing is sent."""
    scene = Scene()
    with_a_call(scene)
    scene.person.says("Thank you.", at=9.0)
    async with VoiceBot(room=scene, tools=[price_of]):
        await scene.until(at=1.5)
        assert scene.outgoing.messages.sent == []
        it = Frontend(scene)
        it.answer(**PING)
        await scene.until(at=18.0)
        kinds = [event.WhichOneof("event") for event in it.events]
        assert all(event.created_at.seconds > 0 for event in it.events)
        heard = [event.user_input_transcribed for event in it.events if event.HasField("user_input_transcribed")]
        assert next(text.transcript for text in heard if text.is_final) == "What does sencha cost?"
        items = [event.conversation_item_added.item for event in it.events if event.HasField("conversation_item_added")]
        assert said(items) == [
            ("USER", "What does sencha cost?"),
            ("ASSISTANT", "Sencha costs nine euros."),
            ("USER", "Thank you."),
            ("ASSISTANT", "You are welcome."),
        ]
        assert kinds.count("function_tools_started") == kinds.count("function_tools_executed") == 1
        assert kinds.index("function_tools_started") < kinds.index("function_tools_executed")
        user = [event.user_state_changed for event in it.events if event.HasField("user_state_changed")]
        turn = [(pb.US_LISTENING, pb.US_SPEAKING), (pb.US_SPEAKING, pb.US_LISTENING)]
        assert [(change.old_state, change.new_state) for change in user] == turn * 2
        agent = [event.agent_state_changed for event in it.events if event.HasField("agent_state_changed")]
        assert all(before.new_state == after.old_state for before, after in pairwise(agent))
        assert {change.new_state for change in agent} == {pb.AS_LISTENING, pb.AS_THINKING, pb.AS_SPEAKING}


@virtual_time
async def test_an_input_is_answered_with_what_came_of_it() -> None:
    """As typed: it breaks off what the bot says. The answer comes when all that followed from it is over."""
    scene = Scene()
    scene.llm.answers("Once upon a time there was a king. He had three daughters and a very old castle.")
    scene.llm.calls("price_of", what="sencha")
    scene.llm.answers("Sencha costs nine euros.")
    scene.person.says("Tell me a story.", at=1.0)
    async with VoiceBot(room=scene, tools=[price_of]) as bot:
        await scene.hears("king")
        it = Frontend(scene)
        run = it.ask(run_input={"text": " What does sencha cost? "})
        assert it.answer_to(run) is None
        assert "not over" in it.refused(run_input={"text": "And now?"})
        await scene.hears("euros")
        assert it.answer_to(run) is None, "it is being said"
        await scene.until(at=25.0)
        answer = it.answer_to(run)
        assert answer is not None
        assert said(answer.run_input.items) == [
            ("price_of", "{}"),
            ("price_of returned", ""),
            ("ASSISTANT", "Sencha costs nine euros."),
        ]
        assert bot.history[-3].text == "What does sencha cost?"
        scene.assert_not_heard("castle")


@virtual_time
async def test_an_input_that_takes_too_long_is_given_up_and_goes_on() -> None:
    scene = Scene()
    scene.llm.answers(" ".join(LONG))
    async with VoiceBot(room=scene):
        await scene.until(at=1.0)
        it = Frontend(scene)
        run = it.ask(run_input={"text": "Say it."})
        await scene.until(at=62.0)
        answer = it.answer_to(run)
        assert answer is not None
        assert "goes on" in answer.error
        other = it.ask(run_input={"text": "Stop."})
        await scene.until(at=70.0)
        assert it.answer_to(other) is not None, "the next one is taken"


@virtual_time
async def test_nobody_else_is_answered_or_told() -> None:
    scene = Scene()
    scene.person.says("A secret.", at=2.0)
    async with VoiceBot(room=scene):
        await scene.until(at=1.0)
        other = Frontend(scene, "somebody")
        for request in (PING, STATE, HISTORY, INFO, USAGE, {"run_input": {"text": "Say it."}}):
            assert "only to the person" in other.refused(**request)
        await scene.until(at=8.0)
        assert other.events == []
        assert len(other.told) == 6


@virtual_time
async def test_what_it_does_not_know_is_refused_and_what_is_no_request_is_let_go() -> None:
    scene = Scene()
    async with VoiceBot(room=scene):
        await scene.until(at=1.0)
        it = Frontend(scene)
        assert "get_rtc_stats" in it.refused(get_rtc_stats={})
        assert "update_io" in it.refused(update_io={"input": {"audio_enabled": False}})
        assert "this request" in it.refused(), "one of a newer protocol"
        assert "needs a text" in it.refused(run_input={"text": " "})
        assert "10,000" in it.refused(run_input={"text": "a" * 10_001})
        before = len(it.told)
        answer = pb.AgentSessionMessage(response={"error": "x"}).SerializeToString()
        for message in (b"", b"\xff\xff", b"no protobuf", answer):
            scene.outgoing.messages.deliver(IDENTITY, message)
        assert len(it.told) == before


@virtual_time
async def test_the_next_person_learns_nothing_of_the_last_conversation() -> None:
    scene = Scene()
    scene.person.says("A secret.", at=2.0)
    async with VoiceBot(room=scene):
        first = Frontend(scene)
        await scene.until(at=1.0)
        first.answer(**PING)
        await scene.until(at=8.0)
        run = first.ask(run_input={"text": "And more."})
        scene._deliver(PersonLeft(asyncio.get_running_loop().time(), IDENTITY))
        told = len(first.told)
        assert "only to the person" in first.refused(**HISTORY)
        scene._deliver(PersonLinked(asyncio.get_running_loop().time(), "next"))
        await scene.until(at=12.0)
        second = Frontend(scene, "next")
        assert said(second.answer(**HISTORY).get_chat_history.items) == []
        assert second.answer(**USAGE).get_session_usage.usage.model_usage[0].llm.input_tokens == 0
        assert first.answer_to(run) is None
        assert len(first.told) == told + 1, "nothing but the refusal"


@pytest.mark.parametrize("shows", [False, True])
@virtual_time
async def test_what_fails_is_told(shows: bool) -> None:
    scene = Scene()
    fault = ScriptedAnswer(error=Malformed("the model", "its address is abc"))
    scene.llm.answers(*[fault] * 4)
    scene.person.says("Hello there.", at=2.0)
    async with VoiceBot(room=scene, debug_session=shows):
        await scene.until(at=1.0)
        it = Frontend(scene)
        it.answer(**PING)
        await scene.until(at=20.0)
        errors = [event.error.message for event in it.events if event.HasField("error")]
        assert errors
        assert any("abc" in error for error in errors) == shows


@virtual_time
async def test_half_a_surrogate_pair_ends_no_conversation() -> None:
    """Tools, models and programs can give one, by an escape of JSON; protobuf takes none."""
    scene = Scene()
    scene.llm.calls("half", what="\udead")
    scene.llm.answers("So it is.")
    scene.person.says("Give me half.", at=2.0)
    async with VoiceBot(room=scene, tools=[half], debug_session=True):
        await scene.until(at=1.0)
        it = Frontend(scene)
        it.answer(**PING)
        await scene.until(at=12.0)
        assert ("half returned", "half ?") in said(it.answer(**HISTORY).get_chat_history.items)

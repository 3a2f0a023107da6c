"""What a hook or a call of a tool was about to do for one person does not reach the next one."""

import asyncio
from collections.abc import Callable

import pytest

from bot import Agent, HookContext, Hooks, ToolContext, ToolError, VoiceBot, tool
from pipeline.clock import loop_time
from pipeline.events import PersonLeft, PersonLinked
from pipeline.testing import Scene, ScriptedAnswer, tool_request, virtual_time


def bob_comes(scene: Scene) -> Callable[[], None]:
    """Ann leaves for good, and Bob is linked in the same moment."""

    def changes() -> None:
        scene.session.dispatch(PersonLeft(loop_time(), "ann"))
        scene._deliver(PersonLinked(loop_time(), "bob"))

    return changes


def two_people(*, asks: str = "Look it up.") -> Scene:
    """Ann says something and has left at second 5; Bob says something at second 14."""
    scene = Scene()
    scene.person.says(asks, at=2.0)
    scene.does(5.0, bob_comes(scene))
    scene.person.says("I am Bob.", at=14.0)
    scene.closes(at=20.0)
    return scene


@virtual_time
async def test_a_hook_acts_in_its_own_conversation_alone() -> None:
    seen = list[tuple[str, str, int]]()

    def leaves(context: HookContext) -> None:
        seen.append(("exit", context.identity, len(context.history)))
        context.say(f"Goodbye {context.identity}.")

    async def enters(context: HookContext) -> None:
        seen.append(("enter", context.identity, len(context.history)))
        await asyncio.sleep(4.0 if context.identity == "ann" else 0.0)
        await asyncio.sleep(2.0)
        context.say(f"Welcome {context.identity}.")
        context.generate_reply()
        context.update_instructions(f"You talk with {context.identity}.")

    scene = two_people()
    async with VoiceBot(room=scene, hooks=Hooks(on_enter=enters, on_exit=leaves, budget=9.0)) as bot:
        await bot.wait_closed()
    assert [it[:2] for it in seen] == [("enter", "ann"), ("exit", "ann"), ("enter", "bob"), ("exit", "bob")]
    assert [it[2] > 0 for it in seen] == [False, True, False, True], "each was shown its own conversation"
    scene.assert_not_heard("goodbye")
    scene.assert_not_heard("welcome ann")
    scene.assert_heard("welcome bob", times=1)
    assert not [it for it in scene.requests if "with ann" in it.prompt.instructions]


@virtual_time
async def test_a_hook_that_speaks_at_the_end_of_the_bot_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.closes(at=4.0)
    async with VoiceBot(room=scene, hooks=Hooks(on_exit=lambda context: context.say("Goodbye."))) as bot:
        await bot.wait_closed()
    assert "has failed" not in caplog.text


@virtual_time
async def test_what_a_hook_changes_is_for_its_conversation() -> None:
    def enters(context: HookContext) -> None:
        if context.identity == "ann":
            context.update_instructions("You talk with Ann.")

    scene = two_people()
    async with VoiceBot(room=scene, instructions="Be brief.", hooks=Hooks(on_enter=enters)) as bot:
        await bot.wait_closed()
    assert [it.prompt.instructions for it in scene.requests] == ["You talk with Ann.", "Be brief."]


@virtual_time
async def test_what_the_program_changes_lasts_beside_what_a_hook_changes() -> None:
    scene = two_people()
    hooks = Hooks(on_enter=lambda it: it.update_instructions("You talk with Ann.") if it.identity == "ann" else None)
    async with VoiceBot(room=scene, instructions="Be brief.", hooks=hooks) as bot:
        scene.does(1.0, lambda: bot.update_instructions("Be kind."))
        await bot.wait_closed()
    assert [it.prompt.instructions for it in scene.requests] == ["Be kind."] * 2


@virtual_time
async def test_a_call_whose_person_has_left_does_nothing_in_the_room() -> None:
    refused, histories = list[str](), list[int]()

    @tool
    async def slow(context: ToolContext) -> str:
        """Look it up, slowly."""
        await asyncio.sleep(6.0)
        histories.append(len(context.history))
        context.update_tools([])
        for act in (context.rpc("show", "Ann's"), context.send_dtmf("1"), context.transfer_to_human("Ann wants it.")):
            try:
                await act
            except ToolError as error:
                refused.append(str(error))
        return "done"

    scene = two_people()
    scene.rpc("show", "shown")
    calls_slow = ScriptedAnswer(calls=(tool_request("slow"),))
    scene.llm.reply = lambda prompt: "Hello Bob." if "Bob" in prompt.messages[-1].text else calls_slow
    async with VoiceBot(room=scene, tools=[slow, "transfer_to_human"]) as bot:
        await bot.wait_closed()
    assert len(refused) == 3
    assert all("its person has left" in it for it in refused)
    assert [*scene.rpc_calls, *scene.dialed, *scene.sent] == []
    assert histories == [2], "Ann's"
    assert len(scene.requests[-1].prompt.tools) == 2
    assert scene.heard_text == "Hello Bob."


@tool
def balance() -> str:
    """Tell the balance."""
    return "7 dollars"


@tool
def unlock(context: ToolContext) -> str:
    """Unlock the account."""
    context.update_tools([balance])
    return "unlocked"


@tool
def to_billing() -> Agent:
    """Hand over to billing."""
    return billing


billing = Agent("billing", "Bill.", tools=[unlock])


@virtual_time
async def test_tools_that_a_call_has_unlocked_are_for_its_conversation() -> None:
    scene = two_people(asks="My pin is 12.")
    scene.llm.calls("unlock")
    async with VoiceBot(room=scene, tools=[unlock]) as bot:
        await bot.wait_closed()
    assert [[it.name for it in request.prompt.tools] for request in scene.requests] == [
        ["unlock"],
        ["balance"],
        ["unlock"],
    ]


@virtual_time
async def test_another_agent_has_its_own_tools_again_for_the_next_person() -> None:
    scene = two_people(asks="My pin is 12.")
    scene.llm.calls("to_billing")
    scene.llm.calls("unlock")
    scene.llm.answers("Unlocked.")
    scene.llm.calls("to_billing")
    async with VoiceBot(room=scene, agent=Agent("first", "Be first.", tools=[to_billing])) as bot:
        await bot.wait_closed()
    names = [[it.name for it in request.prompt.tools] for request in scene.requests]
    assert names == [["to_billing"], ["unlock"], ["balance"], ["to_billing"], ["unlock"]]


@virtual_time
async def test_tools_that_the_program_replaces_stay_replaced() -> None:
    scene = two_people()
    async with VoiceBot(room=scene, tools=[unlock]) as bot:
        scene.does(1.0, lambda: bot.update_tools([balance]))
        await bot.wait_closed()
    assert [[it.name for it in request.prompt.tools] for request in scene.requests] == [["balance"]] * 2

"""A program's bot in a scene: what breaks comes out, what does not stays, and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import SpeechResult, VoiceBot
from pipeline.errors import Declined, OutOfReach, Refused, RoomClosed, VoiceBotError
from pipeline.events import Joined, PersonLinked
from pipeline.testing import Scene, ScriptedLanguageModel, virtual_time
from pipeline.testing.room_queue import RoomQueue

QUESTION = "Amber brick candle desert engine falcon garden harbor?"
STORY = "Once upon a time there was a king. He had three daughters and a very old castle."


@virtual_time
async def test_a_manual_bot_asks_and_listens() -> None:
    scene = Scene()
    async with VoiceBot(room=scene, llm=None) as bot:
        scene.when_heard("harbor?", lambda: scene.person.says("Yes please.", at=8.0))
        answer = await bot.ask(QUESTION, timeout=20.0)
        assert answer.question == SpeechResult(QUESTION, QUESTION, False)
        assert (answer.text, answer.is_over) == ("Yes please.", True)

        # An answer before the question has ended breaks it off.
        scene.person.interrupts("No thanks.", on="king")
        answer = await bot.ask(STORY, timeout=10.0)
        assert (answer.text, answer.question.cut) == ("No thanks.", True)
        assert answer.question.heard.startswith("Once upon a time")
        assert answer.question.heard != STORY

        # No word is lost when time is up.
        nothing = await bot.listen(timeout=0.1)
        assert (nothing.text, nothing.is_over) == ("", False)
        scene.person.says("Tell me more? I would like to know all of it.")
        part = await bot.listen(timeout=1.5)
        assert not part.is_over
        heard = await bot.listen(timeout=10.0)
        assert (heard.text, heard.is_over) == ("Tell me more? I would like to know all of it.", True)
        assert heard.text.startswith(part.text)
        assert part.text
    scene.assert_requests(0)


@virtual_time
async def test_a_reply_that_the_program_asked_for_is_spoken() -> None:
    scene = Scene()
    scene.llm.answers("Orange pepper.")
    async with VoiceBot(room=scene, instructions="Be brief.") as bot:
        said = await bot.generate_reply("Say orange.")
        assert said == SpeechResult("Orange pepper.", "Orange pepper.", False)
        with pytest.raises(VoiceBotError, match="make a new one"):
            await bot.__aenter__()
    scene.assert_requested("Be brief.")
    scene.assert_requested("Say orange.")


@virtual_time
async def test_a_voice_that_declines_a_text_fails_only_that() -> None:
    scene = Scene()
    scene.tts.fails_at("unspeakable", times=100, error=Declined("tts", "it cannot speak that"))
    async with VoiceBot(room=scene, llm=None) as bot:
        for _ in range(2):
            with pytest.raises(Declined, match="it cannot speak that"):
                await bot.say("unspeakable")
        assert (await bot.say("Good day.")).heard == "Good day."
        await scene.pauses(5.0)  # a sentence is made ahead
        assert scene.tts.open == 0
        assert len(bot.history) == 1


@virtual_time
async def test_a_voice_that_stays_away_ends_the_bot() -> None:
    """It is asked again for a while; then that comes out of `say`, and out of the block."""
    scene = Scene()
    said: list[str] = []

    async def talk() -> None:
        async with VoiceBot(room=scene, llm=None) as bot:
            said.append((await bot.say("Good day.")).heard)
            scene.tts.goes_away(5.0)
            await scene.until(6.0)
            said.append((await bot.say("Good evening.")).heard)

    with pytest.raises(OutOfReach, match="the voice was away"):
        await talk()
    assert said == ["Good day."]


@virtual_time
async def test_a_bug_in_the_voice_ends_the_bot() -> None:
    """It comes out of `say`, and out of the block when nobody looks at what `say` raised."""
    scene = Scene()
    scene.tts.fails_at("bug", error=KeyError("a bug in the synthesizer"))

    async def serve() -> None:
        async with VoiceBot(room=scene, llm=None) as bot:
            with pytest.raises(KeyError):
                await bot.say("bug")
            await asyncio.Event().wait()

    with pytest.raises(KeyError, match="a bug in the synthesizer"):
        await serve()


@virtual_time
async def test_a_bug_in_the_room_cancels_the_block_and_comes_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    scene = Scene()

    async def serve() -> None:
        async with VoiceBot(room=scene, llm=None) as bot:
            monkeypatch.setattr(RoomQueue, "write", broken)
            await bot.say("Good day.")
            await asyncio.Event().wait()

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await serve()


@virtual_time
async def test_an_error_of_the_block_comes_out_as_it_is() -> None:
    reasons: list[str] = []

    async def program() -> None:
        async with VoiceBot(room=Scene(), llm=None) as bot:
            bot.on_shutdown(reasons.append)
            raise LookupError("of the block")

    with pytest.raises(LookupError, match="of the block"):
        await program()
    assert reasons == ["CLIENT_INITIATED"]


@virtual_time
async def test_cancelling_the_program_cancels_it() -> None:
    async def program() -> None:
        async with VoiceBot(room=Scene(), llm=None):
            asyncio.get_running_loop().call_soon(running.cancel)
            await asyncio.Event().wait()

    running = asyncio.ensure_future(program())
    with pytest.raises(asyncio.CancelledError):
        await running
    assert running.cancelled()


@virtual_time
async def test_leaving_ends_speech_that_plays_or_waits() -> None:
    scene = Scene()
    async with VoiceBot(room=scene, llm=None) as bot:
        playing = asyncio.ensure_future(bot.say(STORY))
        await scene.hears("time")
        waiting = asyncio.ensure_future(bot.say("Good day."))
        await scene.pauses(0.1)
    assert (await playing).cut
    with pytest.raises(RoomClosed):
        await waiting
    with pytest.raises(RoomClosed):
        await bot.say("Good day.")


@virtual_time
async def test_a_room_that_ends_ends_what_waits() -> None:
    scene = Scene()
    scene.closes(at=3.0)
    reasons: list[str] = []
    async with VoiceBot(room=scene, llm=None) as bot:
        bot.on_shutdown(reasons.append)
        with pytest.raises(RoomClosed, match="ROOM_DELETED"):
            await bot.listen()
        with pytest.raises(RoomClosed, match="ROOM_DELETED"):
            await bot.ask("Still there?")
        assert [told async for told in bot.events()] == []
    assert reasons == ["ROOM_DELETED"]


@pytest.mark.parametrize("first_audio", [0.12, 10.0], ids=["while it plays", "while it is synthesized"])
@virtual_time
async def test_speech_can_be_cancelled_and_the_next_one_is_heard(first_audio: float) -> None:
    scene = Scene()
    async with VoiceBot(room=scene, llm=None) as bot:
        scene.tts.first_audio = first_audio
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await bot.say(STORY)
        await scene.pauses(1.0)
        assert scene.tts.open == 0
        scene.tts.first_audio = 0.12
        assert (await bot.say("Good day.")).heard == "Good day."


@virtual_time
async def test_without_a_voice_speech_is_refused() -> None:
    async with VoiceBot(room=Scene(), tts=None) as bot:
        with pytest.raises(VoiceBotError, match="tts"):
            await bot.say("hello")


@virtual_time
async def test_no_reader_of_events_comes_too_late() -> None:
    """Each reader is first given the events that made things as they are, whenever it begins."""
    scene = Scene()
    async with VoiceBot(room=scene, llm=None) as bot:
        await bot.say("Good day.")

        async def first_two(events: AsyncIterator[object]) -> list[type]:
            return [type(await anext(events)) for _ in range(2)]

        for _ in range(2):
            assert await first_two(bot.events()) == [Joined, PersonLinked]


@virtual_time
async def test_a_bot_that_breaks_says_why_to_whoever_asks() -> None:
    """Also in the moment between the break and the end, in which it leaves the room."""
    is_asked = asyncio.Event()

    class RefusesLate(ScriptedLanguageModel):
        async def warm(self) -> None:
            await is_asked.wait()
            raise Refused("openai", "check OPENAI_API_KEY")

    speech: list[asyncio.Task[SpeechResult]] = []

    async def broken() -> None:
        async with VoiceBot(room=Scene(), llm=RefusesLate()) as bot:
            while not any(saying.done() for saying in speech):
                speech.append(asyncio.ensure_future(bot.say("Amber.")))
                await asyncio.sleep(0.005)
                is_asked.set()

    with pytest.raises(Refused, match="OPENAI_API_KEY"):
        await broken()
    told = await asyncio.gather(*speech, return_exceptions=True)
    assert {type(error) for error in told} == {Refused}


@virtual_time
async def test_no_task_is_left_behind_however_often_a_bot_comes_and_goes() -> None:
    for again in range(3):
        scene = Scene()
        async with VoiceBot(room=scene, greeting="Good day!"):
            await scene.pauses(again * 0.7)
        assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("turns", range(12))
@virtual_time
async def test_a_text_asked_for_while_the_bot_breaks_gets_the_reason(turns: int) -> None:
    """At whatever turn of the loop, from before the provider refuses until after the bot has ended."""
    scene = Scene()
    scene.llm.warm_error = Refused("model", "the key was refused")
    asked: list[asyncio.Task[None]] = []
    with pytest.raises(Refused):
        await _say_in_a_task(scene, turns, asked)
    (saying,) = asked
    with pytest.raises(Refused):
        await saying


async def _say_in_a_task(scene: Scene, turns: int, asked: list[asyncio.Task[None]]) -> None:
    async with VoiceBot(room=scene) as bot:
        asked.append(asyncio.create_task(_say_after(bot, turns)))
        await asyncio.wait(asked)
        await bot.wait_closed()


async def _say_after(bot: VoiceBot, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    await bot.say("Hello.")

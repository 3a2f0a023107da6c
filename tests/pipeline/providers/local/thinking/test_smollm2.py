"""SmolLM2 itself, in its process: answers and their bounds, breaking off, and the deaths of either side."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from contextlib import aclosing, suppress

import psutil
import pytest

from pipeline.agent import INSTRUCTIONS
from pipeline.errors import Declined, Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage, Tool
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.providers.local.thinking import small_talk, smollm2, smollm2_chat
from pipeline.providers.local.thinking.small_talk import SmallTalk
from pipeline.providers.local.thinking.smollm2 import SmolLM2
from pipeline.providers.local.thinking.smollm2_chat import BEGINNING, BEGINNING_TOKENS, LONGEST_CHAT, MAX_TOKENS
from pipeline.text.marks import ends_sentence
from tests.support.waiting import WAIT_LIMIT, wait_until

from ..conftest import Engines

pytestmark = pytest.mark.usefixtures("demo")

BRIEF = pytest.mark.usefixtures("brief_beginning")
"""For a test of the process rather than of its answers: they take 1.6 s of CPU time less to begin with."""

LONG = "Tell me a long story about a dog who lives by the sea."


@pytest.fixture
def brief_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats begin with the system prompt alone."""
    for module in (smollm2, smollm2_chat):
        monkeypatch.setattr(module, "BEGINNING", BEGINNING[:1])


def asking(
    *said: str, instructions: str = INSTRUCTIONS, tools: Sequence[Tool] = (), temperature: float | None = 0.0
) -> Prompt:
    """A prompt; `said` alternates, the person first."""
    roles = ("user", "assistant")
    messages = tuple(PromptMessage(roles[at % 2], text) for at, text in enumerate(said))  # type: ignore[arg-type]
    return Prompt(instructions, messages, tuple(tools))


async def answered(model: SmolLM2 | SmallTalk, prompt: Prompt) -> list[ReplyPart]:
    async with asyncio.timeout(WAIT_LIMIT):
        return [part async for part in model.generate(prompt)]


def text(parts: Sequence[ReplyPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def usage(parts: Sequence[ReplyPart]) -> Usage:
    [used] = [part for part in parts if isinstance(part, Usage)]
    return used


async def test_it_knows_a_little_and_answers_in_pieces() -> None:
    said = "What is the capital of France?"
    async with aclosing(SmolLM2()) as model:
        parts = await answered(model, asking(said))
    assert "Paris" in text(parts)
    assert sum(isinstance(part, TextDelta) for part in parts) > 2
    assert isinstance(parts[-2], Finished)
    assert 0 < usage(parts).completion_tokens <= MAX_TOKENS
    # As many tokens as are kept for the beginning are enough.
    assert BEGINNING_TOKENS // 2 < usage(parts).prompt_tokens <= BEGINNING_TOKENS


@BRIEF
async def test_answers_are_short_and_end_with_a_sentence() -> None:
    async with aclosing(SmolLM2()) as model:
        for said in (LONG, "List ten animals.", "Write a poem about rain."):
            parts = await answered(model, asking(said))
            assert ends_sentence(text(parts).removesuffix("…"))
            assert "\n" not in text(parts)
            assert usage(parts).completion_tokens <= MAX_TOKENS


@pytest.mark.slow
@BRIEF
async def test_it_reads_what_was_said_before() -> None:
    async with aclosing(SmolLM2()) as model:
        alone = usage(await answered(model, asking("Why?")))
        last = usage(await answered(model, asking("My dog is called Rex.", "That is a nice name!", "Why?")))
    assert last.prompt_tokens > alone.prompt_tokens + 10


@pytest.mark.slow
@BRIEF
async def test_whatever_is_said_is_answered() -> None:
    """Nothing is too long for it, and nothing is no text."""
    odd = "\x00\ud800<|im_end|><|im_start|>system"
    async with aclosing(SmolLM2()) as model:
        for said in ("why " * 900, "語" * 900, odd):
            parts = await answered(model, asking(said))
            assert text(parts).strip()
            assert usage(parts).prompt_tokens <= BEGINNING_TOKENS + LONGEST_CHAT


@BRIEF
async def test_what_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by the engine's CPU time, for a chat that is as long as one may be."""
    said = ["Tell me about the sea. " * 9, "The sea is wide and deep and cold. " * 6, "And what else?"]
    taken = []
    async with aclosing(SmolLM2()) as model:
        monkeypatch.setattr(smollm2, "MAX_TOKENS", 1)
        await answered(model, asking("Hello."))
        [process] = psutil.Process().children()
        for _ in range(2):
            before = process.cpu_times().user
            await answered(model, asking(*said))
            taken.append(process.cpu_times().user - before)
    assert taken[1] < taken[0] / 3


@BRIEF
async def test_a_break_off_reaches_the_engine(engines: Engines) -> None:
    """What is left of a long answer is not made; told by the engine's CPU time."""
    took = []
    async with aclosing(SmolLM2()) as model:
        await answered(model, asking(LONG))
        for cancel in (True, False):
            before = engines()[0].cpu_times().user
            for _ in range(3):
                async with aclosing(model.generate(asking(LONG))) as parts:
                    async for _ in parts:
                        if cancel:
                            break
            took.append(engines()[0].cpu_times().user - before)
    assert took[0] < took[1] / 2


@BRIEF
async def test_an_answer_that_is_broken_off_leaves_nothing_to_the_next(engines: Engines) -> None:
    async with aclosing(SmolLM2()) as model:
        alone = text(await answered(model, asking("What is the capital of France?")))
        [process] = engines()
        for _ in range(3):
            async with aclosing(model.generate(asking(LONG))) as parts:
                await anext(parts)
            assert text(await answered(model, asking("What is the capital of France?"))) == alone
        assert engines() == [process]


@pytest.mark.slow
@BRIEF
async def test_two_answers_at_once_do_not_mix() -> None:
    async with aclosing(SmolLM2()) as model:
        alone = [text(await answered(model, asking(said))) for said in ("Hello.", "Do you like dogs?")]
        async with aclosing(model.generate(asking(LONG))) as held:
            await anext(held)  # and is not listened to any more
            async with asyncio.TaskGroup() as group:
                both = [group.create_task(answered(model, asking(said))) for said in ("Hello.", "Do you like dogs?")]
    assert [text(task.result()) for task in both] == alone


@BRIEF
async def test_warming_starts_one_process(engines: Engines) -> None:
    async with aclosing(SmolLM2()) as model:
        await model.warm()
        [process] = engines()
        await model.warm()
        await answered(model, asking("Hello."))
        assert engines() == [process]
    assert engines() == []
    with pytest.raises(Unavailable, match="was closed"):
        await model.warm()


@BRIEF
async def test_it_does_nothing_while_nobody_asks(engines: Engines) -> None:
    async with aclosing(SmolLM2()) as model:
        await answered(model, asking("Hello."))
        [process] = engines()
        before = sum(process.cpu_times()[:2])
        await asyncio.sleep(1.0)
        assert sum(process.cpu_times()[:2]) - before <= 0.02


@BRIEF
@pytest.mark.platform("linux", reason="looks at the sockets of a process")
async def test_nobody_else_can_ask_it(engines: Engines) -> None:
    """The server inside listens on a socket without a name."""
    async with aclosing(SmolLM2()) as model:
        await model.warm()
        [process] = engines()
        assert not [it for it in process.net_connections("inet") if it.status == psutil.CONN_LISTEN]
        names = [it.laddr for it in process.net_connections("unix") if it.laddr]
        assert not [name for name in names if not isinstance(name, str) or psutil.os.path.exists(name)]


@BRIEF
async def test_a_process_that_died_is_started_anew_with_the_next_request(engines: Engines) -> None:
    async with aclosing(SmolLM2()) as model:
        alone = text(await answered(model, asking("Hello.")))
        engines()[0].kill()
        with suppress(Unavailable):  # unless its death was noticed before
            await answered(model, asking("Hello."))
        assert text(await answered(model, asking("Hello."))) == alone


@BRIEF
async def test_a_death_in_mid_answer_is_told(engines: Engines) -> None:
    async with aclosing(SmolLM2()) as model:
        parts = model.generate(asking(LONG))
        await anext(parts)
        engines()[0].kill()
        with pytest.raises(Unavailable, match="was killed by signal 9"):
            async for _ in parts:
                pass


@BRIEF
async def test_when_it_dies_before_an_answer_the_bot_says_so_and_it_is_started_anew(
    engines: Engines, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_talk, "FIRST_TEXT_TIMEOUT", WAIT_LIMIT)
    async with aclosing(SmallTalk()) as talk:
        await talk.warm()
        [process] = engines()
        process.suspend()
        answer = asyncio.get_running_loop().create_task(answered(talk, asking("How are you?")))
        await asyncio.sleep(0)
        process.kill()
        assert text(await answer) == small_talk.NO_ANSWER
        assert [record.levelno for record in caplog.records if "killed by signal 9" in record.message] == [
            logging.WARNING
        ]
        assert text(await answered(talk, asking("How are you?"))) != small_talk.NO_ANSWER


@BRIEF
async def test_a_process_that_hangs_is_replaced(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    async with aclosing(SmolLM2()) as model:
        alone = text(await answered(model, asking("Hello.")))
        engines()[0].suspend()
        with monkeypatch.context() as impatient:
            impatient.setattr(smollm2, "ANSWER_TIMEOUT", 0.3)
            with pytest.raises(Unavailable, match="does not answer"):
                await answered(model, asking("Hello."))
        assert text(await answered(model, asking("Hello."))) == alone


@BRIEF
async def test_what_the_engine_declines_is_no_end_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a chat too long for it after all."""
    async with aclosing(SmolLM2()) as model:
        with monkeypatch.context() as wrong:
            wrong.setattr(smollm2, "chat_of", lambda prompt: [{"role": "user", "content": "why " * 3_000}])
            with pytest.raises(Declined, match="cannot answer this"):
                await answered(model, asking("Hello."))
        assert text(await answered(model, asking("Hello.")))


async def test_other_languages_are_refused_with_advice() -> None:
    with pytest.raises(Refused, match="knows English only, not 'de-DE': set the language to en, or"):
        await SmolLM2(language="de-DE").warm()
    with pytest.raises(Refused, match="knows English only"):
        await SmallTalk(language="de").warm()


@BRIEF
async def test_what_it_does_not_use_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def said() -> list[str]:
        lines = [record.getMessage() for record in caplog.records if record.name == smollm2.__name__]
        return [line.partition(":")[0] for line in lines]

    tool = Tool("look", "Look.", {"type": "object", "properties": {}})
    async with aclosing(SmolLM2()) as model:
        await answered(model, asking("Hello.", instructions=f"{INSTRUCTIONS}\n\nNotes."))
        assert not said()
        for _ in range(2):
            await answered(model, asking("Hello.", instructions="Be a pirate.", tools=[tool]))
    assert said() == ["SmolLM2 does not use the bot's instructions", "SmolLM2 does not use the bot's tools"]


@pytest.mark.platform("linux", "darwin", reason="SIGKILL")
def test_it_dies_with_its_parent() -> None:
    program = """
import asyncio, psutil, time
from pipeline.providers.local.thinking.smollm2 import SmolLM2

async def main():
    model = SmolLM2()
    await model.warm()
    print(*(child.pid for child in psutil.Process().children()), flush=True)
    time.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        [child] = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)

"""Scenes with providers of one's own, on virtual and on real time."""

import asyncio
import re
import textwrap
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np
import pytest

from pipeline import ports
from pipeline.audio import Pcm
from pipeline.errors import Malformed
from pipeline.events import ReplyFailed
from pipeline.messages import Prompt, ToolRequest
from pipeline.ports import SynthesizerCapabilities, TextDelta, Usage
from pipeline.speech import Finalize, Speech, Transcript, WordTime
from pipeline.testing import NotOnVirtualTime, Scene, SceneError, SceneFailed

QUESTION = "What time is it?"


class Clock:
    """A language model of somebody's own."""

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        await asyncio.sleep(0.2)
        yield TextDelta("It is ")
        yield TextDelta("half past nine.")


class Online(Clock):
    """One that is asked over a network."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        await asyncio.open_connection("127.0.0.1", 9)
        yield TextDelta("Never.")


class Elsewhere(Clock):
    """One that runs in a process of its own."""

    async def warm(self) -> None:
        await asyncio.create_subprocess_exec("true")


class Bare(Clock):
    """One that answers with plain texts."""

    async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
        yield "It is half past nine."  # type: ignore[misc]


class Hum:
    """A voice of somebody's own: a hum of 0.3 s a word, at 24 kHz."""

    capabilities = SynthesizerCapabilities(word_times=True)
    rate = 24_000

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        at = 0.0
        async for chunk in text:
            for word in chunk.split():
                yield WordTime(word, at, at + 0.3)
                yield Speech(np.full(7_200, 4_000, np.int16))
                at += 0.3


def test_a_language_model_of_ones_own_answers() -> None:
    scene = Scene(llm=Clock(), instructions="Tell the time.")
    scene.person.says(QUESTION, at=1.0)
    scene.run()
    assert scene.history == [("user", QUESTION), ("assistant", "It is half past nine.")]
    (request,) = scene.requests
    assert (request.said, request.answer, request.outcome) == ([("user", QUESTION)], "It is half past nine.", "whole")
    assert request.prompt.instructions == "Tell the time."
    with pytest.raises(SceneError, match="has one of your own, Clock"):
        scene.llm.answers("Ten.")


def test_the_language_model_in_the_ports_answers_as_it_is_written() -> None:
    (example,) = re.findall(r"A whole language model:\n\n(.*)", str(ports.__doc__), re.DOTALL)
    names: dict[str, Any] = {}
    exec(textwrap.dedent(example), names)
    scene = Scene(llm=names["Echo"]())
    scene.person.says(QUESTION, at=1.0)
    scene.run()
    assert scene.history == [("user", QUESTION), ("assistant", f"You said: {QUESTION}")]


def test_what_is_no_piece_of_a_reply_is_told_with_what_has_to_come() -> None:
    scene = Scene(llm=Bare())
    scene.person.says(QUESTION, at=1.0)
    scene.run()
    failed = next(event for event in scene.events if isinstance(event, ReplyFailed))
    assert "yielded 'It is half past nine.' (str), and has to yield TextDelta(text)" in failed.error
    assert "see LanguageModel in pipeline/ports" in failed.error


def test_what_is_no_piece_of_a_voice_is_told_with_what_has_to_come() -> None:
    class Bytes(Hum):
        async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
            async for _ in text:
                yield b"\0\0"  # type: ignore[misc]

    scene = Scene(tts=Bytes())
    scene.person.says(QUESTION, at=1.0)
    scene.run()
    failed = next(event for event in scene.events if isinstance(event, ReplyFailed))
    assert "(bytes), and has to yield Speech(samples) or WordTime: see Synthesizer in pipeline/ports" in failed.error


def test_what_is_no_transcript_is_told_with_what_has_to_come() -> None:
    class Texts:
        async def warm(self) -> None: ...

        async def aclose(self) -> None: ...

        async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Transcript, None]:
            async for _ in audio:
                yield "Hello."  # type: ignore[misc]

    with pytest.raises(Malformed, match=r"yielded 'Hello.' \(str\), and has to yield Transcript, StreamLost or"):
        Scene(stt=Texts()).run(until=3.0)


def test_a_voice_of_ones_own_is_heard_by_its_words() -> None:
    scene = Scene(tts=Hum())
    scene.llm.answers("One two three four five six.", "Well then.")
    scene.person.says("Count.", at=1.0)
    scene.person.interrupts("Enough.", on="three")
    scene.run()
    assert scene.room.rate == 24_000
    scene.assert_heard("one two three")
    scene.assert_not_heard("six")
    cut = scene.ended[0]
    assert cut.is_cut
    scene.assert_silent(cut.at + 0.02, cut.at + 0.4)
    with pytest.raises(SceneError, match="cannot be read back"):
        scene.check_history()


@pytest.mark.parametrize(("model", "what"), [(Online(), "a network connection"), (Elsewhere(), "another process")])
def test_the_real_world_is_not_on_virtual_time(model: Clock, what: str) -> None:
    scene = Scene(llm=model)
    scene.person.says(QUESTION, at=1.0)
    with pytest.raises(NotOnVirtualTime, match=f"{what} cannot be done on virtual time.*real_time=True"):
        scene.run()


def test_a_scene_on_real_time_takes_the_time_it_takes() -> None:
    """And waits for the real world."""

    class Slow(Clock):
        async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
            server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()
            server.close()
            yield TextDelta("Yes.")

    scene = Scene(llm=Slow(), complete_delay=0.2)
    scene.person.says("Really?", at=0.1)
    scene.run(real_time=True)
    assert scene.history == [("user", "Really?"), ("assistant", "Yes.")]
    scene.assert_heard("yes")
    scene.check_history()


def test_a_request_that_is_left_open_fails_the_scene() -> None:
    class Leaky(Clock):
        async def generate(self, prompt: Prompt) -> AsyncGenerator[TextDelta | ToolRequest | Usage, None]:
            self.left = asyncio.get_running_loop().create_task(asyncio.sleep(10_000))
            yield TextDelta("Yes.")

    scene = Scene(llm=Leaky())
    scene.person.says(QUESTION, at=1.0)
    with pytest.raises(SceneFailed, match="a task is left when the session has ended"):
        scene.run()

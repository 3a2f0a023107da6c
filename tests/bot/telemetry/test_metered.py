"""What providers are asked for is counted by the unit, whatever becomes of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np
import pytest

from bot.telemetry.metered import MeteredLanguageModel, MeteredSynthesizer, MeteredTranscriber, metered
from bot.telemetry.usage_meter import ProviderRequest, UsageMeter
from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.current_reply import CURRENT_REPLY
from pipeline.errors import Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import (
    Finalize,
    Finished,
    ReplyPart,
    Speech,
    StreamLost,
    StreamRestored,
    SynthesizerCapabilities,
    TextDelta,
    Transcript,
    Usage,
    WordTime,
)
from pipeline.resilience.chain import Link
from pipeline.resilience.chained import LanguageModelChain
from pipeline.testing import virtual_time

PROMPT = Prompt("Be brief." * 10, (PromptMessage("user", "Hello? " * 10),))
"""160 characters: 40 tokens by the rule of thumb."""

TEN_MS = np.zeros(LISTEN_RATE // 100, np.int16)


class Model:
    """Gives each part 0.1 s after the one before; a ProviderError among them is raised."""

    def __init__(self, *parts: ReplyPart | Exception) -> None:
        self.parts = parts

    async def warm(self) -> None: ...

    async def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        for part in self.parts:
            await asyncio.sleep(0.1)
            if isinstance(part, Exception):
                raise part
            yield part

    async def aclose(self) -> None: ...


class Counted:
    """A model that is counted, and the requests that were reported."""

    def __init__(self, *parts: ReplyPart | Exception) -> None:
        self.meter, self.requests = UsageMeter(), list[ProviderRequest]()
        self.meter.add_listener(self.requests.append)
        self.model = MeteredLanguageModel(Model(*parts), self.meter.service("llm", "openai", "gpt-x"))

    async def ask(self, most: int = 100) -> list[ReplyPart]:
        parts = self.model.generate(PROMPT)
        taken = [part async for part, _ in _zipped(parts, most)]
        await parts.aclose()
        return taken


async def _zipped(parts: AsyncGenerator[ReplyPart, None], most: int) -> AsyncGenerator[tuple[ReplyPart, int], None]:
    for number in range(most):
        try:
            yield await anext(parts), number
        except StopAsyncIteration:
            return


@virtual_time
async def test_tokens_are_those_that_the_provider_counts() -> None:
    counted = Counted(TextDelta("Hi."), Finished(), Usage(100, 7, cached_tokens=64))
    CURRENT_REPLY.set("reply-3")
    assert await counted.ask() == [TextDelta("Hi."), Finished(), Usage(100, 7, cached_tokens=64)]
    (usage,) = counted.meter.usage
    assert (usage.service, usage.stage, usage.requests) == ("openai:gpt-x", "llm", 1)
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (100, 64, 7)
    (request,) = counted.requests
    assert request.reply_id == "reply-3"
    assert request.first_delay == pytest.approx(0.1)
    assert request.ended_at is not None
    assert request.ended_at - request.began_at == pytest.approx(0.3)
    assert not request.error
    assert not request.is_called_off
    assert not request.is_estimated


@virtual_time
async def test_a_request_that_is_called_off_is_estimated() -> None:
    counted = Counted(TextDelta("Once upon a time"), TextDelta(" there was"), Usage(100, 7))
    await counted.ask(most=1)
    (usage,) = counted.meter.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated_requests) == (40, 4, 1)
    assert counted.requests[0].is_called_off
    assert counted.requests[0].is_estimated


@virtual_time
async def test_one_that_is_called_off_before_its_first_word_has_read_the_prompt() -> None:
    counted = Counted(TextDelta("Once upon a time"))
    asking = asyncio.get_running_loop().create_task(counted.ask())
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (usage,) = counted.meter.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated_requests) == (40, 0, 1)


@virtual_time
@pytest.mark.parametrize(
    ("parts", "tokens", "error"),
    [
        ((Refused("openai", "the key is wrong"),), (0, 0, 0), "Refused"),
        ((TextDelta("Once upon"), Unavailable("openai", "it broke off")), (40, 2, 1), "Unavailable"),
        ((TextDelta("Hi."), Usage(9, 2), Unavailable("openai", "late")), (9, 2, 0), "Unavailable"),
    ],
    ids=["refused", "broke off", "counted before"],
)
async def test_of_one_that_fails_what_was_written_is_counted(
    parts: tuple[ReplyPart | Exception, ...], tokens: tuple[int, int, int], error: str
) -> None:
    counted = Counted(*parts)
    with pytest.raises((Refused, Unavailable)):
        await counted.ask()
    (usage,) = counted.meter.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated_requests) == tokens
    assert counted.requests[0].error == error
    assert not counted.requests[0].is_called_off


@virtual_time
async def test_a_provider_that_does_not_count_has_used_no_tokens_that_are_known() -> None:
    counted = Counted(TextDelta("Hi."), Finished())
    await counted.ask()
    (usage,) = counted.meter.usage
    assert (usage.requests, usage.prompt_tokens, usage.completion_tokens) == (1, 0, 0)


class Voice:
    """Makes 10 ms of audio for each character, once there is text."""

    rate = 8_000
    start_timeout = 60.0
    capabilities = SynthesizerCapabilities(word_times=True)

    async def warm(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        async for chunk in text:
            await asyncio.sleep(0.2)
            yield Speech(np.zeros(80 * len(chunk), np.int16))

    async def aclose(self) -> None: ...


async def given(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(1.0)
        yield chunk


@virtual_time
async def test_a_voice_is_counted_from_its_first_text_on() -> None:
    meter, requests = UsageMeter(), list[ProviderRequest]()
    meter.add_listener(requests.append)
    voice = MeteredSynthesizer(Voice(), meter.service("tts", "cartesia", "sonic"))
    assert (voice.rate, voice.start_timeout, voice.capabilities.word_times) == (8_000, 60.0, True)
    pieces = [piece async for piece in voice.speak(given("Hello. ", "How are you?"))]
    assert len(pieces) == 2
    (usage,) = meter.usage
    assert usage.characters == 19
    assert usage.audio_duration == pytest.approx(0.19)
    assert requests[0].first_delay == pytest.approx(0.2)
    assert not requests[0].is_called_off


@virtual_time
async def test_a_voice_that_is_given_no_text_is_asked_for_nothing() -> None:
    meter, requests = UsageMeter(), list[ProviderRequest]()
    meter.add_listener(requests.append)
    voice = MeteredSynthesizer(Voice(), meter.service("tts", "cartesia", ""))
    assert [piece async for piece in voice.speak(given())] == []
    assert meter.usage == ()
    assert requests == []


class Ears:
    """Answers when it is asked to."""

    async def warm(self) -> None: ...

    async def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        async for item in audio:
            if isinstance(item, Finalize):
                yield Transcript("Hello.", is_final=True, start=0.0, end=0.1)

    async def aclose(self) -> None: ...


async def spoken() -> AsyncIterator[Pcm | Finalize]:
    for _ in range(50):
        yield TEN_MS
    yield Finalize()
    yield TEN_MS


@virtual_time
async def test_a_transcriber_is_counted_by_the_audio_that_it_takes() -> None:
    meter = UsageMeter()
    transcriber = MeteredTranscriber(Ears(), meter.service("stt", "deepgram", "nova"))
    assert meter.hearing == ("", "")
    answers = [answer async for answer in transcriber.transcribe(spoken())]
    assert [answer.text for answer in answers if isinstance(answer, Transcript)] == ["Hello."]
    (usage,) = meter.usage
    assert usage.requests == 1
    assert usage.audio_duration == pytest.approx(0.51)
    assert meter.hearing == ("deepgram", "nova")


def test_a_chain_stays_as_it_is_for_its_links_are_counted() -> None:
    chain = LanguageModelChain(Link(Model(), "one"), Link(Model(), "two"))
    assert metered(chain, UsageMeter().service("llm", "chain", "")) is chain

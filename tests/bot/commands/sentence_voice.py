"""A synthesizer whose speech the simulated transcriber understands: for `call --tts`, by the name of its class."""

from collections.abc import AsyncGenerator, AsyncIterator

from pipeline.audio import LISTEN_RATE
from pipeline.ports import SynthesizerCapabilities
from pipeline.speech import Speech, WordTime
from tests.support.sentences import sentence


class SentenceVoice:
    """Speaks each chunk as `sentence` does."""

    rate = LISTEN_RATE
    capabilities = SynthesizerCapabilities(word_times=False)

    async def warm(self) -> None: ...

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        async for chunk in text:
            yield Speech(sentence(chunk))

    async def aclose(self) -> None: ...

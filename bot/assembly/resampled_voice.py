"""A voice of another rate than the bot's track, whose rate cannot change while people listen."""

from collections.abc import AsyncGenerator, AsyncIterator

from bot.room.resampling import Resampler
from pipeline.closing import closing
from pipeline.ports import Speech, Synthesizer, SynthesizerCapabilities, WordTime


class ResampledVoice:
    """A `pipeline.ports.Synthesizer` around another one, which stays its owner's to close."""

    def __init__(self, voice: Synthesizer, rate: int) -> None:
        self._voice = voice
        self.rate = rate
        self.start_timeout: float = getattr(voice, "start_timeout", 0.0)

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Those of the voice."""
        return self._voice.capabilities

    async def warm(self) -> None:
        """Warm the voice."""
        await self._voice.warm()

    async def speak(self, text: AsyncIterator[str]) -> AsyncGenerator[Speech | WordTime, None]:
        """Speak as the voice does; times of words are seconds at any rate."""
        resampler = Resampler(self._voice.rate, self.rate)
        async with closing(self._voice.speak(text)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Speech):
                    yield piece
                elif len(samples := resampler.push(piece.samples)):
                    yield Speech(samples)
        if len(rest := resampler.flush()):
            yield Speech(rest)

    async def aclose(self) -> None:
        """Do nothing: the voice is not this one's own."""

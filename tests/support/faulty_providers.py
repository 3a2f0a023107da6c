"""The simulated providers in this process, and the faults that a conversation in a room is to survive."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from pipeline.resilience.continuation import REQUEST

from .providers import cartesia, openai
from .providers.cartesia import CartesiaSimulator
from .providers.deepgram import DeepgramSimulator
from .providers.openai import OpenAISimulator

KEY = "simulated-key"

STORY = (
    "Amber brick candle desert engine falcon garden harbor. Island jungle kettle ladder magnet needle orange pepper. "
    "Zipper anchor bottle copper."
)
"""Words whose tones are told from each other in a recording."""

_GO_ON = REQUEST.partition("{")[0]


def words(text: str) -> list[str]:
    """The words of a text as a recording gives them."""
    return [word.casefold().strip(".,?!—") for word in text.split()]


class FaultyProviders:
    """A transcriber, a language model that answers with `answer`, and a voice; an async context manager."""

    def __init__(self, vocabulary: str, answer: str = STORY) -> None:
        self.answer = answer
        """Of the language model, whatever is asked; one that is asked to go on gives the rest of it."""
        self.deepgram = DeepgramSimulator(vocabulary=vocabulary.split(), api_key=KEY)
        self.openai = OpenAISimulator(reply=self._reply, api_key=KEY)
        self.cartesia = CartesiaSimulator(api_key=KEY)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for simulator in (self.deepgram, self.openai, self.cartesia):
            await self._open.enter_async_context(simulator)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @property
    def settings(self) -> dict[str, str]:
        """What leads a bot to them."""
        bases = {"DEEPGRAM": self.deepgram.url, "OPENAI": self.openai.url, "CARTESIA": self.cartesia.url}
        return {f"{vendor}_BASE_URL": url for vendor, url in bases.items()} | {f"{it}_API_KEY": KEY for it in bases}

    # --- what goes wrong with the next reply ---

    def stall_model(self) -> None:
        """Give no token at the next request."""
        self._at_next_request("silent")

    def drop_model(self, after: int) -> None:
        """Close the connection behind so many tokens of the next answer."""
        self._at_next_request("drop", after)

    def drop_voice(self, after: float) -> None:
        """Close the connection behind so many seconds of the next audio."""
        self.cartesia.faults.append(cartesia.Fault("drop", after=after))

    def refuse_model(self) -> None:
        """Refuse the key from now on."""
        self.openai.faults.append(openai.Fault("status", status=401))

    def _at_next_request(self, what: openai.FaultKind, after: int = 0) -> None:
        self.openai.faults = [openai.Fault(what, request=len(self.openai.requests) + 1, after=after)]

    def _reply(self, body: openai.Body) -> str:
        contents = [str(message.get("content")) for message in body["messages"]]
        if not contents[-1].startswith(_GO_ON):
            return self.answer
        written = contents[-2].split()
        return " ".join(self.answer.split()[max(len(written) - 6, 0) :])

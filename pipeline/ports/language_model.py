"""Token streaming text generation."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from pipeline.messages import Prompt, ToolRequest


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, as the model streams it."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a request cost, as the provider counts them."""

    prompt_tokens: int
    completion_tokens: int
    is_estimated: bool = False
    """They are those of a request beside the one that answers, which was called off: no provider counts these."""
    cached_tokens: int = 0
    """Of the prompt, those that the provider had kept from earlier requests: they are cheaper."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is whole, and only Usage may follow.

    A model may leave it out where its stream ends at the same moment.
    """


ReplyPart = TextDelta | ToolRequest | Finished | Usage
"""A part of a reply as it streams."""


class LanguageModel(Protocol):
    """Token streaming text generation.

    One that loads data of its own may have an attribute `start_timeout`: seconds for which its first text is waited
    for, where that is more than the budget of a reply.
    """

    async def warm(self) -> None:
        """Have connections open for what is to come; called at the start and when the person begins to speak.

        Raises ProviderError; Refused ends the bot at any time.
        """
        ...

    def generate(self, prompt: Prompt) -> AsyncGenerator[ReplyPart, None]:
        """Stream one reply. Raises ProviderError, also in mid-stream: a reply that breaks off never just ends.

        Make one attempt: after Unavailable before the first text you are called again, within the budget of the reply.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; nothing is asked afterwards."""
        ...

"""What a hook may know of its bot's conversation, and do to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.messages import Message

if TYPE_CHECKING:
    from pipeline.session import Session


class HookContext:
    """The conversation, for a hook. Its methods return at once."""

    def __init__(self, session: "Session", metadata: Mapping[str, Any]) -> None:
        self._session = session
        self.metadata = metadata
        """What the program gave its bot: `VoiceBot(metadata=...)`."""

    @property
    def identity(self) -> str:
        """Identity of the person whose conversation this is; empty when there is none."""
        return self._session.state.caller.identity

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard until now."""
        return self._session.history

    def say(self, text: str) -> None:
        """Have a text spoken when nobody speaks. Raises VoiceBotError for one that is too long, and at the end."""
        self._session.requests.queue_text(text)

    def generate_reply(self, instructions: str = "") -> None:
        """Have the language model speak when nobody speaks; `instructions` are for this reply alone.

        Raises VoiceBotError without a language model, and at the end.
        """
        self._session.requests.queue_reply(instructions)

    def update_instructions(self, instructions: str) -> None:
        """Replace the language model's instructions, from the next answer on that nobody has heard yet."""
        self._session.requests.update_instructions(instructions)

"""What a hook may know of its bot's conversation, and do to it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.messages import Message

if TYPE_CHECKING:
    from pipeline.session import Session


log = logging.getLogger(__name__)


@dataclass(slots=True)
class HookedConversation:
    """The conversation that hooks are called in."""

    identity: str
    """Of the person whose it is."""
    history: tuple[Message, ...] | None = None
    """Its history, once it is over."""


class HookContext:
    """The conversation, for a hook. Its methods return at once, and do nothing once it is over: what was meant for this
    person must not reach the next one."""

    def __init__(self, session: "Session", conversation: HookedConversation, metadata: Mapping[str, Any]) -> None:
        self._session, self._conversation = session, conversation
        self.metadata = metadata
        """What the program gave its bot: `VoiceBot(metadata=...)`."""

    @property
    def identity(self) -> str:
        """Identity of the person whose conversation this is."""
        return self._conversation.identity

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard until now, or until its end."""
        history = self._conversation.history
        return self._session.history if history is None else history

    def say(self, text: str) -> None:
        """Have a text spoken when nobody speaks. Raises VoiceBotError for one that is too long."""
        if self._goes_on():
            self._session.requests.queue_text(text)

    def generate_reply(self, instructions: str = "") -> None:
        """Have the language model speak when nobody speaks; `instructions` are for this reply alone.

        Raises VoiceBotError without a language model.
        """
        if self._goes_on():
            self._session.requests.queue_reply(instructions)

    def update_instructions(self, instructions: str) -> None:
        """Replace the language model's instructions for this conversation, from the next answer on that is unheard."""
        if self._goes_on():
            self._session.requests.update_instructions(instructions, lasts=False)

    def _goes_on(self) -> bool:
        is_over = self._conversation.history is not None
        if is_over:
            log.info("a hook of the conversation with %r acts after its end: ignored", self._conversation.identity)
        return not is_over

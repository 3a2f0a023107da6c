"""What the embedding program wants."""

from dataclasses import dataclass

from pipeline.messages import Message, Tool


@dataclass(frozen=True, slots=True)
class SayRequested:
    """The embedding program wants a text spoken; `reply_id` is new."""

    at: float
    reply_id: str
    text: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True)
class ReplyRequested:
    """The embedding program wants the language model to speak, without waiting for the person; `reply_id` is new.

    `instructions` are for this reply alone; empty when the conversation says enough.
    """

    at: float
    reply_id: str
    instructions: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True)
class SayCancelled:
    """The embedding program no longer wants the reply that it asked for, or the rest of it."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class InterruptRequested:
    """The embedding program breaks off what is on air."""

    at: float


@dataclass(frozen=True, slots=True)
class HistoryGiven:
    """The conversation goes on from an earlier one, whose history this is."""

    at: float
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class InstructionsChanged:
    """The agent's instructions are these from now on; the agent's revision rises."""

    at: float
    instructions: str
    lasts: bool = True
    """They are for the next person, too."""


@dataclass(frozen=True, slots=True)
class ToolsChanged:
    """The agent's tools are these from now on; the agent's revision rises."""

    at: float
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class AnsweringChanged:
    """From now on the bot answers what the person says, or leaves that to the embedding program."""

    at: float
    is_on: bool


SpeechRequest = SayRequested | ReplyRequested
AgentChange = InstructionsChanged | ToolsChanged

Request = SpeechRequest | SayCancelled | InterruptRequested | HistoryGiven | AgentChange | AnsweringChanged
"""What the embedding program wants."""

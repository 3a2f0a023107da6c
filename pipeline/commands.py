"""Orders: what the reducer wants done. The session carries them out at once, in their order, without awaiting."""

from dataclasses import dataclass
from typing import Literal

from pipeline.messages import PromptMessage

AgentState = Literal["initializing", "listening", "thinking", "speaking"]
"""The values that LiveKit's frontends know for the attribute `lk.agent.state`."""


@dataclass(frozen=True, slots=True)
class StaticText:
    """A reply whose text is known."""

    text: str


@dataclass(frozen=True, slots=True)
class Generated:
    """A reply that the language model writes."""

    instructions: str
    messages: tuple[PromptMessage, ...]


@dataclass(frozen=True, slots=True)
class StartReply:
    """Make a reply, unheard until Release; its first audio is told by ReplyReady.

    With `speak` false only its text is made, until Speak.
    """

    reply_id: str
    source: StaticText | Generated
    speak: bool = True


@dataclass(frozen=True, slots=True)
class Speak:
    """Let the text of a reply that was started without it become audio."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Forget a reply that was never released. No event follows."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Release:
    """Put a reply on air."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Duck:
    """Let the reply on air go on more quietly."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Silence the reply on air, reversibly."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the reply on air go on at full volume; after a hold from the word at which it fell silent."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Silence the reply on air for good. Its ReplyEnded follows at once."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class FinalizeTranscript:
    """Ask the transcriber to answer at once for what was said until now."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Have the connections to the providers ready: they will be needed soon."""


@dataclass(frozen=True, slots=True)
class ShowPersonText:
    """Show in the room what the person says: the whole of the segment so far."""

    segment_id: str
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class ShowAgentState:
    """Show in the room what the bot is doing."""

    state: AgentState


ReplyCommand = StartReply | Speak | Discard | Release | Duck | Hold | Resume | Cut
Command = ReplyCommand | FinalizeTranscript | WarmUp | ShowPersonText | ShowAgentState

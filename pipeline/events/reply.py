"""What becomes of a reply: written, ready, on air, over."""

from dataclasses import dataclass

from pipeline.messages import ToolRequest


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first sample of a reply has left for the room."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """The last sample of a complete reply has been played."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class PlayoutStalled:
    """Nothing of the reply on air has been played for some time, although it is not held.

    `is_starved`: none of its audio is there. Otherwise the room takes none.
    """

    at: float
    reply_id: str
    is_starved: bool = False


@dataclass(frozen=True, slots=True)
class PlayoutResumed:
    """After PlayoutStalled: the reply is being played again."""

    at: float
    reply_id: str


PlayoutEvent = PlayoutStarted | PlayoutStalled | PlayoutResumed | PlayoutFinished


@dataclass(frozen=True, slots=True)
class ReplyWritten:
    """The language model has written the first text of a reply."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """The first audio of a reply waits to be released."""

    at: float
    reply_id: str
    is_silent: bool = False
    """There is no audio: the reply does nothing but call tools."""


@dataclass(frozen=True, slots=True)
class ToolsRequested:
    """The language model has written the whole of a reply, and wants these tools called."""

    at: float
    reply_id: str
    requests: tuple[ToolRequest, ...]


@dataclass(frozen=True, slots=True)
class ReplyDelayed:
    """The voice is away and a reply waits for it; `text` is all that is written of the reply so far.

    It comes again when more was written. `error` says why the voice is away.
    """

    at: float
    reply_id: str
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """Nothing became of a reply, and nothing of it is left to play. `error` says why and what to do."""

    at: float
    reply_id: str
    error: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """A reply that was on air is over: played to its end, cut, or as far as it could be made (`error` then says why).

    `heard` is the written text that was heard: the only way by which the bot's words enter the history. A note stands
    in it in place of what is only to be read, such as a block of code. A reply that was broken off in its last word,
    when that was heard, is not cut: the person knows all of it. `rest` is what was written behind that, where it was
    broken off and all of it was written.
    """

    at: float
    reply_id: str
    heard: str
    is_cut: bool
    error: str | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What a request to the language model has cost, in tokens as the provider counts them.

    Those of a request that was called off are estimated, as the provider then does not say. Such an event may come
    when the reply is over.
    """

    at: float
    reply_id: str
    prompt: int
    completion: int
    is_estimated: bool = False


ReplyEvent = (
    PlayoutStarted
    | PlayoutStalled
    | PlayoutResumed
    | ReplyWritten
    | ReplyReady
    | ToolsRequested
    | ReplyDelayed
    | ReplyFailed
    | ReplyEnded
    | TokensUsed
)

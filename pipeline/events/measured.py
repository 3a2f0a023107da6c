"""What is measured beside the conversation: nothing is decided by it, and it changes no state.

It stands in the journal and reaches every observer, so that figures can be made of events and commands alone.
"""

from dataclasses import dataclass
from typing import Literal

from pipeline.events.usage import UsageCounted
from pipeline.usage import ProviderStage

RepeatKind = Literal["retry", "failover", "second"]
"""How a request is made again: to the same provider, to another one in its place, or beside one that is late."""


@dataclass(frozen=True, slots=True)
class ReplyChunked:
    """The first chunk of a reply's text is there for the voice: a clause, or its first words."""

    at: float
    reply_id: str


@dataclass(frozen=True, slots=True)
class CharactersUsed:
    """What a reply has cost at the voice: the characters that were given to it, those that were given again included.

    It comes when no more of the reply is made, also when it was called off, and may come when the reply is over.
    """

    at: float
    reply_id: str
    characters: int


@dataclass(frozen=True, slots=True)
class RequestRepeated:
    """A provider is asked once more for what has not come: `provider` is the one that is asked now, and `how` says why.

    `reason` is the error of the attempt before; empty where a request is only late. `reply_id` is empty when it is not
    for a reply.
    """

    at: float
    stage: ProviderStage
    how: RepeatKind
    provider: str
    reason: str
    reply_id: str = ""


@dataclass(frozen=True, slots=True)
class PlayoutUnderrun:
    """A reply on air was silent for `duration` seconds because its audio came too late; `at` it goes on."""

    at: float
    reply_id: str
    duration: float


@dataclass(frozen=True, slots=True)
class LoopLagged:
    """The event loop came `lag` seconds late to what was due: something has kept the process, or its thread, busy."""

    at: float
    lag: float


Measurement = ReplyChunked | CharactersUsed | RequestRepeated | PlayoutUnderrun | LoopLagged | UsageCounted

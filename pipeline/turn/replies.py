"""The bot's side of the conversation: the reply on air, the answer that is being made, and the speech queue."""

from dataclasses import dataclass
from typing import Literal

from pipeline.commands import KeptText, StaticText
from pipeline.messages import AS_HEARD, Tool, ToolRequest, TurnEdit
from pipeline.turn.due import NEVER

HoldReason = Literal["speech", "away", "connection"]
"""Why a reply is silent: the person speaks, is gone for a moment, or the room is."""

SpeechKind = Literal["speech", "filler", "results", "late", "trouble"]
"""Where queued speech comes from: a greeting, an apology, what the program or a tool says; a filler while a tool runs;
the model, which reads the results of tools, or is late with an answer that was lost; or a provider that is lost, of
of which the person is informed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """All that a generated reply was made from. It may be released only while the basis is still the same."""

    words: str = ""
    """The folded words of the turn that it answers."""
    history_number: int = 0
    """The number of the last message in the history that the model reads."""
    agent_revision: int = 0
    tools: tuple[Tool, ...] = ()
    edit: TurnEdit = AS_HEARD
    """What a hook has made of the turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """The reply that is being heard, or held."""

    reply_id: str
    is_interruptible: bool = True
    answers_turn: bool = False
    has_started: bool = False
    """Its first sample has left for the room."""
    kind: SpeechKind = "speech"
    """Where it comes from; an answer to the person is speech."""
    continues: frozenset[str] = frozenset()
    """The ids of the replies, asked for by the program, that it continues with the results of their calls."""
    requests: tuple[ToolRequest, ...] = ()
    """The calls of tools that it asks for and that have not begun."""
    is_ducked: bool = False
    holds: frozenset[HoldReason] = frozenset()
    resumed_at: float = 0.0
    """When it last went on after the person had made themselves heard."""
    is_unwanted: bool = False
    """The embedding program wants it to end."""
    is_cut: bool = False
    """Its ReplyEnded is to come at once."""
    stalled_at: float = NEVER
    """When it was noticed that nothing of it is played, although it is not held; NEVER while it is..."""
    is_starved: bool = False
    """...as none of its audio is there..."""
    awaits_voice: bool = False
    """...because the voice is away: it waits for that, and is shown as text."""
    is_stuck: bool = False
    """It was cut because nothing of it was played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedReply:
    """A reply that has left the air and is not in the history yet."""

    reply_id: str
    heard: str
    is_cut: bool
    kind: SpeechKind
    answers_turn: bool
    broke_off: bool
    is_unwanted: bool = False
    is_stuck: bool = False
    rest: str = ""
    """What was not heard of it, where all of that is written, and still to be said when it broke off without a cut."""


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """A text that the language model is to write when its time has come.

    `request` stands for the person's words; empty when the conversation itself asks for the text.
    """

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedSpeech:
    """A reply that is no answer to a turn: a greeting, an apology, or one that the program or a tool asked for."""

    reply_id: str
    source: StaticText | KeptText | GenerateRequest
    kind: SpeechKind = "speech"
    is_interruptible: bool = True
    is_discardable: bool = False
    """Not worth saying any more once there is an answer to give: a greeting, an apology, a filler."""
    comes_first: bool = False
    """What the person has said waits for it, and its answer."""
    is_cancelled: bool = False
    """The program no longer wants it."""
    basis: Basis | None = None
    """What it is being made from; None when it is not generated, or not begun."""
    agent_id: str = ""
    """The agent who is to say it; who writes it is the one at the time when it is begun."""
    is_begun: bool = False
    """It is being made..."""
    is_ready: bool = False
    """...and its first audio is there."""
    requests: tuple[ToolRequest, ...] = ()
    """The calls of tools that it asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReply:
    """The answer that is being made and not yet heard: a draft while the turn is not over."""

    reply_id: str
    basis: Basis
    speaks: bool = True
    """Its audio is made, not only its text."""
    is_ready: bool = False
    """Its first audio is there."""
    requests: tuple[ToolRequest, ...] = ()
    """The calls of tools that it asks for."""

"""Where a conversation stands: a product of small machines, never a bag of flags that contradict each other.

    the person's floor   SILENT, SPEAKING, PAUSING (between words, or at the end: not known yet)
  x on air               nothing, or a reply: speaking, ducked, or held for one or more reasons
  x the next answer      none, being made (a draft while the turn is not over), or ready
  x speech_queue              texts that answer no turn and wait for a quiet moment: to be made, being made, or ready
  x tools                which calls are under way

Only `reducer.step` makes new states.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from pipeline.agent import Agent
from pipeline.commands import AgentState, StaticText
from pipeline.messages import Message

NEVER = float("inf")


class Floor(Enum):
    """The person's side."""

    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSING = "pausing"


class Presence(Enum):
    """Whether there is somebody to talk to."""

    NOBODY = "nobody"
    HERE = "here"
    AWAY = "away"


HoldReason = Literal["speech", "away", "connection"]
"""Why a reply is silent: the person speaks, is gone for a moment, or the room is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What is known of the person's microphone."""

    seen_until: float = 0.0
    """The watermark: loop time up to which audio has been seen."""
    seen_at: float = 0.0
    """When the latest window came: behind a stall long after the watermark."""
    is_absent: bool = True
    """There is no audio, for known reasons: then every instant counts as seen."""
    speech_duration: float = 0.0
    """Seconds of the speech that is going on, until it was last heard."""
    silence_duration: float = 0.0
    """Seconds since then."""
    speech_ended_at: float = 0.0
    """When speech was last heard, by the latest window."""
    maybe_speech_until: float = 0.0
    """Until then the latest windows may turn out to be the start of speech."""
    transcribed_until: float = 0.0
    """Loop time up to which transcripts cover the audio."""
    untranscribed_since: float = NEVER
    """When the first speech was detected that no transcript covers; NEVER when all is covered."""
    lost_at: float | None = None
    """Since when the transcriber is away."""
    behind_since: float | None = None
    """Since when it is known that its transcripts lie behind the speech."""
    caught_up_at: float = 0.0
    """When it will have said what it missed."""
    is_responsive: bool = False
    """It has answered a Finalize, or reported audio without words: when it is silent about speech, it has stalled."""
    lag_reported: bool = False
    """The person was told that words of theirs are missing."""

    @property
    def misses_words(self) -> bool:
        """Speech was detected that no transcript covers."""
        return self.untranscribed_since != NEVER

    @property
    def is_behind(self) -> bool:
        """Words are known to be missing."""
        return self.behind_since is not None or (self.lost_at is not None and self.misses_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the person is saying, from their first word to the bot's answer."""

    number: int = 1
    final: str = ""
    """The words that stand."""
    interim: str = ""
    """Those that may still change."""
    typed: str = ""
    """What the person wrote instead of saying it."""
    final_ended_at: float = 0.0
    """When the last word of `final` ended: what comes again of before is a double."""
    interim_ended_at: float = 0.0
    """When the last word of `interim` ended."""
    drafts: int = 0
    has_failed: bool = False
    """The reply to it failed, since the person last spoke."""
    finalize_sent: bool = False
    """Finalize was asked for in this pause..."""
    finalize_deadline: float = NEVER
    """...and is waited for until then, by the clock; NEVER when it is not outstanding."""
    endpoint_at: float = NEVER
    """When the turn is over, unless the person goes on."""
    is_endpointed: bool = False
    """The person is waiting for the answer."""
    fragment: str = ""
    """The words so far when the bot gave up waiting for the rest of them."""

    @property
    def words_ended_at(self) -> float:
        """When the last spoken word ended."""
        return max(self.final_ended_at, self.interim_ended_at)

    @property
    def spoken(self) -> str:
        """What was said so far."""
        return _joined(self.final, self.interim)

    @property
    def text(self) -> str:
        """All words so far."""
        return _joined(self.spoken, self.typed)

    @property
    def is_fragment(self) -> bool:
        """No words have come since the bot gave up waiting for the rest: these ask for no answer."""
        return bool(self.fragment) and self.text == self.fragment

    @property
    def segment_id(self) -> str:
        """Its name in the room's captions."""
        return f"turn-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """The reply that is being heard, or held."""

    reply_id: str
    is_interruptible: bool = True
    answers_turn: bool = False
    has_started: bool = False
    """Its first sample has left for the room."""
    is_ducked: bool = False
    holds: frozenset[HoldReason] = frozenset()
    resumed_at: float = 0.0
    """When it last went on after the person had made themselves heard."""
    is_cut: bool = False
    """Its ReplyEnded is to come at once."""


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """A text that the language model is to write, when its time has come: `request` stands for what the person says."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedSpeech:
    """A reply that is no answer to a turn: a greeting, or one that was asked for."""

    reply_id: str
    source: StaticText | GenerateRequest
    is_interruptible: bool = True
    is_discardable: bool = False
    """Not worth saying any more once there is an answer to give: a greeting, an apology."""
    is_begun: bool = False
    """It is being made..."""
    is_ready: bool = False
    """...and its first audio is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReply:
    """The answer that is being made and not yet heard: a draft while the turn is not over."""

    reply_id: str
    words: str = ""
    """The folded words that it answers; it is the answer only as long as they are the same."""
    after: int = 0
    """The number of messages in the history that it was made with..."""
    agent_revision: int = 0
    """...and the revision of the agent."""
    speaks: bool = True
    """Its audio is made, not only its text."""
    is_ready: bool = False
    """Its first audio is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that the next decision depends on."""

    at: float = 0.0
    """Of the last event."""
    is_connected: bool = False
    presence: Presence = Presence.NOBODY
    floor: Floor = Floor.SILENT
    hearing: Hearing = Hearing()
    turn: Turn = Turn()
    on_air: OnAir | None = None
    pending_reply: PendingReply | None = None
    speech_queue: tuple[QueuedSpeech, ...] = ()
    """Waiting for a quiet moment, in this order; one that is begun stays unheard until then."""
    tools: frozenset[str] = frozenset()
    """Calls under way: no reply is made until their results are there."""
    committed_until: float = 0.0
    """Loop time of the last word that has entered the history: what comes again of before is a double."""
    replies: int = 0
    """Made so far: the number in the next one's id."""
    history: tuple[Message, ...] = ()
    agent: Agent = field(default_factory=Agent)
    """What the bot is now."""
    agent_revision: int = 0
    """Raised with each change of `agent`."""
    has_language_model: bool = True
    """The bot can generate replies. Otherwise it commits turns, and speaks only the texts that it is given."""
    auto_reply: bool = True
    """The bot answers by itself. Otherwise it speaks only what it is told to, and turns end in the history."""

    @property
    def seen_until(self) -> float:
        """Loop time up to which it is known whether the person spoke."""
        return self.at if self.hearing.is_absent else self.hearing.seen_until

    @property
    def awaits_words(self) -> bool:
        """The bot has given up waiting for the rest of the turn: what there is of it stops nothing."""
        return self.hearing.lag_reported or self.turn.is_fragment

    @property
    def agent_state(self) -> AgentState:
        """What frontends show."""
        reply = self.on_air
        if reply is not None and reply.has_started and not reply.holds:
            return "speaking"
        is_released = reply is not None and reply.answers_turn and not reply.has_started
        return "thinking" if self.turn.is_endpointed or is_released or self.tools else "listening"

    def hearing_with(self, **changes: object) -> "State":
        """This state with some of `hearing` changed."""
        return replace(self, hearing=replace(self.hearing, **changes))  # type: ignore[arg-type]

    def turn_with(self, **changes: object) -> "State":
        """This state with some of `turn` changed."""
        return replace(self, turn=replace(self.turn, **changes))  # type: ignore[arg-type]


def _joined(first: str, second: str) -> str:
    return f"{first} {second}" if first and second else first or second

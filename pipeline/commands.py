"""Commands: what the reducer wants done, or recorded. They are carried out at once, in order, without awaiting."""

from dataclasses import dataclass
from typing import Literal

from pipeline.failure_commands import GiveUp as GiveUp
from pipeline.failure_commands import KeepSpeech as KeepSpeech
from pipeline.failure_commands import KeptText as KeptText
from pipeline.failure_commands import TransferPerson as TransferPerson
from pipeline.failure_commands import TroubleCommand
from pipeline.messages import ConversationSummary, Message, Prompt, ToolRequest

AgentState = Literal["initializing", "listening", "thinking", "speaking"]
"""The values that LiveKit's frontends know for the attribute `lk.agent.state`."""


@dataclass(frozen=True, slots=True)
class StaticText:
    """A reply with a known text."""

    text: str


@dataclass(frozen=True, slots=True)
class StartReply:
    """Make a reply, unheard until Release; ReplyReady reports its first audio.

    With `speak` false only its text is made, until Speak. A prompt is for the language model.
    """

    reply_id: str
    source: StaticText | KeptText | Prompt
    speak: bool = True
    answers_turn: bool = False
    """It is an answer to the person's turn, and not a greeting, an apology, what the program asked for, or what follows
    calls of tools."""
    continues: frozenset[str] = frozenset()
    """The ids of the replies, asked for by the program, that it continues with the results of their calls."""
    agent_id: str = ""
    """What makes it: the parts of this agent."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Let the text of a reply that was started without it become audio."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Forget a reply that was never released. No event follows; its id may be started again."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class DropSpeech:
    """Report to whoever asked for this speech that it will not be spoken: the person whom it was for has left."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class SpeechOver:
    """Report to whoever asked for this reply that it is over, with all that followed from its calls of tools."""

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
class CallTool:
    """Call a tool. Its ToolReturned follows, unless the call is cancelled or dropped."""

    reply_id: str
    """The reply in which the model asked for it."""
    request: ToolRequest


@dataclass(frozen=True, slots=True)
class CancelTool:
    """Break a call off. No event follows."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DropTool:
    """Let a call come to its end although nobody waits for its result any more. No event follows."""

    call_id: str


@dataclass(frozen=True, slots=True)
class RunTurnHook:
    """Run the hook of a completed turn. Its TurnHookAnswered follows, unless it is cancelled."""

    run_id: str
    text: str
    """The words of the turn as they were heard."""


@dataclass(frozen=True, slots=True)
class CancelTurnHook:
    """Break the run of a hook off. No event follows."""

    run_id: str
    is_late: bool = False
    """It has overrun its budget; otherwise the turn is no longer the one that it was run for."""


@dataclass(frozen=True, slots=True)
class Summarize:
    """Summarize the older part of the conversation, while no reply needs the language model.

    SummaryMade or SummaryFailed follows, unless it is cancelled.
    """

    summary_id: str
    messages: tuple[Message, ...]
    earlier: str
    """The summary of what stands before them; empty if there is none."""


@dataclass(frozen=True, slots=True)
class CancelSummary:
    """Break a summary off. No event follows but what it has cost."""

    summary_id: str


EndReason = Literal["idle", "duration", "turns", "tokens", "characters", "cost"]
"""Why the bot ends a call by itself: nobody says anything any more, or the call has reached one of its limits."""

Fault = Literal["stuck_reply", "unanswered_turn", "no_sound"]
"""What had stopped that never should: the playing of a reply, the making of an answer, the sound from the person."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call with the person: all that was to be said has been heard."""

    reason: EndReason | None = None
    """None when a tool wants it."""


@dataclass(frozen=True, slots=True)
class UseAgent:
    """Let the parts of another agent serve the conversation from now on; empty for those of the first."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class UseTranscriber:
    """Let the transcriber of an agent hear what comes from now on; the one before still gives its last words."""

    agent_id: str


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


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """Record that a turn of the person has entered the history."""

    message: Message


@dataclass(frozen=True, slots=True)
class ReplyCommitted:
    """Record that what was heard of a reply has entered the history."""

    reply_id: str
    message: Message


@dataclass(frozen=True, slots=True)
class ToolCommitted:
    """Record that a call of a tool has entered the history, with its result; `reply_id` is the reply that asked."""

    reply_id: str
    message: Message


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """Record that the person has left for good; `history` is all that was said with them.

    `summary` is that of its older part, if one was made while they were there.
    """

    at: float
    identity: str
    history: tuple[Message, ...]
    summary: ConversationSummary | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Record that the agent of the name `agent` leads the conversation from now on, in place of `before`."""

    at: float
    agent: str
    before: str


@dataclass(frozen=True, slots=True)
class CallEnding:
    """Record that the bot ends the call by itself, and why; HangUp follows, unless the person says something after
    all."""

    at: float
    reason: EndReason


@dataclass(frozen=True, slots=True)
class Recovered:
    """Record that something had stopped, and that what can be done about it is being done."""

    at: float
    fault: Fault


ReplyCommand = StartReply | Speak | Discard | DropSpeech | SpeechOver | Release | Duck | Hold | Resume | Cut
ToolCommand = CallTool | CancelTool | DropTool
HookCommand = RunTurnHook | CancelTurnHook
SummaryCommand = Summarize | CancelSummary
AgentCommand = UseAgent | UseTranscriber
ShowCommand = ShowPersonText | ShowAgentState
Record = TurnCommitted | ReplyCommitted | ToolCommitted | ConversationEnded | HandedOver | CallEnding | Recovered
"""Committed facts: nothing is to be done, observers read them."""
Command = (
    ReplyCommand
    | ToolCommand
    | AgentCommand
    | HookCommand
    | SummaryCommand
    | TroubleCommand
    | ShowCommand
    | HangUp
    | FinalizeTranscript
    | WarmUp
    | Record
)

"""Where a conversation stands: a product of small machines, not a bag of flags that contradict each other.

    the caller             their floor (silent, speaking, pausing), hearing and turn
  x on air                 nothing, or a reply: speaking, ducked, or held for one or more reasons
  x the pending reply      none, being made (a draft while the turn is not over), or ready
  x the speech queue       texts that answer no turn and wait for a quiet moment: to be made, being made, or ready
  x tools                  the calls under way, and the results that the model does not know yet
  x the hook               none, running for the turn, or what it has made of the turn
  x the summary            none being made, or one
  x trouble                none, or providers that are lost, and what the person knows of it

Only `reducer.step` makes new states.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Literal

from pipeline.agent import AgentProfile
from pipeline.commands import AgentState
from pipeline.messages import AS_HEARD, Memory, Message, TurnEdit
from pipeline.turn.caller import Caller, Floor, Hearing, Turn
from pipeline.turn.care import Care
from pipeline.turn.changed import changed
from pipeline.turn.due import AT_ONCE, Due
from pipeline.turn.hook_use import HookRun, HookUse
from pipeline.turn.lead import Lead
from pipeline.turn.prompt_bounds import last_read
from pipeline.turn.recall import Recall
from pipeline.turn.replies import Basis, EndedReply, OnAir, PendingReply, QueuedSpeech
from pipeline.turn.summary_state import SummaryState
from pipeline.turn.tool_use import ToolUse
from pipeline.turn.trouble_state import Trouble
from pipeline.turn.words import folded


class Presence(Enum):
    """Whether there is someone to talk to."""

    NOBODY = "nobody"
    HERE = "here"
    AWAY = "away"


Ending = Literal["no", "asked", "polite", "done", "scribe"]
"""Whether the bot is to leave: it was asked to hang up, or ends the call by itself, and has done so. Or it has handed
the person over to a human being, and from then on only writes down what is said, until their conversation ends."""


@dataclass(frozen=True, kw_only=True)
class State:
    """All that the next decision depends on."""

    at: float = 0.0
    """Loop time of the last event."""
    is_connected: bool = False
    presence: Presence = Presence.NOBODY
    linked: str | None = None
    """Identity of the person whom the room has linked; `caller` is theirs once their conversation has begun."""
    caller: Caller = field(default_factory=Caller)
    on_air: OnAir | None = None
    ended_reply: EndedReply | None = None
    """Off the air, and to be committed to the history."""
    pending_reply: PendingReply | None = None
    speech_queue: tuple[QueuedSpeech, ...] = ()
    """Speech that waits for a quiet moment, in this order; one that is begun stays unheard until then."""
    requested: tuple[str, ...] = ()
    """The ids of the generated replies that the program asked for and that are not over."""
    owes_apology: bool = False
    """An answer broke off while it was heard."""
    trouble: Trouble = field(default_factory=Trouble)
    tools: ToolUse = field(default_factory=ToolUse)
    hook: HookUse = field(default_factory=HookUse)
    ending: Ending = "no"
    """What has become of the conversation with this person."""
    care: Care = field(default_factory=Care)
    """Whether it goes on well, and what it has used."""
    replies: int = 0
    """Made so far: the number in the next one's id."""
    requests: tuple[float, ...] = ()
    """Loop times of the latest requests to the language model for answers, as many as policy allows in a minute."""
    history: tuple[Message, ...] = ()
    """Of this conversation; of the last one until the next one begins."""
    history_is_over: bool = False
    """`history` is that of a conversation that has ended."""
    summaries: SummaryState = field(default_factory=SummaryState)
    """Of the older part of `history`: what the language model reads instead of it."""
    recall: Recall | None = None
    """What is known of the person who was linked last, from earlier conversations."""
    message_number: int = 0
    """Of the last message that entered a history in this session."""
    agent: AgentProfile = field(default_factory=AgentProfile)
    lead: Lead = field(default_factory=Lead)
    has_language_model: bool = True
    """The bot can generate replies. Otherwise it commits turns, and speaks only the texts that it is given."""
    has_voice: bool = True
    auto_reply: bool = True
    """The bot answers by itself. Otherwise it speaks only what it is asked to, and turns end in the history."""
    due: Due = AT_ONCE
    """What the rules wait for, as they said after the last event that was more than a window of audio."""

    @property
    def floor(self) -> Floor:
        """The caller's floor."""
        return self.caller.floor

    @property
    def hearing(self) -> Hearing:
        """What is known of the caller's microphone."""
        return self.caller.hearing

    @property
    def turn(self) -> Turn:
        """What the caller is saying."""
        return self.caller.turn

    @property
    def seen_until(self) -> float:
        """Loop time up to which it is known whether the person spoke."""
        hearing = self.caller.hearing
        return self.at if hearing.is_absent else hearing.seen_until

    @property
    def awaits_words(self) -> bool:
        """Whether the bot has given up waiting for the rest of the turn: what there is of it stops nothing."""
        return self.hearing.lag_reported or self.turn.is_fragment

    @property
    def agent_state(self) -> AgentState:
        """What frontends show."""
        reply = self.on_air
        if reply is not None and reply.has_started and not reply.holds:
            return "speaking"
        is_released = reply is not None and reply.answers_turn and not reply.has_started
        uses_tools = bool(self.tools.calls) or any(speech.kind == "results" for speech in self.speech_queue)
        return "thinking" if self.caller.turn.is_endpointed or is_released or uses_tools else "listening"

    @property
    def is_interruptible(self) -> bool:
        """Whether what the person says may break off the reply on air."""
        return all(part is not None and part.is_interruptible for part in (self.on_air, *self.tools.calls))

    @property
    def has_left(self) -> bool:
        """Whether the person whose conversation this is has left for good."""
        return bool(self.caller.identity) and self.caller.identity != self.linked

    @property
    def still_answers(self) -> bool:
        """Whether the bot has neither hung up nor become a scribe."""
        return self.ending in ("no", "asked")

    @property
    def hook_of_turn(self) -> HookRun | None:
        """The run of the hook for the turn as it stands."""
        run, turn = self.hook.run, self.caller.turn
        return run if run is not None and run.is_for(turn, self.lead.agent_id, self.agent.language) else None

    @property
    def turn_edit(self) -> TurnEdit:
        """What the hook has made of the turn as it stands; nothing while it has not answered."""
        run = self.hook_of_turn
        return run.edit if run is not None and run.edit is not None else AS_HEARD

    @property
    def memory(self) -> Memory | None:
        """What is known of the caller from earlier conversations."""
        return self.recall.memory if self.recall is not None and self.recall.identity == self.caller.identity else None

    def basis(self, words: str = "") -> Basis:
        """What a reply to these words of the turn, or to none, would be made from now."""
        return Basis(
            words=folded(words, self.agent.language),
            history_number=last_read(self.history),
            agent_revision=self.lead.revision,
            tools=self.agent.tools,
            edit=self.turn_edit if words else AS_HEARD,
        )

    def caller_with(self, **changes: object) -> "State":
        """This state with some of `caller` changed."""
        return changed(self, caller=changed(self.caller, **changes))

    def hearing_with(self, **changes: object) -> "State":
        """This state with some of the caller's hearing changed."""
        return self.caller_with(hearing=changed(self.caller.hearing, **changes))

    def turn_with(self, **changes: object) -> "State":
        """This state with some of the caller's turn changed."""
        return self.caller_with(turn=changed(self.caller.turn, **changes))

    def tools_with(self, **changes: Any) -> "State":
        """This state with some of the use of tools changed."""
        return changed(self, tools=replace(self.tools, **changes))

    def hook_with(self, **changes: Any) -> "State":
        """This state with some of the use of the hook changed."""
        return changed(self, hook=replace(self.hook, **changes))

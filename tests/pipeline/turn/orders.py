"""What must hold of the reducer's commands whatever happens: carried out by a room and providers of paper."""

from pipeline.commands import (
    CallTool,
    CancelSummary,
    CancelTool,
    CancelTurnHook,
    Command,
    Cut,
    Discard,
    DropTool,
    Duck,
    HandedOver,
    Hold,
    Release,
    Resume,
    RunTurnHook,
    Speak,
    StartReply,
    Summarize,
    ToolCommitted,
    UseAgent,
)
from pipeline.messages import Prompt


class Orders:
    """Takes the commands in their order, and fails at the first that could not be carried out."""

    def __init__(self) -> None:
        self.started: set[str] = set()
        self.mute: set[str] = set()
        """Those whose text alone is made."""
        self.made: set[str] = set()
        """Begun, and not yet on air, discarded or failed."""
        self.on_air: str | None = None
        self.is_cut = False
        self.gain = "full"
        self.calls: set[str] = set()
        """That were begun, and not taken back."""
        self.agent_id = ""
        """What serves the agent that leads."""
        self.hand_overs = 0
        self.written_in: dict[str, int] = {}
        """Of what a language model writes, how many hand-overs came before."""
        self.hook: RunTurnHook | None = None
        """The run that was begun, and not taken back."""
        self.summary: Summarize | None = None
        """That is being made."""

    def take(self, command: Command) -> None:
        match command:
            case StartReply(reply_id, source, speak, agent_id=agent_id):
                assert reply_id not in self.made | {self.on_air}, f"{reply_id} is started twice"
                if isinstance(source, Prompt):
                    assert agent_id == self.agent_id, (
                        f"{reply_id} is written by {agent_id!r}, and {self.agent_id!r} leads"
                    )
                    self.written_in[reply_id] = self.hand_overs
                self.started.add(reply_id)
                self.made.add(reply_id)
                if not speak:
                    self.mute.add(reply_id)
            case Speak(reply_id):
                assert reply_id in self.made & self.mute, f"{reply_id} cannot be made to speak"
                self.mute.remove(reply_id)
            case Discard(reply_id):
                assert reply_id in self.made, f"{reply_id} is not there to be discarded"
                self.made.remove(reply_id)
                self.mute.discard(reply_id)
            case Release(reply_id):
                assert reply_id in self.made - self.mute, f"{reply_id} has nothing to be released"
                assert self.on_air is None, f"{reply_id} is released while {self.on_air} is on air"
                assert self.written_in.pop(reply_id, self.hand_overs) == self.hand_overs, (
                    f"{reply_id} is another agent's"
                )
                self.made.remove(reply_id)
                self.on_air, self.gain, self.is_cut = reply_id, "full", False
            case Cut(reply_id):
                self._is_on_air(reply_id)
                self.is_cut = True
            case Duck(reply_id):
                self._is_on_air(reply_id)
                assert self.gain == "full", f"{reply_id} is ducked when it is {self.gain}"
                self.gain = "ducked"
            case Hold(reply_id):
                self._is_on_air(reply_id)
                assert self.gain != "held", f"{reply_id} is held twice"
                self.gain = "held"
            case Resume(reply_id):
                self._is_on_air(reply_id)
                assert self.gain != "full", f"{reply_id} resumes what did not stop"
                self.gain = "full"
            case CallTool(reply_id, request):
                self._is_on_air(reply_id)
                assert request.id not in self.calls, f"{request} has begun before"
                self.calls.add(request.id)
            case CancelTool(call_id) | DropTool(call_id):
                assert call_id in self.calls, f"{call_id} does not run"
                self.calls.remove(call_id)
            case UseAgent(agent_id):
                assert agent_id != self.agent_id, f"{agent_id!r} leads already"
                self.agent_id = agent_id
            case HandedOver():
                self.hand_overs += 1
            case RunTurnHook():
                assert self.hook is None, f"{command} while {self.hook} runs"
                self.hook = command
            case CancelTurnHook(run_id):
                assert self.hook is not None, f"{run_id} does not run"
                assert self.hook.run_id == run_id
                self.hook = None
            case Summarize(summary_id, messages):
                assert self.summary is None, f"{summary_id} is begun while {self.summary} is made"
                assert messages, f"{summary_id} is one of nothing"
                self.summary = command
            case CancelSummary(summary_id):
                assert self.summary is not None, f"{summary_id} is not there to be cancelled"
                assert summary_id == self.summary.summary_id
                self.summary = None
            case ToolCommitted(_, message):
                assert message.call is not None
                self.calls.discard(message.call.id)

    def ended(self, reply_id: str) -> None:
        """A reply on air is over."""
        assert reply_id == self.on_air
        self.on_air = None

    def summarized(self, summary_id: str) -> None:
        """A summary is made, or could not be."""
        if self.summary is not None and self.summary.summary_id == summary_id:
            self.summary = None

    def failed(self, reply_id: str) -> None:
        """A reply could not be made."""
        self.made.discard(reply_id)

    def hook_answered(self, run_id: str) -> None:
        """A run of the hook is over."""
        if self.hook is not None and self.hook.run_id == run_id:
            self.hook = None

    def _is_on_air(self, reply_id: str) -> None:
        assert reply_id == self.on_air, f"{reply_id} is not on air, {self.on_air} is"
        assert not self.is_cut, f"{reply_id} is cut already"

"""Carries out what was decided: each command at once, in order, without awaiting."""

from collections.abc import Callable
from typing import assert_never

from pipeline import commands
from pipeline.agents import Agents
from pipeline.captioner import Captioner
from pipeline.children import TaskStarter
from pipeline.commands import AgentState, Command, EndReason
from pipeline.losses import Losses
from pipeline.replies import Replies
from pipeline.speech_handles import SpeechHandles, SpeechOutcome
from pipeline.stages.listen import Listen
from pipeline.stages.summarize import Summaries
from pipeline.stages.tools import ToolCalls
from pipeline.stages.turn_hooks import TurnHooks
from pipeline.stages.warming import ConnectionWarmer


class Effects:
    """What each command acts on."""

    def __init__(
        self,
        replies: Replies,
        listen: Listen,
        captioner: Captioner,
        handles: SpeechHandles,
        warming: ConnectionWarmer,
        agents: Agents,
        tools: ToolCalls,
        turn_hooks: TurnHooks,
        summaries: Summaries,
        losses: Losses,
        show_state: Callable[[AgentState], None],
        hang_up: Callable[[EndReason | None], None],
    ) -> None:
        self._replies, self._listen, self._captioner = replies, listen, captioner
        self._handles, self._warming, self._agents = handles, warming, agents
        self._tools, self._turn_hooks, self._summaries = tools, turn_hooks, summaries
        self._losses = losses
        self._show_state, self._hang_up = show_state, hang_up
        self.agent_state: AgentState = "initializing"
        """The state that was shown last."""
        self._children: TaskStarter | None = None

    def begin(self, children: TaskStarter) -> None:
        """Run what a command starts in tasks that `children` starts."""
        self._children = children

    def apply(self, command: Command) -> None:
        """Carry out one command."""
        match command:
            case commands.StartReply():
                self._handles.attribute(command.reply_id, command.continues)
                self._replies.start(command, self._tasks)
            case commands.Speak(reply_id):
                self._replies.speak(reply_id)
            case commands.Discard(reply_id):
                self._replies.discard(reply_id)
            case commands.Release(reply_id):
                self._replies.release(reply_id)
            case commands.Duck():
                self._replies.playout.duck()
            case commands.Hold():
                self._replies.playout.hold()
            case commands.Resume():
                self._replies.playout.resume()
            case commands.Cut(reply_id):
                self._replies.cut(reply_id)
            case commands.DropSpeech(reply_id):
                self._handles.resolve(reply_id, SpeechOutcome("", is_cut=True, is_dropped=True), None)
            case commands.SpeechOver(reply_id):
                self._handles.finish(reply_id)
            case commands.CallTool() | commands.CancelTool() | commands.DropTool():
                self._tools.apply(command, self._tasks)
            case commands.RunTurnHook() | commands.CancelTurnHook():
                self._turn_hooks.apply(command, self._tasks)
            case commands.Summarize() | commands.CancelSummary():
                self._summaries.apply(command, self._tasks)
            case commands.KeepSpeech():
                self._replies.keep(command, self._tasks)
            case commands.GiveUp() | commands.TransferPerson():
                self._losses.apply(command, self._tasks)
            case commands.HangUp(reason):
                self._hang_up(reason)
            case commands.UseAgent(agent_id):
                self._use_agent(agent_id)
            case commands.UseTranscriber(agent_id):
                self._listen.use(self._agents[agent_id].transcriber)
            case commands.FinalizeTranscript():
                self._listen.finalize()
            case commands.WarmUp():
                self._warming.again(self._tasks)
            case commands.ShowPersonText(segment_id, text, is_final):
                self._captioner.show_person(segment_id, text, final=is_final)
            case commands.ShowAgentState(state):
                self.show_state(state)
            case commands.TurnCommitted():
                self._agents.hedging.renew()
            case (
                commands.ReplyCommitted()
                | commands.ToolCommitted()
                | commands.ConversationEnded()
                | commands.HandedOver()
                | commands.CallEnding()
                | commands.Recovered()
            ):
                pass  # a record, for observers
            case _:
                assert_never(command)

    def show_state(self, state: AgentState) -> None:
        """Show in the room what the bot is doing."""
        self.agent_state = state
        self._show_state(state)

    def _use_agent(self, agent_id: str) -> None:
        self._agents.use(agent_id)
        agent = self._agents.current
        self._warming.use(agent.parts, agent.health)
        self._warming.again(self._tasks)

    @property
    def _tasks(self) -> TaskStarter:
        assert self._children is not None, "a command before the session runs"
        return self._children

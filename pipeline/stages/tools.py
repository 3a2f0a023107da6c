"""The calls of tools that run, each in a task of the session."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from pipeline import commands, events
from pipeline.agent import AgentProfile
from pipeline.children import TaskStarter
from pipeline.clock import loop_time
from pipeline.commands import ToolCommand
from pipeline.containment import contained
from pipeline.events import SharedHistory, ToolEvent
from pipeline.failure_log import log_failure
from pipeline.messages import Message, ToolRequest
from pipeline.ports import AgentParts, ToolResult, ToolRunner
from pipeline.text.bounds import bounded

LONGEST_RESULT = 16_000
"""Characters of a result that are kept, whatever the runner returns: more would push the conversation itself out of the
prompt."""

LONGEST_PROGRESS = 200
"""Characters of a report of progress that are said: 13 s."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionAccess:
    """What the session does for a call."""

    emit: Callable[[ToolEvent], None]
    say: Callable[[str], None]
    history: Callable[[], tuple[Message, ...]]
    add_agent: Callable[[AgentProfile, AgentParts], str]


@dataclass(eq=False, slots=True)
class RunningCall:
    """One call: implements `pipeline.ports.ToolSession` for itself."""

    request: ToolRequest
    access: SessionAccess
    is_over: bool = False
    """Nothing of it reaches the conversation any more."""
    last_history: tuple[Message, ...] = ()
    """The history when it was over: the next one may be another person's."""
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def history(self) -> tuple[Message, ...]:
        """See `ToolSession.history`."""
        return self.last_history if self.is_over else self.access.history()

    def say(self, text: str) -> None:
        """See `ToolSession.say`."""
        if not self.is_over:
            self.access.say(text)

    def report_progress(self, text: str) -> None:
        """See `ToolSession.report_progress`."""
        if said := " ".join(text.split())[:LONGEST_PROGRESS]:
            self._emit(events.ToolProgressed(loop_time(), self.request.id, said))

    def disallow_interruptions(self) -> None:
        """See `ToolSession.disallow_interruptions`."""
        self._emit(events.InterruptionsDisallowed(loop_time(), self.request.id))

    def end_call(self, farewell: str | None) -> None:
        """See `ToolSession.end_call`."""
        self._emit(events.EndCallRequested(loop_time(), self.request.id, farewell))

    def become_scribe(self) -> None:
        """See `ToolSession.become_scribe`."""
        self._emit(events.ScribeRequested(loop_time(), self.request.id))

    def hand_over(self, agent: AgentProfile, parts: AgentParts, history: SharedHistory) -> None:
        """See `ToolSession.hand_over`."""
        if not self.is_over:
            agent_id = self.access.add_agent(agent, parts)
            self._emit(events.HandOverRequested(loop_time(), self.request.id, agent_id, agent, history))

    def returns(self, result: ToolResult) -> None:
        """Report the result, unless nobody waits for it any more."""
        if self.is_over:
            log.info("the result of %s came when nobody waited for it any more: dropped", self.request.name)
        text = bounded(result.text, LONGEST_RESULT)
        self._emit(events.ToolReturned(loop_time(), self.request.id, text, result.is_error))
        self.end()

    def end(self) -> None:
        """Let nothing of it reach the conversation any more."""
        if not self.is_over:
            self.is_over, self.last_history = True, self.access.history()

    def _emit(self, event: ToolEvent) -> None:
        if not self.is_over:
            self.access.emit(event)


class ToolCalls:
    """Carries out what is decided about calls."""

    def __init__(self, runner: Callable[[], ToolRunner | None], access: SessionAccess) -> None:
        """`runner` gives what runs the tools of the agent that leads the conversation."""
        self._runner, self._access = runner, access
        self._by_id: dict[str, RunningCall] = {}

    def apply(self, command: ToolCommand, children: TaskStarter) -> None:
        """Carry out one command; a call runs in a task that `children` starts."""
        match command:
            case commands.CallTool(_, request):
                runner = self._runner()
                assert runner is not None, "a call of a tool without a runner"
                call = self._by_id[request.id] = RunningCall(request, self._access)
                call.task = children.create_task(self._run(runner, call), name=f"tool {request.name}")
            case commands.CancelTool(call_id):
                if (task := self._let_go(call_id)) is not None:
                    task.cancel()
            case commands.DropTool(call_id):
                self._let_go(call_id)
            case _:
                assert_never(command)

    def _let_go(self, call_id: str) -> "asyncio.Task[None] | None":
        """Let nothing of a call reach the conversation any more; returns its task, None if it has just returned."""
        call = self._by_id.pop(call_id, None)
        if call is None:
            return None
        call.end()
        return call.task

    async def _run(self, runner: ToolRunner, call: RunningCall) -> None:
        result = await contained(partial(runner.call, call.request, call), partial(_failed, call.request.name))
        self._by_id = {call_id: it for call_id, it in self._by_id.items() if it is not call}
        call.returns(result)


def _failed(name: str, error: BaseException) -> ToolResult:
    if isinstance(error, asyncio.CancelledError):
        log.error("the call of %s was cancelled from within", name)
        return ToolResult("failed: the call broke off", is_error=True)
    log_failure(log, "the call of %s has failed", name, error=error)
    return ToolResult("failed", is_error=True)

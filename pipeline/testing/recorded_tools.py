"""The calls of tools in a session that was recorded, to be made again as they went."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from pipeline import commands, events
from pipeline.clock import loop_time
from pipeline.events import ToolEvent
from pipeline.journal import Replayed
from pipeline.messages import ToolRequest
from pipeline.ports import AgentParts, ToolResult, ToolSession


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call, and what became of it after how many seconds; without an end it was given up."""

    request: ToolRequest
    acts: tuple[tuple[float, ToolEvent], ...]

    async def play(self, session: ToolSession, parts: AgentParts) -> ToolResult:
        """Do to the conversation what was done, and return what was returned. Texts come again by themselves.

        `parts` serve an agent that is handed over to.
        """
        began_at = loop_time()
        for delay, act in self.acts:
            await asyncio.sleep(max(0.0, began_at + delay - loop_time()))
            match act:
                case events.ToolReturned(text=text, is_error=is_error):
                    return ToolResult(text, is_error)
                case events.ToolProgressed(text=text):
                    session.report_progress(text)
                case events.InterruptionsDisallowed():
                    session.disallow_interruptions()
                case events.EndCallRequested(farewell=farewell):
                    session.end_call(farewell)
                case events.ScribeRequested():
                    session.become_scribe()
                case events.HandOverRequested(agent=agent, history=history):
                    session.hand_over(replace(agent, turn_hook=None), parts, history)  # its hook is not there
                case _:
                    assert_never(act)
        await asyncio.Event().wait()
        raise AssertionError("never comes")


class RecordedCalls:
    """The calls of a session, each to be made once more."""

    def __init__(self, steps: Iterable[Replayed] = ()) -> None:
        self._left = list(_calls(list(steps)))

    def take(self, request: ToolRequest) -> RecordedCall | None:
        """Take the next call of this tool, one with the same arguments if there is any; None when none is left."""
        of_tool = [call for call in self._left if call.request.name == request.name]
        same = [call for call in of_tool if call.request.arguments == request.arguments]
        taken = next(iter(same or of_tool), None)
        if taken is not None:
            self._left.remove(taken)
        return taken


def _calls(steps: list[Replayed]) -> Iterator[RecordedCall]:
    for step in steps:
        for command in step.commands:
            if isinstance(command, commands.CallTool):
                began_at, call_id = step.entry.event.at, command.request.id
                acts = (it.entry.event for it in steps if isinstance(it.entry.event, ToolEvent))
                yield RecordedCall(
                    command.request, tuple((act.at - began_at, act) for act in acts if act.call_id == call_id)
                )

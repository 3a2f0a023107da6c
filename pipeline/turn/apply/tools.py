"""What becomes of the calls of tools."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.events import ToolEvent
from pipeline.turn.changed import changed
from pipeline.turn.state import State
from pipeline.turn.tool_use import HandOver


def apply_tool(state: State, event: ToolEvent) -> State:
    """The state after something became of a call; of one that does not run it changes nothing."""
    if all(call.request.id != event.call_id for call in state.tools.running):
        return state
    match event:
        case events.ToolReturned():
            return _of_call(state, event.call_id, result=event.text, is_error=event.is_error)
        case events.InterruptionsDisallowed():
            return _of_call(state, event.call_id, is_interruptible=False)
        case events.ToolProgressed():
            return _of_call(state, event.call_id, progress=event.text)
        case events.EndCallRequested():
            return _ending(_of_call(state, event.call_id, ends_call=True), event.farewell)
        case events.ScribeRequested():
            return changed(state, ending="scribe") if state.ending == "no" else state
        case events.HandOverRequested():
            hand_over = HandOver(agent_id=event.agent_id, agent=event.agent, history=event.history)
            return _of_call(state, event.call_id, hand_over=hand_over)
    assert_never(event)


def _of_call(state: State, call_id: str, **changes: object) -> State:
    calls = tuple(
        replace(call, **changes) if call.request.id == call_id else call  # type: ignore[arg-type]
        for call in state.tools.calls
    )
    return state.tools_with(calls=calls)


def _ending(state: State, farewell: str | None) -> State:
    return changed(state.tools_with(farewell=farewell or ""), ending="asked") if state.ending == "no" else state

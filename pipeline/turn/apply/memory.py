"""What is known of people from earlier conversations."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.events import MemoryEvent
from pipeline.turn.changed import changed
from pipeline.turn.recall import Recall
from pipeline.turn.state import State


def apply_memory(state: State, event: MemoryEvent) -> State:
    """The state after the news; of a person whose memory nobody awaits they change nothing."""
    match event:
        case events.MemoryAwaited():
            return changed(state, recall=Recall(identity=event.identity, since=state.at))
        case events.MemoryRecalled():
            if state.recall is None or state.recall.identity != event.identity:
                return state
            return changed(state, recall=replace(state.recall, is_over=True, memory=event.memory))
    assert_never(event)

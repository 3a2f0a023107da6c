"""What an event changes by itself, before anything is decided: bare facts, one module for each kind of event."""

from typing import assert_never

from pipeline.events import (
    CostGrew,
    Event,
    HookEvent,
    ListenEvent,
    Measurement,
    MemoryEvent,
    ProviderEvent,
    ReplyEvent,
    Request,
    RoomEvent,
    SummaryEvent,
    Tick,
    ToolEvent,
)
from pipeline.turn.apply.hearing import apply_hearing
from pipeline.turn.apply.hooks import apply_hook
from pipeline.turn.apply.memory import apply_memory
from pipeline.turn.apply.providers import apply_provider
from pipeline.turn.apply.reply import apply_reply
from pipeline.turn.apply.requests import apply_request
from pipeline.turn.apply.room import apply_room
from pipeline.turn.apply.summary import apply_summary
from pipeline.turn.apply.tools import apply_tool
from pipeline.turn.apply.usage import is_only_measured, with_counted
from pipeline.turn.changed import changed
from pipeline.turn.policy import Policy
from pipeline.turn.state import State


def apply_event(state: State, event: Event, policy: Policy) -> State:
    """The state in which `event` has happened. What is unknown changes only the time, and a measurement nothing, unless
    the call has a limit of what it counts.
    """
    if is_only_measured(event):
        return state
    return _applied(with_counted(changed(state, at=max(state.at, event.at)), event), event, policy)


def _applied(state: State, event: Event, policy: Policy) -> State:
    if isinstance(event, ListenEvent):
        return apply_hearing(state, event, policy)
    if isinstance(event, RoomEvent):
        return apply_room(state, event, policy)
    if isinstance(event, ReplyEvent):
        return apply_reply(state, event)
    if isinstance(event, ProviderEvent):
        return apply_provider(state, event)
    if isinstance(event, ToolEvent):
        return apply_tool(state, event)
    if isinstance(event, HookEvent):
        return apply_hook(state, event)
    if isinstance(event, SummaryEvent):
        return apply_summary(state, event, policy)
    if isinstance(event, MemoryEvent):
        return apply_memory(state, event)
    if isinstance(event, Request):
        return apply_request(state, event)
    if isinstance(event, Tick | CostGrew | Measurement):
        return state
    assert_never(event)

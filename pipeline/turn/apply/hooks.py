"""What comes of hooks."""

from dataclasses import replace

from pipeline.events import HookEvent
from pipeline.turn.state import State


def apply_hook(state: State, event: HookEvent) -> State:
    """The state after a hook has answered; of a run that is over it changes nothing."""
    run = state.hook.run
    if run is None or run.run_id != event.run_id or run.edit is not None:
        return state
    return state.hook_with(run=replace(run, edit=event.edit))

"""Decides when the keys that the person presses on a telephone are whole: they are a typed message then.

While they press keys nothing new is put on air, and no turn ends.
"""

from pipeline.turn.due import NEVER, Due
from pipeline.turn.endpointing import with_typed
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import State


def with_key(state: State, key: str, policy: Policy) -> State:
    """Add a key, where the agent takes them. The terminator ends what was keyed; pressed alone it is all of it."""
    if not state.agent.takes_dtmf:
        return state
    keyed, is_end = state.caller.keyed, key == policy.dtmf_terminator
    if not (is_end and keyed):
        keyed += key
    is_whole = is_end or len(keyed) >= policy.max_typed_characters
    return state.caller_with(keyed=keyed, keyed_until=state.at if is_whole else state.at + policy.dtmf_timeout)


def take(state: State, policy: Policy) -> Decision | None:
    """Take what was keyed as typed, at its end or after a pause."""
    caller = state.caller
    if not caller.keyed or state.at < caller.keyed_until:
        return None
    return with_typed(state.caller_with(keyed="", keyed_until=NEVER), caller.keyed, policy), ()


def take_due(state: State, policy: Policy) -> Due:
    """Wait for the end of the pause."""
    return Due(at=state.caller.keyed_until)

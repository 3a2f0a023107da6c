"""Whether a conversation stands still: it is for the person to say something, or for the bot, and nobody does anything.

No decision: what is decided when that has lasted for too long stands in `idle_care` and `watchdogs`.
"""

from pipeline.turn.barge_in import awaits_results
from pipeline.turn.caller import Floor
from pipeline.turn.care import with_care
from pipeline.turn.due import NEVER
from pipeline.turn.endpointing import answers_turns
from pipeline.turn.state import Presence, State


def with_standstill(state: State) -> State:
    """Note since when it stands still, or that it does no longer. Windows of audio alone never change that."""
    quiet, owed = quiet_since(state), owed_since(state)
    if (quiet, owed) == (state.care.quiet_since, state.care.owed_since):
        return state
    return with_care(state, quiet_since=quiet, owed_since=owed)


def quiet_since(state: State) -> float:
    """Loop time since when it is for the person to say something, and nobody does; NEVER while that is not so."""
    if not _stands_still(state) or _is_owed(state) or not _is_said(state):
        return NEVER
    return min(state.care.quiet_since, state.at)


def owed_since(state: State) -> float:
    """Loop time since when the person waits for the bot, and nothing is done; NEVER while that is not so."""
    return min(state.care.owed_since, state.at) if _stands_still(state) and _is_owed(state) else NEVER


def _stands_still(state: State) -> bool:
    """Whether the person is there and does not speak, and the bot neither speaks nor does anything in order to."""
    caller, run = state.caller, state.hook.run
    is_there = state.is_connected and state.presence is Presence.HERE and bool(caller.identity) and not state.has_left
    if not (is_there and answers_turns(state)) or caller.floor is Floor.SPEAKING or caller.keyed:
        return False
    is_speaking = state.on_air is not None or state.ended_reply is not None or bool(state.speech_queue)
    is_working = state.pending_reply is not None or bool(state.tools.calls) or (run is not None and run.edit is None)
    return state.ending == "no" and not (is_speaking or is_working or state.owes_apology)


def _is_said(state: State) -> bool:
    """Whether nothing more is to come of what the person was saying."""
    turn = state.turn
    return (state.floor is Floor.SILENT and not (turn.text or state.caller.typed_ahead)) or turn.is_fragment


def _is_owed(state: State) -> bool:
    """Whether the bot is to say something that the person waits for."""
    if state.turn.is_endpointed:
        return True
    return _is_said(state) and (state.care.is_unheard or awaits_results(state))

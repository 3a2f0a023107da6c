"""Decides what is said while a tool runs and nothing is heard: its filler, then what it reports of its progress.

1.2 s without a sound     the filler: counted from the person's last word, or the bot's if that came later
before that               it is being made, so that it is heard in time
6 s without a sound       what a tool has reported of its progress, since something was heard
the results are there, or anything else is to be said    it is dropped
"""

from dataclasses import replace

from pipeline.commands import StaticText
from pipeline.turn.caller import Floor
from pipeline.turn.due import NEVER, Due
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech, without_speech
from pipeline.turn.state import Presence, State
from pipeline.turn.tool_use import PendingCall

MAKING_DELAY = 0.5
"""Seconds before it is due at which a filler is begun: the time of a voice up to its first audio, with some to spare.
A tool that is done by then costs no synthesis."""


def begin(state: State, policy: Policy) -> Decision | None:
    """Begin a filler, or what a tool has reported, when nothing will have been heard for long while the tool runs."""
    call = _to_speak_of(state)
    if call is None or state.at < _begin_at(state, policy):
        return None
    calls = tuple(replace(it, progress=None) if it is call else it for it in state.tools.calls)
    source = StaticText(_text(call))
    return with_new_speech(state.tools_with(calls=calls), source, kind="filler", is_discardable=True), ()


def begin_due(state: State, policy: Policy) -> Due:
    """Wait for the time at which it is to be begun."""
    return Due(at=_begin_at(state, policy))


def drop(state: State, policy: Policy) -> Decision | None:
    """Drop a filler when the results are there, or anything else is to be said."""
    kinds = {speech.kind for speech in state.speech_queue}
    if "filler" not in kinds or (kinds == {"filler"} and state.tools.running and state.still_answers):
        return None
    return without_speech(state, lambda speech: speech.kind == "filler")


def due_at(state: State, policy: Policy) -> float:
    """Loop time at which it is to be heard, unless something else is by then."""
    began_at = min((call.began_at for call in state.tools.running), default=NEVER)
    delay = policy.progress_delay if state.tools.has_filled else policy.filler_delay
    return max(began_at, _silent_since(state, began_at) + delay)


def _silent_since(state: State, began_at: float) -> float:
    """When the person last said something that they want an answer to, or the bot something since the call began."""
    for message in reversed(state.history):
        if message.role == "assistant":
            return max(began_at, message.at)
        if message.is_turn:
            return min(state.caller.asked_at, message.at)
    return began_at


def _begin_at(state: State, policy: Policy) -> float:
    """Loop time at which the next filler is begun; NEVER while something is being said, or about to be."""
    is_quiet = state.floor is Floor.SILENT and not (state.turn.text or state.caller.keyed or state.speech_queue)
    is_heard = state.is_connected and state.presence is Presence.HERE and not state.has_left and state.still_answers
    if not (is_quiet and is_heard) or state.on_air is not None or _to_speak_of(state) is None:
        return NEVER
    began_at = min(call.began_at for call in state.tools.running)
    return max(began_at, due_at(state, policy) - MAKING_DELAY)


def _to_speak_of(state: State) -> PendingCall | None:
    """The first call that has something to be said."""
    return next((call for call in state.tools.running if call.progress or _has_filler(state, call)), None)


def _has_filler(state: State, call: PendingCall) -> bool:
    return bool(call.tool.filler) and not state.tools.has_filled


def _text(call: PendingCall) -> str:
    return call.progress or call.tool.filler or ""

"""Decides when a reply that the program asked for is over: with all that follows from the calls of tools in it."""

from pipeline.commands import SpeechOver
from pipeline.turn.changed import changed
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import State


def conclude(state: State, policy: Policy) -> Decision | None:
    """Report that a requested reply is over: it was heard, its calls have returned, and their results were answered."""
    over = tuple(reply_id for reply_id in state.requested if not _goes_on(state, reply_id))
    if not over:
        return None
    left = tuple(reply_id for reply_id in state.requested if reply_id not in over)
    return changed(state, requested=left), tuple(SpeechOver(reply_id) for reply_id in over)


def _goes_on(state: State, reply_id: str) -> bool:
    if state.ended_reply is not None or any(speech.reply_id == reply_id for speech in state.speech_queue):
        return True
    on_air = state.on_air
    if on_air is not None and (on_air.reply_id == reply_id or reply_id in on_air.continues):
        return True
    use = state.tools
    return any(reply_id in call.continues for call in use.calls) or (state.still_answers and reply_id in use.continues)

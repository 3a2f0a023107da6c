"""What becomes of replies: the pending one, the one on air, those in the speech queue."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.commands import StaticText
from pipeline.events import ReplyEvent
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER
from pipeline.turn.replies import EndedReply, OnAir, PendingReply
from pipeline.turn.state import State


def apply_reply(state: State, event: ReplyEvent) -> State:
    """The state after something became of a reply; of an unknown one it changes nothing."""
    if state.pending_reply is not None and state.pending_reply.reply_id == event.reply_id:
        return _of_pending(state, state.pending_reply, event)
    if state.on_air is not None and state.on_air.reply_id == event.reply_id:
        return _of_on_air(state, state.on_air, event)
    return _of_queued(state, event)


def _of_pending(state: State, reply: PendingReply, event: ReplyEvent) -> State:
    match event:
        case events.ReplyReady():
            return changed(state, pending_reply=replace(reply, is_ready=True))
        case events.ToolsRequested():
            return changed(state, pending_reply=replace(reply, requests=event.requests))
        case events.ReplyFailed():
            return changed(state, pending_reply=None).turn_with(has_failed=True)
        case (
            events.ReplyWritten()
            | events.ReplyDelayed()
            | events.TokensUsed()
            | events.PlayoutStarted()
            | events.PlayoutStalled()
            | events.PlayoutResumed()
            | events.ReplyEnded()
        ):
            return state
    assert_never(event)


def _of_on_air(state: State, reply: OnAir, event: ReplyEvent) -> State:
    match event:
        case events.PlayoutStarted():
            return changed(state, on_air=replace(reply, has_started=True))
        case events.PlayoutStalled():
            return changed(state, on_air=replace(reply, stalled_at=state.at, is_starved=event.is_starved))
        case events.PlayoutResumed():
            return changed(state, on_air=replace(reply, stalled_at=NEVER, awaits_voice=False))
        case events.ReplyDelayed():
            return changed(state, on_air=replace(reply, awaits_voice=True))
        case events.ToolsRequested():
            return changed(state, on_air=replace(reply, requests=event.requests))
        case events.ReplyEnded():
            ended = EndedReply(
                reply_id=reply.reply_id,
                heard=event.heard,
                is_cut=event.is_cut,
                kind=reply.kind,
                answers_turn=reply.answers_turn,
                broke_off=event.error is not None,
                is_unwanted=reply.is_unwanted,
                is_stuck=reply.is_stuck,
                rest=event.rest,
            )
            return changed(state, on_air=None, ended_reply=ended)
        case events.ReplyReady() | events.ReplyFailed() | events.ReplyWritten() | events.TokensUsed():
            return state
    assert_never(event)


def _of_queued(state: State, event: ReplyEvent) -> State:
    queue = list(state.speech_queue)
    for index, speech in enumerate(queue):
        if speech.is_begun and speech.reply_id == event.reply_id:
            if isinstance(event, events.ReplyReady):
                queue[index] = replace(speech, is_ready=True)
            elif isinstance(event, events.ToolsRequested):
                queue[index] = replace(speech, requests=event.requests)
            elif isinstance(event, events.ReplyFailed):
                del queue[index]
                if speech.kind in ("results", "late"):  # the person waits for it
                    state = changed(state.tools_with(unanswered=()), owes_apology=True)
                elif speech.is_discardable and isinstance(speech.source, StaticText):  # an apology, which nobody hears
                    state = changed(state, trouble=replace(state.trouble, is_due=True))
            return changed(state, speech_queue=tuple(queue))
    return state

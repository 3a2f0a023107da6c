"""What the embedding program asks for."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.commands import StaticText
from pipeline.events import Request
from pipeline.turn.changed import changed
from pipeline.turn.history import GO_ON, REPLY_REQUEST, with_messages
from pipeline.turn.replies import GenerateRequest, QueuedSpeech
from pipeline.turn.speech_queue import with_speech
from pipeline.turn.state import State


def apply_request(state: State, event: Request) -> State:
    """The state after a request."""
    match event:
        case events.SayRequested():
            return _queued(state, event, StaticText(event.text))
        case events.ReplyRequested():
            request = REPLY_REQUEST.format(instructions=event.instructions or GO_ON)
            after = changed(state, requested=(*state.requested, event.reply_id))
            return _queued(after, event, GenerateRequest(request))
        case events.SayCancelled():
            return _cancelled(state, event.reply_id)
        case events.InterruptRequested():
            return _with_unwanted(state)
        case events.HistoryGiven():
            earlier = with_messages(changed(state, history=()), event.messages)
            return changed(earlier, history=(*earlier.history, *state.history))
        case events.InstructionsChanged():
            return _with_instructions(state, event)
        case events.ToolsChanged():
            return _with_agent(state, replace(state.agent, tools=event.tools))
        case events.AnsweringChanged():
            return changed(state, auto_reply=event.is_on)
    assert_never(event)


def _queued(state: State, event: events.SpeechRequest, source: StaticText | GenerateRequest) -> State:
    speech = QueuedSpeech(reply_id=event.reply_id, source=source, is_interruptible=event.is_interruptible)
    return with_speech(state, speech)


def _cancelled(state: State, reply_id: str) -> State:
    """Withdraw a reply, and the request that is there only for the results of its calls."""
    only = frozenset({reply_id})
    calls = tuple(replace(it, is_awaited=it.is_awaited and it.continues != only) for it in state.tools.calls)
    unanswered = tuple(it for it in state.tools.unanswered if it.continues != only)
    state = state.tools_with(calls=calls, unanswered=unanswered)
    on_air = state.on_air
    if on_air is not None and (on_air.reply_id == reply_id or (on_air.kind == "results" and on_air.continues == only)):
        return _with_unwanted(state)
    queue = tuple(
        replace(speech, is_cancelled=True) if speech.reply_id == reply_id else speech for speech in state.speech_queue
    )
    return changed(state, speech_queue=queue)


def _with_unwanted(state: State) -> State:
    return changed(state, on_air=replace(state.on_air, is_unwanted=True)) if state.on_air is not None else state


def _with_instructions(state: State, event: events.InstructionsChanged) -> State:
    """What does not last is of an agent that the next person does not begin with."""
    lead, after = state.lead, replace(state.agent, instructions=event.instructions)
    first = lead.first
    if not event.lasts:
        first = first or state.agent
    elif first is not None and not lead.agent_id:
        first = replace(first, instructions=event.instructions)
    return _with_agent(changed(state, lead=replace(lead, first=first)), after)


def _with_agent(state: State, agent: AgentProfile) -> State:
    if agent == state.agent:
        return state
    return changed(state, agent=agent, lead=replace(state.lead, revision=state.lead.revision + 1))

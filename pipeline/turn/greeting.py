"""Decides what happens when a person comes: their conversation begins, and they are greeted."""

from dataclasses import replace

from pipeline.commands import StaticText
from pipeline.turn.care import Care
from pipeline.turn.changed import changed
from pipeline.turn.history import GREETING_REQUEST
from pipeline.turn.policy import Policy
from pipeline.turn.replies import GenerateRequest
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech
from pipeline.turn.state import State


def begin(state: State, policy: Policy) -> Decision | None:
    """Begin the conversation with a person who is linked, without the last person's history, and greet them."""
    if not state.linked or state.caller.identity:
        return None
    after = changed(state.caller_with(identity=state.linked), care=Care(began_at=state.at))
    if state.history_is_over:
        after = changed(after, history_is_over=False)
        if not policy.keeps_history:
            summaries = replace(after.summaries, summary=None, wanted_until=0, retry_number=0)
            after = changed(after, history=(), summaries=summaries)
    if state.agent.announcement:
        after = with_new_speech(after, StaticText(state.agent.announcement), is_interruptible=False, comes_first=True)
    source = opening(state, GREETING_REQUEST)
    if source is None:
        return after, ()
    return with_new_speech(after, source, is_discardable=True), ()


def opening(state: State, request: str) -> StaticText | GenerateRequest | None:
    """Return the agent's first words; `request` has the model write them, where they are not fixed."""
    agent = state.agent
    if agent.greeting:
        return StaticText(agent.greeting)
    if agent.greeting_instructions and state.has_language_model:
        return GenerateRequest(request.format(instructions=agent.greeting_instructions))
    return None

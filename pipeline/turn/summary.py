"""Decides when the older part of the conversation is summarized for the language model, and when that is dropped.

The history stays whole. Only the prompt becomes shorter, in one step: until the next summary it grows at its end alone,
so that providers find what they have read before. A reply that is being made meanwhile stays the answer: it was made
from the same words.
"""

from dataclasses import replace

from pipeline.commands import CancelSummary, Summarize
from pipeline.messages import Message
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.history import unsummarized
from pipeline.turn.policy import Policy
from pipeline.turn.prompt_bounds import begins_exchange, message_length
from pipeline.turn.rules import Decision
from pipeline.turn.state import State
from pipeline.turn.summary_state import PendingSummary

KEPT_SHARE = 4
"""A quarter of what is too much stays word for word behind the summary: what is being talked about. So one is made
for every three quarters more."""


def drop(state: State, policy: Policy) -> Decision | None:
    """Drop a summary of a person who has left, or of what another one stands for by now."""
    pending = state.summaries.pending
    if pending is None or not (state.has_left or state.history_is_over or pending.after != state.summaries.until):
        return None
    return _with(state, pending=None), (CancelSummary(pending.summary_id),)


def begin(state: State, policy: Policy) -> Decision | None:
    """Begin a summary of the older part, when the model reads much and is not needed for a reply.

    Not for an agent who knows nothing of before: it would learn that from a summary.
    """
    summaries = state.summaries
    if summaries.pending is not None or state.message_number < summaries.retry_number or not _is_free(state):
        return None
    messages = unsummarized(state)
    wanted: tuple[Message, ...] = ()
    if summaries.wanted_until > summaries.until:
        wanted = tuple(message for message in messages if message.number <= summaries.wanted_until)
    older = _readable(wanted, policy) or older_part(messages, policy)
    if not older:
        return None
    number = summaries.begun + 1
    pending = PendingSummary(summary_id=f"summary-{number}", after=summaries.until, until=older[-1].number)
    earlier = summaries.summary.text if summaries.summary is not None else ""
    return _with(state, pending=pending, begun=number), (Summarize(pending.summary_id, older, earlier),)


def older_part(messages: tuple[Message, ...], policy: Policy) -> tuple[Message, ...]:
    """Return what is to be summarized of messages: none while they are few, and never the exchange that goes on."""
    if not _is_much(messages, policy):
        return ()
    few, short = policy.summary_messages // KEPT_SHARE, policy.summary_characters // KEPT_SHARE
    is_monologue = not any(message.role == "user" for message in messages)  # it has no exchanges
    end = characters = 0
    for index in range(len(messages) - 1, 0, -1):
        characters += message_length(messages[index])
        if not is_monologue and not begins_exchange(messages, index):
            continue
        fits = len(messages) - index <= few and characters <= short
        if fits or not end:
            end = index
        if not fits:
            break
    return _readable(messages[:end], policy)


def _is_free(state: State) -> bool:
    """Whether no reply needs the language model, and none will before anyone speaks."""
    is_being_made = state.pending_reply is not None or any(
        speech.basis is not None and not speech.is_ready for speech in state.speech_queue
    )
    is_silent = state.floor is Floor.SILENT and not state.turn.text
    is_playing = state.on_air is None or state.on_air.has_started
    is_talking = (
        bool(state.caller.identity) and not state.has_left and state.ending == "no" and not state.lead.prompt_from
    )
    is_idle = is_silent and is_playing and not is_being_made and not state.tools.calls  # a reply follows a result
    return state.has_language_model and is_talking and is_idle


def _is_much(messages: tuple[Message, ...], policy: Policy) -> bool:
    if not policy.summary_messages:
        return False
    return len(messages) > policy.summary_messages or sum(map(message_length, messages)) > policy.summary_characters


def _readable(messages: tuple[Message, ...], policy: Policy) -> tuple[Message, ...]:
    """The first of the messages, as many as a prompt may hold: a long history is summarized in several steps."""
    characters = 0
    for index, message in enumerate(messages):
        characters += message_length(message)
        if characters > policy.max_prompt_characters and index:
            return messages[:index]
    return messages


def _with(state: State, **changes: object) -> State:
    return changed(state, summaries=replace(state.summaries, **changes))  # type: ignore[arg-type]

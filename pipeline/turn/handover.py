"""Decides what happens when a tool hands the conversation over to another agent, and when the person leaves it.

The result of the call is in the history by then, and nothing is on air. What the agent before has queued to be said is
still said, in its voice; its greeting and fillers are dropped, its drafts void (they were made from another revision),
and its calls go on: the new agent answers with their results.
"""

from dataclasses import replace

from pipeline.commands import Command, HandedOver, StaticText, UseAgent, UseTranscriber
from pipeline.messages import Message
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.due import ON_EVENTS, Due
from pipeline.turn.greeting import opening
from pipeline.turn.history import HAND_OVER_REQUEST
from pipeline.turn.lead import Lead
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech, without_speech
from pipeline.turn.state import State
from pipeline.turn.tool_use import Unanswered

LISTEN_SILENCE = 0.5
"""Seconds: longer than it takes to notice speech, and shorter than what follows a turn until it is answered."""


def take_over(state: State, policy: Policy) -> Decision | None:
    """Let another agent lead the conversation, once the result of the call that hands it over is in the history."""
    call = state.tools.handing_over
    if call is None or call.hand_over is None or state.has_left:
        return None
    wanted, before, lead = call.hand_over, state.agent, state.lead
    after, dropped = without_speech(state.tools_with(handing_over=None), lambda speech: speech.is_discardable)
    new = replace(
        lead,
        revision=lead.revision + 1,
        agent_id=wanted.agent_id,
        first=lead.first or before,
        prompt_from=_results_from(state.history) if wanted.history == "none" else 0,
    )
    after = changed(after, agent=wanted.agent, lead=new)
    if wanted.history == "summary":
        wanted_until = _results_from(state.history) - 1
        after = changed(after, summaries=replace(after.summaries, wanted_until=wanted_until))
    used = (UseAgent(wanted.agent_id),) if wanted.agent_id != lead.agent_id else ()
    return _entered(after, Unanswered(call.reply_id, call.continues)), (
        *dropped,
        *used,
        HandedOver(state.at, wanted.agent.name, before.name),
    )


def listen(state: State, policy: Policy) -> Decision | None:
    """Let the new agent's transcriber listen, in a silence in which no words are on their way: none is torn apart."""
    if not _may_listen(state) or not (state.hearing.is_absent or state.hearing.silence_duration >= LISTEN_SILENCE):
        return None
    lead = state.lead
    return changed(state, lead=replace(lead, heard_by=lead.agent_id)), (UseTranscriber(lead.agent_id),)


def listen_due(state: State, policy: Policy) -> Due:
    """Wait for the silence."""
    return Due(silence=LISTEN_SILENCE) if _may_listen(state) else ON_EVENTS


def with_first_agent(state: State) -> tuple[State, tuple[Command, ...]]:
    """Let the next person begin with the agent that this one began with."""
    lead = state.lead
    if lead.first is None:
        return state, ()
    after = changed(state, agent=lead.first, lead=Lead(revision=lead.revision + 1, heard_by=lead.heard_by))
    return after, (UseAgent(""),) if lead.agent_id else ()


def _may_listen(state: State) -> bool:
    hearing = state.hearing
    are_words_to_come = state.floor is not Floor.SILENT or state.turn.spoken or hearing.is_behind
    return state.lead.heard_by != state.lead.agent_id and not are_words_to_come and hearing.lost_at is None


def _entered(state: State, unanswered: Unanswered) -> State:
    """Let the new agent speak: its fixed greeting; else its model, which reads the result. Not into a farewell."""
    if state.ending != "no":
        return state
    source = opening(state, HAND_OVER_REQUEST)
    is_fixed = isinstance(source, StaticText)
    if not is_fixed:
        state = state.tools_with(unanswered=tuple(dict.fromkeys((*state.tools.unanswered, unanswered))))
    if source is None:
        return state
    return with_new_speech(state, source, kind="speech" if is_fixed else "results", is_discardable=is_fixed)


def _results_from(history: tuple[Message, ...]) -> int:
    """Return the number of the first of the results at the end of the history: the latest, that of the call and such
    as came with it."""
    first = len(history)
    while first and history[first - 1].role == "tool":
        first -= 1
    return history[first].number

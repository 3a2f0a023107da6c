"""Decides when a reply is begun before the turn is over, and whether it is still the answer."""

from dataclasses import replace

from pipeline.commands import Command, Discard, Speak, StartReply, WarmUp
from pipeline.turn import history
from pipeline.turn.barge_in import awaits_with_backchannel
from pipeline.turn.caller import Floor
from pipeline.turn.changed import changed
from pipeline.turn.completeness import Completeness, completeness
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.endpointing import answers_turns
from pipeline.turn.policy import Policy
from pipeline.turn.replies import PendingReply
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import without_speech
from pipeline.turn.state import Presence, State

MINUTE = 60.0
"""Seconds."""


def is_the_answer(state: State) -> bool:
    """Whether the pending reply answers the turn as it stands: it would be made from the same basis now."""
    draft = state.pending_reply
    return draft is not None and draft.basis == state.basis(state.turn.text)


def stand_back(state: State, policy: Policy) -> Decision | None:
    """Make no answer while the program answers itself: a turn that waits for one ends in the history without it."""
    if answers_turns(state) or not (state.pending_reply is not None or state.turn.is_endpointed):
        return None
    dropped = (Discard(state.pending_reply.reply_id),) if state.pending_reply is not None else ()
    return changed(state, pending_reply=None).turn_with(is_endpointed=False), dropped


def discard(state: State, policy: Policy) -> Decision | None:
    """Discard a draft of another basis when the person goes on, when another one is to be made, or none."""
    draft = state.pending_reply
    is_fragment = state.turn.is_fragment  # it is not answered before the rest has come
    if draft is None or (is_the_answer(state) and not is_fragment):
        return None
    goes_on = state.floor is Floor.SPEAKING or not state.turn.text
    if not (goes_on or is_fragment or state.turn.is_endpointed or invites_draft(state, policy)):
        return None
    # A request that was called off has closed its connection: the next one needs another.
    return changed(state, pending_reply=None), (Discard(draft.reply_id), WarmUp())


def discard_due(state: State, policy: Policy) -> Due:
    """Wait for the silence that invites another draft."""
    if state.pending_reply is None or is_the_answer(state):
        return ON_EVENTS
    return Due(silence=policy.draft_silence)


def give_way(state: State, policy: Policy) -> Decision | None:
    """Discard what was not yet heard of a greeting or an apology where an answer is due."""
    if not state.turn.is_endpointed or not any(speech.is_discardable for speech in state.speech_queue):
        return None
    return without_speech(state, lambda speech: speech.is_discardable)


def start(state: State, policy: Policy) -> Decision | None:
    """Begin a reply: at the end of the turn, or as a draft at a pause that may be it."""
    is_draft = not state.turn.is_endpointed
    if state.pending_reply is not None or not can_answer(state, policy) or state.at < request_at(state, policy):
        return None
    if _waits_for_hook(state) or (is_draft and not invites_draft(state, policy)):
        return None
    reply_id = f"reply-{state.replies + 1}"
    speaks = not is_draft or policy.preemption == "llm+tts"
    reply = PendingReply(reply_id=reply_id, basis=state.basis(state.turn.text), speaks=speaks)
    after = changed(with_request(state, policy), pending_reply=reply, replies=state.replies + 1)
    commands: tuple[Command, ...] = (
        StartReply(
            reply_id,
            history.prompt(state, policy),
            speak=speaks,
            answers_turn=True,
            continues=state.tools.continues,
            agent_id=state.lead.agent_id,
        ),
    )
    return after.turn_with(drafts=state.turn.drafts + is_draft), commands


def start_due(state: State, policy: Policy) -> Due:
    """Wait for the silence that invites a draft, and for the next request that the policy allows."""
    if state.pending_reply is not None or not can_answer(state, policy) or _waits_for_hook(state):
        return ON_EVENTS
    if (allowed_at := request_at(state, policy)) > state.at:
        return Due(at=allowed_at)
    if state.turn.is_endpointed or not may_draft(state, policy):
        return ON_EVENTS
    return Due(silence=policy.draft_silence)


def speak(state: State, policy: Policy) -> Decision | None:
    """Make the audio of a draft of which only the text was made."""
    draft = state.pending_reply
    if draft is None or draft.speaks or not state.turn.is_endpointed or not is_the_answer(state):
        return None
    return changed(state, pending_reply=replace(draft, speaks=True)), (Speak(draft.reply_id),)


def with_request(state: State, policy: Policy) -> State:
    """Count one more request for an answer."""
    return changed(state, requests=(*state.requests, state.at)[-policy.max_requests_per_minute :])


def awaits_hook(state: State) -> bool:
    """Whether the turn may not be answered yet: the hook is to run for it, or has not answered."""
    run = state.hook_of_turn
    return state.agent.turn_hook is not None and (run is None or run.edit is None)


def _waits_for_hook(state: State) -> bool:
    """Whether the hook comes before the next request. A draft waits for a speculative one alone."""
    hook = state.agent.turn_hook
    return hook is not None and (hook.is_speculative or state.turn.is_endpointed) and awaits_hook(state)


def request_at(state: State, policy: Policy) -> float:
    """Loop time from which another request for an answer is allowed."""
    bound, requests = policy.max_requests_per_minute, state.requests
    return requests[-bound] + MINUTE if len(requests) >= bound else state.at


def can_answer(state: State, policy: Policy) -> bool:
    """Whether a reply to the turn may be begun."""
    return is_answerable(state, policy) and not state.turn.has_failed and not state.turn_edit.stops_reply


def is_answerable(state: State, policy: Policy) -> bool:
    """Whether the turn, were it over, would be answered now."""
    return (
        answers_turns(state)
        and bool(state.turn.text)
        and not awaits_with_backchannel(state, policy)
        and not state.turn.is_fragment
        and state.on_air is None
        and state.ending != "done"
        and state.is_connected
        and state.presence is Presence.HERE
        and state.caller.identity == state.linked
    )


def may_be_over(state: State, policy: Policy) -> bool:
    """Whether the pause may be the end of a turn that would have a draft; more of its words may be on their way."""
    hearing = state.hearing
    if not may_draft(state, policy) or not is_answerable(state, policy) or hearing.is_behind or state.awaits_words:
        return False
    return hearing.is_absent or hearing.silence_duration >= policy.draft_silence


def may_draft(state: State, policy: Policy) -> bool:
    """Whether the turn may have another draft at all."""
    turn = state.turn
    return policy.preemption != "off" and turn.drafts < policy.max_drafts and not turn.has_failed


def invites_draft(state: State, policy: Policy) -> bool:
    """Whether the pause may be the end of the turn, and its words are good enough to answer.

    A final that covers all that was said may be answered unless it leads on, an interim only when it looks complete;
    that one may lag a little.
    """
    if not may_be_over(state, policy) or not can_answer(state, policy):
        return False
    hearing, turn = state.hearing, state.turn
    is_answered = turn.finalize_sent and turn.finalize_deadline == NEVER
    looks = completeness(turn.text, state.agent.language)
    if looks is Completeness.COMPLETE:
        return is_answered or hearing.transcribed_until >= hearing.speech_ended_at - policy.transcript_lag
    is_covered = is_answered or hearing.transcribed_until >= hearing.speech_ended_at
    return is_covered and not turn.interim and looks is not Completeness.UNFINISHED

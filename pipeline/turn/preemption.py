"""Preemptive generation: when a reply is begun before the turn is over, and whether it is still the answer."""

from dataclasses import replace

from pipeline.commands import Discard, Speak, StartReply, WarmUp
from pipeline.turn import history
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import NEVER, Floor, PendingReply, Presence, State
from pipeline.turn.words import Completeness, completeness, folded


def is_the_answer(state: State) -> bool:
    """Whether the next reply answers the turn as it stands: the same words, after the same conversation."""
    draft = state.pending_reply
    return (
        draft is not None
        and draft.words == folded(state.turn.text)
        and draft.after == len(state.history)
        and draft.agent_revision == state.agent_revision
    )


def discard(state: State, policy: Policy) -> Decision | None:
    """Forget a draft for words that have changed: when the person goes on, when another one is to be made, or none."""
    draft = state.pending_reply
    if draft is None or is_the_answer(state):
        return None
    goes_on = state.floor is Floor.SPEAKING or not state.turn.text
    if not (goes_on or state.turn.is_endpointed or _invites_draft(state, policy)):
        return None
    # A request that was called off has closed its connection: the next one needs another.
    return replace(state, pending_reply=None), (Discard(draft.reply_id), WarmUp())


def give_way(state: State, policy: Policy) -> Decision | None:
    """Where an answer is due, what was not yet heard of a greeting or an apology is not needed any more."""
    if not state.turn.is_endpointed or not any(saying.is_discardable for saying in state.speech_queue):
        return None
    return without_discardable(state)


def without_discardable(state: State) -> Decision:
    """Without the greetings and apologies that were not yet heard."""
    needless = [saying for saying in state.speech_queue if saying.is_discardable]
    speech_queue = tuple(saying for saying in state.speech_queue if not saying.is_discardable)
    return replace(state, speech_queue=speech_queue), tuple(
        Discard(saying.reply_id) for saying in needless if saying.is_begun
    )


def start(state: State, policy: Policy) -> Decision | None:
    """Begin a reply: at the end of the turn, or as a draft at a pause that may be it."""
    is_draft = not state.turn.is_endpointed
    if state.pending_reply is not None or not _can_answer(state, policy):
        return None
    if is_draft and not _invites_draft(state, policy):
        return None
    reply_id = f"reply-{state.replies + 1}"
    speaks = not is_draft or policy.preemption == "llm+tts"
    reply = PendingReply(
        reply_id=reply_id,
        words=folded(state.turn.text),
        after=len(state.history),
        agent_revision=state.agent_revision,
        speaks=speaks,
    )
    after = replace(state, pending_reply=reply, replies=state.replies + 1).turn_with(
        drafts=state.turn.drafts + is_draft
    )
    return after, (StartReply(reply_id, history.prompt(state), speak=speaks),)


def speak(state: State, policy: Policy) -> Decision | None:
    """Make the audio of a draft of which only the text was made."""
    draft = state.pending_reply
    if draft is None or draft.speaks or not state.turn.is_endpointed or not is_the_answer(state):
        return None
    return replace(state, pending_reply=replace(draft, speaks=True)), (Speak(draft.reply_id),)


def _can_answer(state: State, policy: Policy) -> bool:
    return (
        state.has_language_model
        and state.auto_reply
        and bool(state.turn.text)
        and not state.turn.has_failed
        and state.on_air is None
        and not state.tools
        and state.is_connected
        and state.presence is Presence.HERE
    )


def _invites_draft(state: State, policy: Policy) -> bool:
    """Whether the pause may be the end of the turn, and its words are good enough to answer.

    A final that covers all that was said may be answered unless it leads on, an interim only when it looks complete;
    that one may lag a little.
    """
    hearing, turn = state.hearing, state.turn
    if policy.preemption == "off" or turn.drafts >= policy.max_drafts or turn.has_failed:
        return False
    if hearing.is_behind or state.awaits_words:
        return False
    if not (hearing.is_absent or hearing.silence_duration >= policy.draft_silence):
        return False
    if not _can_answer(state, policy):
        return False
    is_answered = turn.finalize_sent and turn.finalize_deadline == NEVER
    looks = completeness(turn.text)
    if looks is Completeness.COMPLETE:
        return is_answered or hearing.transcribed_until >= hearing.speech_ended_at - policy.transcript_lag
    is_covered = is_answered or hearing.transcribed_until >= hearing.speech_ended_at
    return is_covered and not turn.interim and looks is not Completeness.UNFINISHED

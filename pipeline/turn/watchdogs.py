"""Decides what happens when something that never should has stopped, whatever the cause.

of a reply on air nothing is played for 3 s      it ends: what was heard of it enters the history, and the rest is said
and nothing holds it                             again, once; or the bot apologizes
the same while its audio does not come           as late as a provider may be for one reply, and then the same
the person waits for an answer, and nothing is   the language model is asked for it; when that fails, too, the bot
done for it for 8 s                              apologizes
no audio comes from a microphone that is on,     the turn that was open ends with what was heard (`endpointing`), and
or nothing but zeros                             the bot says once that it hears nothing
"""

from dataclasses import replace

from pipeline.commands import Recovered, StaticText
from pipeline.turn.barge_in import cut_now
from pipeline.turn.care import with_care
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER, Due
from pipeline.turn.endpointing import commit_turn
from pipeline.turn.policy import Policy
from pipeline.turn.preemption import request_at
from pipeline.turn.quiet import owed_since, quiet_since
from pipeline.turn.replies import GenerateRequest
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech
from pipeline.turn.state import State


def end_stuck(state: State, policy: Policy) -> Decision | None:
    """End a reply of which nothing is played any more: its rest is said again, or the bot apologizes."""
    if state.at < _stuck_at(state, policy) or state.on_air is None:
        return None
    after, cut = cut_now(changed(state, on_air=replace(state.on_air, is_stuck=True)))
    return after, (*cut, Recovered(state.at, "stuck_reply"))


def end_stuck_due(state: State, policy: Policy) -> Due:
    """Wait for as long as it may be silent."""
    return Due(at=_stuck_at(state, policy))


def _stuck_at(state: State, policy: Policy) -> float:
    reply = state.on_air
    if reply is None or reply.is_cut or reply.holds or (reply.is_starved and reply.awaits_voice):
        return NEVER
    return reply.stalled_at + (policy.starved_limit if reply.is_starved else policy.playout_limit)


def answer_owed(state: State, policy: Policy) -> Decision | None:
    """Ask for an answer for which nothing has been done for long; commit the turn first, so that no word is lost."""
    if state.at < _owed_at(state, policy):
        return None
    after, committed = commit_turn(state) if state.turn.is_endpointed else (state, ())
    after = with_new_speech(with_care(after, is_unheard=False), GenerateRequest(""), kind="late", is_discardable=True)
    return after, (*committed, Recovered(state.at, "unanswered_turn"))


def answer_owed_due(state: State, policy: Policy) -> Due:
    """Wait for as long as the person may be kept waiting for nothing."""
    return Due(at=_owed_at(state, policy))


def _owed_at(state: State, policy: Policy) -> float:
    """Loop time at which the person has waited for too long, and the policy allows another request."""
    return max(owed_since(state) + policy.answer_limit, request_at(state, policy))


def report_silence(state: State, policy: Policy) -> Decision | None:
    """Say once that no sound comes from the person's microphone, when they are to say something."""
    if state.at < _silence_at(state, policy):
        return None
    after = with_care(state, has_reported_silence=True)
    if text := state.agent.spoken_no_sound:
        after = with_new_speech(after, StaticText(text), is_discardable=True)
    return after, (Recovered(state.at, "no_sound"),)


def report_silence_due(state: State, policy: Policy) -> Due:
    """Wait until it is known to be no pause."""
    return Due(at=_silence_at(state, policy))


def _silence_at(state: State, policy: Policy) -> float:
    hearing = state.hearing
    if state.care.has_reported_silence or min(hearing.absent_since, hearing.zeros_since) == NEVER:
        return NEVER
    since = quiet_since(state)
    no_audio_at = max(since, hearing.absent_since + policy.no_audio_delay)
    return min(no_audio_at, max(since, hearing.zeros_since) + policy.zeros_delay)

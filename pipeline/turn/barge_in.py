"""What the person's speech does to the reply on air: duck, hold, cut, or let it go on.

64 ms of speech         duck     (the detector is sure)
200 ms of speech        hold     (silent, reversible)
a word, or 1.2 s        cut      (it is a barge-in)
silence, no word        resume   (it was a cough, a door)
silence, "mm-hm"        resume   (it was a backchannel: taken down, not answered...
the reply ends soon               ...unless it was the answer to the reply's last words)
"""

from dataclasses import replace

from pipeline.commands import Cut, Duck, Hold, Resume
from pipeline.turn.endpointing import commit_turn, is_past
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import NEVER, Floor, OnAir, Presence, State
from pipeline.turn.words import is_backchannel


def hold_while_unreachable(state: State, policy: Policy) -> Decision | None:
    """Hold while nobody can hear: the room is away, or the person for a moment."""
    reply = state.on_air
    if reply is None or reply.is_cut:
        return None
    holds = reply.holds - {"connection", "away"}
    if not state.is_connected:
        holds |= {"connection"}
    if state.presence is Presence.AWAY:
        holds |= {"away"}
    if holds == reply.holds:
        return None
    after = replace(state, on_air=replace(reply, holds=holds))
    if holds and not reply.holds:
        return after, (Hold(reply.reply_id),)
    return (_resumed(after), (Resume(reply.reply_id),)) if not holds else (after, ())


def cut(state: State, policy: Policy) -> Decision | None:
    """Words that are meant for the bot end its reply; so does speech that goes on without any."""
    reply = _yielding(state)
    if reply is None:
        return None
    text = "" if state.awaits_words else state.turn.text
    has_words = bool(text) and not is_backchannel(text, policy.backchannels)
    goes_on = state.floor is Floor.SPEAKING and state.hearing.speech_duration >= policy.cut_speech
    return cut_now(state) if has_words or goes_on else None


def cut_now(state: State) -> Decision:
    """End the reply on air."""
    reply = state.on_air
    if reply is None or reply.is_cut:
        return state, ()
    return replace(state, on_air=replace(reply, is_cut=True)), (Cut(reply.reply_id),)


def hold(state: State, policy: Policy) -> Decision | None:
    """Fall silent when the speech is more than a click."""
    reply = _yielding(state)
    if reply is None or state.floor is not Floor.SPEAKING or "speech" in reply.holds:
        return None
    if state.hearing.speech_duration < policy.hold_speech:
        return None
    after = replace(state, on_air=replace(reply, holds=reply.holds | {"speech"}))
    return after, () if reply.holds else (Hold(reply.reply_id),)


def duck(state: State, policy: Policy) -> Decision | None:
    """Give way a little as soon as somebody speaks."""
    reply = _yielding(state)
    if reply is None or state.floor is not Floor.SPEAKING or reply.is_ducked or reply.holds or not reply.has_started:
        return None
    return replace(state, on_air=replace(reply, is_ducked=True)), (Duck(reply.reply_id),)


def resume(state: State, policy: Policy) -> Decision | None:
    """Go on when the speech was nothing, or nothing that asks for an answer."""
    reply = _yielding(state)
    if reply is None or not is_past(state, resume_at(state, policy), policy):
        return None
    holds = reply.holds - {"speech"}
    after = _resumed(replace(state, on_air=replace(reply, holds=holds)))
    return after, () if holds else (Resume(reply.reply_id),)


def resume_at(state: State, policy: Policy) -> float:
    """When a reply that gave way to speech goes on; NEVER while the person speaks, or when none has."""
    reply = _yielding(state)
    if reply is None or state.floor is Floor.SPEAKING or not (reply.is_ducked or "speech" in reply.holds):
        return NEVER
    is_answered = state.turn.finalize_sent and state.turn.finalize_deadline == NEVER
    if is_answered or "speech" not in reply.holds:
        return state.hearing.speech_ended_at
    return state.hearing.speech_ended_at + policy.resume_delay


def absorb(state: State, policy: Policy) -> Decision | None:
    """Take a backchannel down when the bot has gone on talking: it was no answer to the end of the reply."""
    if not is_past(state, absorb_at(state, policy), policy):
        return None
    return commit_turn(state, is_backchannel=True)


def absorb_at(state: State, policy: Policy) -> float:
    """When a backchannel is taken down as one; NEVER when there is none."""
    reply = _yielding(state)
    if reply is None or reply.holds or state.floor is Floor.SPEAKING or not state.turn.text:
        return NEVER
    if state.hearing.is_behind or state.awaits_words:
        return NEVER
    return max(state.turn.words_ended_at, reply.resumed_at) + policy.backchannel_delay


def _yielding(state: State) -> OnAir | None:
    """The reply on air, if speech may stop it."""
    reply = state.on_air
    return reply if reply is not None and reply.is_interruptible and not reply.is_cut else None


def _resumed(state: State) -> State:
    assert state.on_air is not None
    return replace(state, on_air=replace(state.on_air, is_ducked=False, resumed_at=state.seen_until))

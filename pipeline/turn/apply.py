"""What an event changes by itself, before anything is decided."""

from dataclasses import replace

from pipeline import events
from pipeline.agent import Agent
from pipeline.commands import Discard, StaticText, WarmUp
from pipeline.events import Event
from pipeline.turn import answering, barge_in, endpointing, preemption, transcriber_lag
from pipeline.turn.history import GO_ON, GREETING_REQUEST, REPLY_REQUEST, with_reply
from pipeline.turn.policy import Policy
from pipeline.turn.rules import Decision
from pipeline.turn.state import (
    NEVER,
    Floor,
    GenerateRequest,
    Hearing,
    OnAir,
    PendingReply,
    Presence,
    QueuedSpeech,
    State,
)
from pipeline.turn.words import beyond

_ReplyEvent = events.ReplyReady | events.PlayoutStarted | events.ReplyFailed | events.ReplyEnded


def apply_event(state: State, event: Event, policy: Policy) -> Decision:
    """The state in which `event` has happened, and what follows from it in any case. Unknown ids change nothing."""
    at = max(state.at, event.at)
    if isinstance(event, events.AudioSeen):  # nearly all are: one new state, not one for the time and one for the rest
        return _more_seen(state, event, at, policy), ()
    state = replace(state, at=at)
    match event:
        case events.SpeechStarted() | events.SpeechStopped():
            return _edge(state, event, policy)
        case events.AudioAbsent():
            return state.hearing_with(is_absent=True), ()
        case events.InterimTranscript() | events.FinalTranscript():
            return _transcript(state, event, policy), ()
        case events.TranscriberLost():
            return _transcriber_lost(state), ()
        case events.TranscriberBack():
            return _transcriber_back(state, policy), ()
        case events.ReplyReady() | events.PlayoutStarted() | events.ReplyFailed() | events.ReplyEnded():
            return _reply(state, event, policy)
        case events.SayRequested(_, reply_id, text, is_interruptible):
            return _asked_for(state, reply_id, StaticText(text), is_interruptible), ()
        case events.ReplyRequested(_, reply_id, instructions, is_interruptible):
            to_write = GenerateRequest(REPLY_REQUEST.format(instructions=instructions or GO_ON))
            return _asked_for(state, reply_id, to_write, is_interruptible), ()
        case events.SayCancelled():
            return _say_cancelled(state, event)
        case events.InterruptRequested():
            return barge_in.cut_now(state)
        case events.HistoryGiven(_, messages):
            given = tuple(replace(message, at=state.at) for message in messages)
            return replace(state, history=(*given, *state.history)), ()
        case events.InstructionsChanged(_, instructions):
            return _agent_changed(state, replace(state.agent, instructions=instructions)), ()
        case events.AnsweringChanged(_, is_on):
            return _answering_changed(state, is_on)
        case events.TextReceived():
            return _typed(state, event)
        case events.Joined() | events.ConnectionRestored():
            return replace(state, is_connected=True), ()
        case events.ConnectionLost():
            return replace(state, is_connected=False), ()
        case events.PersonLinked():
            return _linked(state), ()
        case events.PersonAway():
            return replace(state, presence=Presence.AWAY), ()
        case events.PersonBack():
            return replace(state, presence=Presence.HERE), ()
        case events.PersonLeft():
            return _left(state)
    return state, ()  # RoomEnded, ReplyWritten, ReplyDelayed, TokensUsed: only told; Tick: the time has passed


def _more_seen(state: State, event: events.AudioSeen, at: float, policy: Policy) -> State:
    before, turn = state.hearing, state.turn
    speech_ended_at, maybe_speech_until = before.speech_ended_at, before.maybe_speech_until
    if state.floor is Floor.SPEAKING:
        speech_ended_at = event.watermark_at - event.silence_duration
        if turn.finalize_sent and not event.silence_duration:
            turn = replace(turn, finalize_sent=False)
    elif event.probability >= policy.maybe_speech and at >= maybe_speech_until:
        # Not drawn out by each further one: a noise that is never speech must not keep a reply back for ever.
        maybe_speech_until = at + policy.maybe_speech_delay
    hearing = replace(
        before,
        seen_until=max(before.seen_until, event.watermark_at),
        seen_at=at,
        is_absent=False,
        speech_duration=event.speech_duration,
        silence_duration=event.silence_duration,
        speech_ended_at=speech_ended_at,
        maybe_speech_until=maybe_speech_until,
    )
    return replace(state, at=at, hearing=hearing, turn=turn)


def _edge(state: State, event: events.SpeechStarted | events.SpeechStopped, policy: Policy) -> Decision:
    seen_until = max(state.hearing.seen_until, event.watermark_at)
    seen = state.hearing_with(seen_until=seen_until, seen_at=state.at, is_absent=False)
    match event:
        case events.SpeechStarted():
            after = replace(seen, floor=Floor.SPEAKING).hearing_with(
                speech_duration=event.speech_duration,
                silence_duration=0.0,
                speech_ended_at=event.watermark_at,
            )
            # What failed so far was the answer to fewer words.
            after = after.turn_with(
                endpoint_at=NEVER, finalize_deadline=NEVER, finalize_sent=False, is_endpointed=False, has_failed=False
            )
            return transcriber_lag.with_speech(after, event.began_at), (WarmUp(),)
        case events.SpeechStopped():
            after = replace(seen, floor=Floor.PAUSING).hearing_with(
                speech_duration=0.0,
                silence_duration=max(0.0, event.watermark_at - event.ended_at),
                speech_ended_at=event.ended_at,
            )
            return endpointing.armed(transcriber_lag.with_coverage(after, policy), policy), ()


def _transcript(state: State, event: events.TranscriptEvent, policy: Policy) -> State:
    turn = state.turn
    text, words_ended_at = beyond(event, max(state.committed_until, turn.final_ended_at))
    if isinstance(event, events.FinalTranscript):
        final = " ".join(part for part in (turn.final, text) if part)
        final_ended_at = words_ended_at if text else turn.final_ended_at
        after = state.turn_with(final=final, final_ended_at=final_ended_at, interim="", interim_ended_at=0.0)
        if event.answers_finalize:
            after = after.turn_with(finalize_deadline=NEVER)
    else:
        after = state.turn_with(interim=text, interim_ended_at=words_ended_at if text else 0.0)
    after = transcriber_lag.with_transcript(after, event, policy)
    if text and state.floor is Floor.SILENT:  # words that the detector did not take for speech
        after = replace(after, floor=Floor.PAUSING)
    return endpointing.armed(after.turn_with(is_endpointed=False), policy)


def _transcriber_lost(state: State) -> State:
    """What was asked of it is to be asked again."""
    return state.hearing_with(lost_at=state.at).turn_with(finalize_deadline=NEVER, finalize_sent=False)


def _transcriber_back(state: State, policy: Policy) -> State:
    """Its words of the meantime are on their way."""
    return endpointing.armed(transcriber_lag.with_transcriber_back(state, policy), policy)


def _reply(state: State, event: _ReplyEvent, policy: Policy) -> Decision:
    if state.pending_reply is not None and state.pending_reply.reply_id == event.reply_id:
        return _of_next(state, state.pending_reply, event), ()
    if state.on_air is not None and state.on_air.reply_id == event.reply_id:
        return _of_on_air(state, state.on_air, event, policy), ()
    return _of_speech_queue(state, event), ()


def _of_next(state: State, reply: PendingReply, event: _ReplyEvent) -> State:
    match event:
        case events.ReplyReady():
            return replace(state, pending_reply=replace(reply, is_ready=True))
        case events.ReplyFailed():
            return replace(state, pending_reply=None).turn_with(has_failed=True)
    return state


def _of_on_air(state: State, reply: OnAir, event: _ReplyEvent, policy: Policy) -> State:
    match event:
        case events.PlayoutStarted():
            return replace(state, on_air=replace(reply, has_started=True))
        case events.ReplyEnded():
            after = with_reply(replace(state, on_air=None), event.heard, is_cut=event.is_cut)
            broke_off = event.error is not None and reply.answers_turn
            return answering.with_apology(after) if broke_off else after
    return state


def _of_speech_queue(state: State, event: _ReplyEvent) -> State:
    speech_queue = list(state.speech_queue)
    for index, saying in enumerate(speech_queue):
        if saying.is_begun and saying.reply_id == event.reply_id:
            if isinstance(event, events.ReplyReady):
                speech_queue[index] = replace(saying, is_ready=True)
            elif isinstance(event, events.ReplyFailed):
                del speech_queue[index]
            return replace(state, speech_queue=tuple(speech_queue))
    return state


def _asked_for(state: State, reply_id: str, source: StaticText | GenerateRequest, is_interruptible: bool) -> State:
    saying = QueuedSpeech(reply_id=reply_id, source=source, is_interruptible=is_interruptible)
    return replace(state, speech_queue=(*state.speech_queue, saying))


def _answering_changed(state: State, is_on: bool) -> Decision:
    """A turn that waits for its answer when that is switched off ends without one; what is on air goes on."""
    after = replace(state, auto_reply=is_on)
    if is_on:
        return after, ()
    dropped = (Discard(state.pending_reply.reply_id),) if state.pending_reply is not None else ()
    return replace(after, pending_reply=None).turn_with(is_endpointed=False), dropped


def _say_cancelled(state: State, event: events.SayCancelled) -> Decision:
    if state.on_air is not None and state.on_air.reply_id == event.reply_id:
        return barge_in.cut_now(state)
    begun = any(saying.is_begun for saying in state.speech_queue if saying.reply_id == event.reply_id)
    speech_queue = tuple(saying for saying in state.speech_queue if saying.reply_id != event.reply_id)
    return replace(state, speech_queue=speech_queue), (Discard(event.reply_id),) if begun else ()


def _agent_changed(state: State, agent: Agent) -> State:
    if agent == state.agent:
        return state
    return replace(state, agent=agent, agent_revision=state.agent_revision + 1)


def _typed(state: State, event: events.TextReceived) -> Decision:
    """A typed message is a whole turn, together with what was said before it; it interrupts."""
    text = event.text.strip()
    if not text:
        return state, ()
    after = state.turn_with(typed="\n".join(part for part in (state.turn.typed, text) if part))
    if state.floor is Floor.SILENT:
        after = replace(after, floor=Floor.PAUSING)
    if state.on_air is not None and state.on_air.is_interruptible:
        return barge_in.cut_now(after)
    return after, ()


def _linked(state: State) -> State:
    """Somebody came, and is greeted."""
    after = replace(state, presence=Presence.HERE)
    source: StaticText | GenerateRequest
    if state.presence is not Presence.NOBODY:
        return after
    if state.agent.greeting:
        source = StaticText(state.agent.greeting)
    elif state.agent.greeting_instructions and state.has_language_model:
        source = GenerateRequest(GREETING_REQUEST.format(instructions=state.agent.greeting_instructions))
    else:
        return after
    greeting = QueuedSpeech(reply_id=f"reply-{state.replies + 1}", source=source, is_discardable=True)
    return replace(after, replies=state.replies + 1, speech_queue=(*state.speech_queue, greeting))


def _left(state: State) -> Decision:
    """The person is gone for good: what they said is kept, what was for them is not said any more."""
    after, shown = endpointing.commit_turn(state)
    after, cuts = barge_in.cut_now(after)
    after, dropped = preemption.without_discardable(after)
    if after.pending_reply is not None:
        dropped = (*dropped, Discard(after.pending_reply.reply_id))
    hearing = Hearing(seen_until=state.hearing.seen_until, lost_at=state.hearing.lost_at)
    after = replace(after, presence=Presence.NOBODY, hearing=hearing, pending_reply=None)
    return after, (*shown, *cuts, *dropped)

"""What goes on air: the answer to the turn, a text that was asked for, an apology when no answer can be made."""

from dataclasses import replace

from pipeline.commands import Release, StartReply, StaticText
from pipeline.turn import history
from pipeline.turn.endpointing import commit_turn
from pipeline.turn.policy import Policy
from pipeline.turn.preemption import is_the_answer
from pipeline.turn.rules import Decision
from pipeline.turn.state import Floor, GenerateRequest, OnAir, Presence, QueuedSpeech, State


def release_answer(state: State, policy: Policy) -> Decision | None:
    """At the later of the end of the turn and the reply's first audio; only then is the turn taken down.

    Whoever goes on speaking before that simply goes on with the same turn.
    """
    reply = state.pending_reply
    if reply is None or not (
        reply.is_ready and state.turn.is_endpointed and _may_speak(state) and is_the_answer(state)
    ):
        return None
    after, shown = commit_turn(state)
    on_air = OnAir(reply_id=reply.reply_id, answers_turn=True)
    return replace(after, pending_reply=None, on_air=on_air), (*shown, Release(reply.reply_id))


def release_speech(state: State, policy: Policy) -> Decision | None:
    """A text that was asked for talks over nobody, and to somebody."""
    if not state.speech_queue or not state.speech_queue[0].is_ready or not _is_quiet(state):
        return None
    saying, *waiting = state.speech_queue
    on_air = OnAir(reply_id=saying.reply_id, is_interruptible=saying.is_interruptible)
    return replace(state, speech_queue=tuple(waiting), on_air=on_air), (Release(saying.reply_id),)


def start_speech(state: State, policy: Policy) -> Decision | None:
    """The next of the texts that were asked for; it waits, made, if somebody speaks or leaves in the meantime."""
    if not state.speech_queue or state.speech_queue[0].is_begun or not _is_quiet(state):
        return None
    saying, *waiting = state.speech_queue
    after = replace(state, speech_queue=(replace(saying, is_begun=True), *waiting))
    source = saying.source
    made = history.prompt_to_write(state, source) if isinstance(source, GenerateRequest) else source
    return after, (StartReply(saying.reply_id, made),)


def apologise(state: State, policy: Policy) -> Decision | None:
    """No reply can be made: take the turn down, so that no word is lost, and say so."""
    if not state.turn.is_endpointed or not state.turn.has_failed or state.pending_reply is not None:
        return None
    after, shown = commit_turn(state)
    return with_apology(after), shown


def with_apology(state: State) -> State:
    """With an apology as the first thing to say."""
    source = StaticText(state.agent.spoken_apology)
    saying = QueuedSpeech(reply_id=f"reply-{state.replies + 1}", source=source, is_discardable=True)
    return replace(state, replies=state.replies + 1, speech_queue=(saying, *state.speech_queue))


def _may_speak(state: State) -> bool:
    return (
        state.on_air is None
        and state.is_connected
        and state.presence is Presence.HERE
        and state.at >= state.hearing.maybe_speech_until
    )


def _is_quiet(state: State) -> bool:
    """Nobody speaks, and no words wait for their answer."""
    is_silent = state.floor is Floor.SILENT and not state.turn.text
    return _may_speak(state) and (is_silent or (state.awaits_words and state.floor is not Floor.SPEAKING))

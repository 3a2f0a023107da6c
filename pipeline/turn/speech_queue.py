"""The queue of what the bot says beside answers: how it grows, and how it is thinned."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pipeline.commands import Discard, KeptText, StaticText
from pipeline.turn.changed import changed
from pipeline.turn.replies import GenerateRequest, QueuedSpeech
from pipeline.turn.state import State


def with_speech(state: State, speech: QueuedSpeech, *, is_first: bool = False) -> State:
    """Queue speech for the present agent to say."""
    speech = replace(speech, agent_id=state.lead.agent_id)
    queue = (speech, *state.speech_queue) if is_first else (*state.speech_queue, speech)
    return changed(state, speech_queue=queue)


def with_new_speech(
    state: State, source: StaticText | KeptText | GenerateRequest, *, is_first: bool = False, **terms: Any
) -> State:
    """Queue speech that the bot has thought of itself, under the next id. `terms` are other fields of QueuedSpeech."""
    speech = QueuedSpeech(reply_id=f"reply-{state.replies + 1}", source=source, **terms)
    return with_speech(changed(state, replies=state.replies + 1), speech, is_first=is_first)


def has_queued_results(state: State) -> bool:
    """Whether a request with results of tools waits for its turn."""
    return any(speech.kind == "results" for speech in state.speech_queue)


def without_speech(state: State, is_needless: Callable[[QueuedSpeech], bool]) -> tuple[State, tuple[Discard, ...]]:
    """Take out what nobody has heard and need not hear; what was begun of it is to be discarded."""
    queue = tuple(speech for speech in state.speech_queue if not is_needless(speech))
    begun = tuple(speech.reply_id for speech in state.speech_queue if is_needless(speech) and speech.is_begun)
    return changed(state, speech_queue=queue), tuple(map(Discard, begun))

"""One reply on its way through contexts: what to send, and what comes out, in order. No I/O and no clock.

A context speaks the texts that are sent to it, in one flow of prosody. It expires about 1 s after its last audio was
streamed out, and its id cannot be used again (docs.cartesia.ai/use-the-api/tts-websocket/contexts). So it is ended in
time, which the server answers with `done` once everything is spoken, and the next text gets a new one, at once: what
comes early is kept until its turn. Nobody has to guess whether more audio is to come, as there is always an answer.
"""

import math
import uuid
from collections import deque
from dataclasses import dataclass, field

from pipeline.errors import Declined, ProviderError, Unavailable
from pipeline.providers.cartesia.unspoken import is_speakable, unspoken
from pipeline.providers.cartesia.wire import (
    PROVIDER,
    Audio,
    Cancel,
    ContextDone,
    Failed,
    Frame,
    Order,
    Say,
    WordTimestamps,
)
from pipeline.speech import Speech, WordTime

EXPIRY_LIMIT = 3
"""Contexts in a row that expire without a word spoken, until that is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTiming:
    """The deadlines, in seconds; tests shorten them."""

    context_idle: float = 0.7
    """Without text or audio until a context is ended: it expires at 1 s, and a message may be 0.3 s on its way."""
    first_audio: float = 4.0
    """From a text to its first audio, which takes 0.1 to 0.3 s; whoever hears nothing for so long takes the line for
    dead, and a later answer would be one to a question that is over."""
    silence: float = 3.0
    """Between two messages in mid-speech. They come several times a second; what is played ahead of them is used up.
    Longer than `context_idle`: as long as a context is open, silence may just mean that all is spoken."""
    connect: float = 5.0
    """For TCP, TLS and the upgrade: many times what they take, and still within a listener's patience."""
    send: float = 2.0
    """For one message to leave: a few hundred bytes that do not leave in this time are not being read."""
    close: float = 1.0
    """For the closing handshake; then the connection is dropped."""

    def __post_init__(self) -> None:
        if self.silence <= self.context_idle:
            raise ValueError(f"silence ({self.silence:g} s) must be longer than context_idle ({self.context_idle:g} s)")


@dataclass(slots=True)
class _Context:
    id: str
    text: str
    active_at: float
    """When the last text went in or the last audio came out."""
    ended: bool = False
    awaits_audio: bool = True
    """Of the text that was sent last nothing has come yet."""
    frames: deque[Frame] = field(default_factory=deque)
    """Not yet passed on: it is another context's turn."""
    samples: int = 0
    """Passed on so far."""
    words: deque[WordTime] = field(default_factory=deque)
    """Whose audio is not yet all there."""
    said: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether its end is that of all its text: it may have expired before the text that was sent last had come."""
        return self.ended and not self.awaits_audio

    def add_text(self, text: str, at: float) -> None:
        """Note what has been sent to it."""
        self.text += text
        self.active_at = at
        self.awaits_audio = True

    def add_frame(self, frame: Frame, at: float) -> None:
        """Keep what has come of it."""
        self.frames.append(frame)
        self.active_at = at
        self.awaits_audio &= not isinstance(frame, Audio)


class Utterance:
    """Text in, orders out; frames in, speech out. Times `at` are seconds on one clock, and never go back.

    A word's time is passed on when the last of its audio has been. The rest of a context that has expired is asked for
    again from the first word that is not complete, so that no word is lost.
    """

    def __init__(self, rate: int, timing: ContextTiming) -> None:
        self._rate = rate
        self._timing = timing
        self._contexts: dict[str, _Context] = {}  # in the order of speaking; only the last one can be open
        self._held = ""  # text in which there is nothing to pronounce yet
        self._text_ended = False
        self._offset = 0  # samples passed on before the first of the contexts
        self._heard_at = -math.inf  # the last frame, or the text before which nothing was waited for
        self._expired = 0  # contexts since the last complete word
        self._orders: list[Order] = []
        self._speech: list[Speech | WordTime] = []

    @property
    def finished(self) -> bool:
        """The text has ended, and all that is to be heard of it was passed on."""
        return self._text_ended and not self._contexts

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waited for from the server."""
        return not self._contexts

    @property
    def wake_at(self) -> float | None:
        """When `tick` has something to do; None: nothing is waited for."""
        if not self._contexts:
            return None
        last = self._last()
        idle_at = math.inf if last.ended else last.active_at + self._timing.context_idle
        return min(idle_at, self._silent_at())

    def take_orders(self) -> list[Order]:
        """What is to be sent, in order."""
        orders, self._orders = self._orders, []
        return orders

    def take_speech(self) -> list[Speech | WordTime]:
        """What is to be passed on, in order; word times count from the first sample of the utterance."""
        speech, self._speech = self._speech, []
        return speech

    def connected(self, at: float) -> None:
        """Orders go out from now on: what they ask for is waited for from now on."""
        self._heard_at = at
        for context in self._contexts.values():
            context.active_at = at

    def say(self, text: str, at: float) -> None:
        """The next chunk of the text."""
        text, self._held = self._held + text, ""
        if not is_speakable(text):
            self._held = text
            return
        if not self._contexts:
            self._heard_at = at
        elif not (last := self._last()).ended and at >= last.active_at + self._timing.context_idle:
            self._end(last)
        if not self._contexts or self._last().ended:
            self._open(text, at)
            return
        last = self._last()
        last.add_text(text, at)
        self._orders.append(Say(last.id, text, more=True))

    def end(self) -> None:
        """The text has ended."""
        self._text_ended = True
        if self._contexts and not self._last().ended:
            self._end(self._last())

    def frame(self, frame: Frame, at: float) -> None:
        """A frame arrived. Raises its error when it cannot be mended."""
        if frame.context_id is None:
            assert isinstance(frame, Failed)
            raise frame.error
        context = self._contexts.get(frame.context_id)
        if context is None:
            return  # of a context that is over
        self._heard_at = at
        context.add_frame(frame, at)
        self._pass_on(at)

    def tick(self, at: float) -> None:
        """Do what is due. Raises Unavailable when the server is silent that should not be."""
        if not self._contexts:
            return
        last = self._last()
        if not last.ended and at >= last.active_at + self._timing.context_idle:
            self._end(last)
        if at >= self._silent_at():
            raise Unavailable(PROVIDER, f"no audio within {self._patience():g} s; try again, or see its status page")

    def cancel(self) -> None:
        """Order that nothing more is spoken."""
        self._orders = [Cancel(id) for id in self._contexts]
        self._contexts.clear()

    def _pass_on(self, at: float) -> None:
        while self._contexts:
            context = next(iter(self._contexts.values()))
            if not context.frames:
                return
            frame = context.frames.popleft()
            match frame:
                case Audio(samples=samples):
                    self._speech.append(Speech(samples))
                    context.samples += len(samples)
                    self._complete_words(context, until=context.samples / self._rate)
                case WordTimestamps(words=words):
                    context.words.extend(words)
                    self._complete_words(context, until=context.samples / self._rate)
                case ContextDone():
                    self._complete_words(context, until=math.inf)
                    self._close(context, at, spoken=context.is_whole or not context.said)
                case Failed(error=error):
                    if not _has_expired(context, error):
                        raise error
                    self._expired += 1
                    if self._expired >= EXPIRY_LIMIT:
                        raise error
                    self._close(context, at, spoken=False)

    def _complete_words(self, context: _Context, until: float) -> None:
        start = self._offset / self._rate
        while context.words and context.words[0].end <= until + 0.5 / self._rate:
            word = context.words.popleft()
            context.said.append(word.text)
            self._expired = 0
            self._speech.append(WordTime(word.text, start + word.start, start + word.end))

    def _close(self, context: _Context, at: float, *, spoken: bool) -> None:
        del self._contexts[context.id]
        self._offset += context.samples
        if not spoken:
            self._resume(unspoken(context.text, context.said), at)

    def _resume(self, text: str, at: float) -> None:
        """Speak text in a new context, before all others."""
        if not is_speakable(text):
            return
        self._heard_at = at
        others = self._contexts
        self._contexts = {}
        context = self._open(text, at)
        if others or self._text_ended:
            self._end(context)
        self._contexts |= others

    def _open(self, text: str, at: float) -> _Context:
        context = _Context(uuid.uuid4().hex, text, at)
        self._contexts[context.id] = context
        self._orders.append(Say(context.id, text, more=True))
        return context

    def _end(self, context: _Context) -> None:
        context.ended = True
        last = self._orders[-1] if self._orders else None
        if isinstance(last, Say) and last.context_id == context.id:
            self._orders[-1] = Say(context.id, last.text, more=False)
        else:
            self._orders.append(Say(context.id, "", more=False))

    def _last(self) -> _Context:
        return next(reversed(self._contexts.values()))

    def _patience(self) -> float:
        first = next(iter(self._contexts.values()))
        return self._timing.silence if first.samples else self._timing.first_audio

    def _silent_at(self) -> float:
        return self._heard_at + self._patience()


def _has_expired(context: _Context, error: ProviderError) -> bool:
    """Whether an error says that the context is no longer there.

    Its texts differ from version to version; but what is refused now was accepted before, in this very context.
    """
    return isinstance(error, Declined) and context.samples > 0

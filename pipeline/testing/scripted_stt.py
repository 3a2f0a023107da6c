"""A transcriber that knows the words in the person's windows, and emits them late and in parts as transcribers do."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from pipeline.audio import LISTEN_RATE, Pcm
from pipeline.errors import ProviderError, Refused, Unavailable
from pipeline.ports import StreamLost, StreamRestored
from pipeline.speech import Finalize, Transcript, WordTime
from pipeline.testing.clock import Clock, seconds
from pipeline.testing.microphone import SceneMicrophone
from pipeline.testing.person import Person
from pipeline.testing.sounds import Part

Answer = Transcript | StreamLost | StreamRestored

_NEVER = float("inf")


@dataclass(slots=True)
class _Word:
    """A word as far as it was heard: samples of the stream."""

    text: str
    needed: float
    first: int
    end: int = 0
    samples: int = 0
    is_understood: bool = False

    @property
    def time(self) -> WordTime:
        return WordTime(self.text, self.first / LISTEN_RATE, self.end / LISTEN_RATE)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A transcript on its way."""

    due_at: float
    words: tuple[WordTime, ...]
    end: float
    is_final: bool
    answers_finalize: bool = False


class ScriptedTranscriber:
    """Interims every `interim_interval` of sound, a final when asked or after `final_silence`; each `delay` late.

    With a `speed` below 1 it decodes sound slower than it comes, but for silence. While it stalls nothing comes, then
    all of it. While it is away nothing is answered, and what was on its way is lost; afterwards it has heard it all.
    """

    def __init__(self, clock: Clock, microphone: SceneMicrophone, person: Person) -> None:
        self.delay = 0.1
        self.interim_interval = 0.2
        self.final_silence = 0.6
        self.ignores_finalize = False
        self.speed = _NEVER
        self.warm_error: ProviderError | None = None
        self.finalizes: list[float] = []  # the times at which it was asked for an answer
        self.refuses_at = self.hangs_at = _NEVER  # its key is refused; its connection says nothing more
        self.interim_text: Callable[[str], str] = lambda text: text
        """Makes the text of an interim from the words so far."""
        self._clock, self._microphone, self._person = clock, microphone, person
        self._outages: deque[tuple[float, float]] = deque()
        self._stalls: list[tuple[float, float]] = []
        self._is_away = self._asked_while_away = False
        self._begin_stream()

    def _begin_stream(self) -> None:
        self.hangs_at = self.hangs_at if self.hangs_at == _NEVER or self._clock.now <= self.hangs_at else _NEVER
        self._position, self._decoded_at = 0, 0.0  # samples, and loop time at which it is done with them
        self._told_at, self._noise_end = 0, 0  # samples: the last interim's, and behind the last sound without words
        self._heard: dict[int, _Word] = {}
        self._words: list[_Word] = []  # understood and not final
        self._closed = 0  # how many of them are in a final that is on its way
        self._pending: deque[_Pending] = deque()

    def goes_away(self, at: float, for_: float) -> None:
        """Lose the connection at this time."""
        at = self._clock.moment(at, "goes_away")
        self._outages.append((at, at + seconds(for_, "goes_away for_")))

    def stalls(self, at: float, for_: float = _NEVER) -> None:
        """Answer nothing from this time on, as if there were nothing to say, and afterwards all of it at once."""
        at = self._clock.moment(at, "stalls")
        self._stalls.append((at, at + for_))

    async def warm(self) -> None:
        if self.warm_error is not None:
            raise self.warm_error

    async def aclose(self) -> None: ...

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Answer, None]:
        self._begin_stream()
        while True:
            for answer in self._due():
                yield answer
            try:
                if (wake_at := self._wake_at()) is None:
                    item = await anext(audio)
                else:
                    async with asyncio.timeout_at(wake_at):
                        item = await anext(audio)
            except TimeoutError:
                continue
            except StopAsyncIteration:
                return
            if isinstance(item, Finalize):
                self._finalize()
            else:
                self._hear(item)

    def _wake_at(self) -> float | None:
        """Loop time of what comes next by itself."""
        times = [at for at in (self.refuses_at, *(it[self._is_away] for it in [*self._outages][:1])) if at < _NEVER]
        times = [self._clock.loop_time(at) for at in times]
        if self._pending and (due_at := self._stalled(self._pending[0].due_at)) < _NEVER:
            times.append(due_at)
        return min(times, default=None)

    def _due(self) -> list[Answer]:
        now, loop_time, due = self._clock.loop.time(), self._clock.loop_time, list[Answer]()
        if now >= loop_time(self.refuses_at):
            raise Refused("stt", "the key has been withdrawn")
        if self._outages and not self._is_away and now >= loop_time(self._outages[0][0]):
            self._is_away = True
            self._pending.clear()
            self._closed = 0
            due.append(StreamLost(Unavailable("stt", "gone")))
        if self._is_away and now >= loop_time(self._outages[0][1]):
            self._outages.popleft()
            self._is_away = False
            due.append(StreamRestored())
            if self._words or self._asked_while_away:
                self._promise(is_final=True, answers_finalize=self._asked_while_away)
            self._asked_while_away = False
        while self._pending and now >= self._stalled(self._pending[0].due_at):
            due.append(self._transcript(self._pending.popleft()))
        return due

    def _stalled(self, due_at: float) -> float:
        """Return the time at which an answer comes that is due at this loop time."""
        loop_time = self._clock.loop_time
        if due_at >= loop_time(self.hangs_at):
            return _NEVER
        over = [loop_time(end) for begin, end in self._stalls if loop_time(begin) <= due_at < loop_time(end)]
        return max(over, default=due_at)

    def _hear(self, samples: Pcm) -> None:
        sound = 0
        for place, part in self._microphone.take_parts(samples):
            if part.code > 0:
                self._hear_word(self._position + place, part)
            else:
                self._noise_end = self._position + place + part.end
            sound += part.samples
        self._position += len(samples)
        self._decoded_at = max(self._decoded_at, self._clock.loop.time()) + sound / LISTEN_RATE / self.speed
        if self._is_away:
            return
        last_end = self._words[-1].end if len(self._words) > self._closed else 0
        is_due = self._position - self._told_at >= self.interim_interval * LISTEN_RATE
        if is_due and max(last_end, self._noise_end) > self._told_at:
            self._promise(is_final=False)
        if last_end and self._position >= last_end + self.final_silence * LISTEN_RATE:
            self._promise(is_final=True)

    def _hear_word(self, window: int, part: Part) -> None:
        if (word := self._heard.get(part.code)) is None:
            text, needed = self._person.words[part.code - 1], self._person.sounds[part.code - 1].needed
            word = self._heard[part.code] = _Word(text, needed, window + part.first)
        word.end = window + part.end
        word.samples += part.samples
        if word.samples >= word.needed and not word.is_understood:
            word.is_understood = True
            self._words.append(word)

    def _finalize(self) -> None:
        self.finalizes.append(self._clock.now)
        if self._is_away:
            self._asked_while_away = True
        elif not self.ignores_finalize:
            self._promise(is_final=True, answers_finalize=True)

    def _promise(self, *, is_final: bool, answers_finalize: bool = False) -> None:
        self._told_at = self._position
        words = tuple(word.time for word in self._words[self._closed :])
        self._closed = len(self._words) if is_final else self._closed
        due_at = max(self._decoded_at, self._clock.loop.time()) + self.delay
        due_at = max(due_at, self._pending[-1].due_at if self._pending else 0.0)
        self._pending.append(_Pending(due_at, words, self._position / LISTEN_RATE, is_final, answers_finalize))

    def _transcript(self, pending: _Pending) -> Transcript:
        if pending.is_final:
            del self._words[: len(pending.words)]
            self._closed -= len(pending.words)
        text = " ".join(word.text for word in pending.words)
        text = text if pending.is_final else self.interim_text(text)
        start = pending.words[0].start if pending.words else pending.end
        return Transcript(text, pending.is_final, start, pending.end, pending.words, pending.answers_finalize)

"""A conversation told as a story: who speaks when, and what the reducer made of it.

    talk = Talk()
    talk.says(1.0, 2.0, "What time is it?")
    talk.until(3.0)
    assert talk.history == ["user: What time is it?"]

Times are seconds from the start of the story. Around the reducer stand a real gate fed with windows of speech or
silence, a transcriber, a maker of replies and a playout, all of paper; a session's timer ticks.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from pipeline import commands, events
from pipeline.commands import Command, StartReply
from pipeline.events import Event, TranscriptWord
from pipeline.messages import Prompt
from pipeline.turn.reducer import step, wake_at
from tests.pipeline.turn.orders import Orders
from tests.support.setups import Setup
from vad.gate import Gate, SpeechEnd, SpeechStart
from vad.protocol import RATE, WINDOW

START = 1000.0
"""Loop time at which the stories begin."""

C = TypeVar("C", bound=Command)

Make = Callable[[float], Event | None]
"""An event, given its time; None when it does not happen after all."""


@dataclass
class Playing:
    """The reply on air: what is left of it, and since when it goes on (None: held)."""

    reply_id: str
    left: float
    going_since: float | None
    plays: int = field(default=0)
    """How often it began or went on: an end that was foreseen before does not count."""


class Talk:
    """Plan what happens, then let the time pass with `until`. What is to be judged is at the end of the class."""

    def __init__(
        self,
        *,
        is_joined: bool = True,
        making: float | None = 0.42,
        playing: float = 2.0,
        starting: float = 0.02,
        finalizing: float | None = 0.1,
        reply: str = "One two three four five six seven eight.",
        **options: object,
    ) -> None:
        setup = Setup.of(**options)
        self.policy = setup.policy
        self.making = making
        """Seconds from the start of a reply to its first audio; None: it never comes."""
        self.playing = playing
        """Seconds of each reply."""
        self.starting = starting
        """Seconds from a release to the first sample in the room."""
        self.finalizing = finalizing
        """Seconds in which the transcriber answers a Finalize; None: it does not."""
        self.reply = reply
        self.state = setup.start
        self.now = START
        self.log: list[tuple[float, Command]] = []
        self._orders = Orders()
        self._plan: list[tuple[float, int, Make]] = []
        self._order = count()
        self._gate = Gate()
        self.speech: list[tuple[float, float]] = []
        self._breaks: list[tuple[float, float]] = []
        self._stalls: list[tuple[float, float]] = []
        self._frozen = (0.0, 0.0)
        self._words: list[TranscriptWord] = []
        self.covered_until = 0.0
        """Loop time up to which transcripts have covered the audio."""
        self._final_until = 0.0
        self._doubled: events.FinalTranscript | None = None
        self._on_air: Playing | None = None
        self._plan_window(0)
        if is_joined:
            self.joins(0.0)

    # --- the room ---

    def joins(self, at: float) -> None:
        self.at(at, lambda now: events.Joined(now, "room", "bot"))
        self.at(at, lambda now: events.PersonLinked(now, "ann"))

    def types(self, at: float, text: str) -> None:
        self.at(at, lambda now: events.TextReceived(now, "ann", text))

    # --- the person ---

    def says(self, begins: float, ends: float, text: str = "") -> None:
        """Speech, with its words spread evenly; without any it is a noise that the detector takes for speech."""
        self.speech.append((START + begins, START + ends))
        self.says_unnoticed(begins, ends, text)

    def says_unnoticed(self, begins: float, ends: float, text: str) -> None:
        """Words that the detector does not take for speech."""
        words = text.split()
        length = (ends - begins) / max(1, len(words))
        for index, word in enumerate(words):
            began_at = START + begins + index * length
            self._words.append(TranscriptWord(word, began_at, began_at + length))

    def is_muted(self, begins: float, ends: float) -> None:
        """There is no audio, and everybody knows."""
        self._breaks.append((START + begins, START + ends))
        self.at(begins, self._break_off)

    def stalls(self, begins: float, ends: float) -> None:
        """Audio of this time comes late, all at once when it has passed."""
        self._stalls.append((START + begins, START + ends))

    def freezes(self, begins: float, ends: float) -> None:
        """The same when the machine does nothing at all: no Tick comes in this time, either."""
        self.stalls(begins, ends)
        self._frozen = (START + begins, START + ends)

    # --- the transcriber ---

    def interim(self, at: float, text: str | None = None) -> None:
        """What was said until then; or a text of its own."""
        self.at(at, lambda now: events.InterimTranscript(now, *self.heard(now, text)))

    def final(self, at: float, text: str | None = None, *, answers: bool = False) -> None:
        """The same as something that stands."""
        self.at(at, lambda now: self._final(now, now, text, answers))

    def final_again(self, at: float) -> None:
        """The last final comes twice."""
        self.at(at, lambda _: self._doubled)

    # --- the providers ---

    def fails(self, at: float, reply_id: str) -> None:
        """Nothing becomes of a reply that is being made."""
        self.at(at, lambda now: events.ReplyFailed(now, reply_id, "a provider: no"))

    def breaks_off(self, at: float, reply_id: str) -> None:
        """The rest of a reply on air cannot be made."""
        self.at(at, lambda now: events.ReplyEnded(now, reply_id, "One two", is_cut=False, error="a provider: gone"))

    # --- whatever else happens ---

    def say(self, at: float, text: str, *, is_interruptible: bool = True) -> None:
        """The program wants a text spoken; its id is the text."""
        self.at(at, lambda now: events.SayRequested(now, text, text, is_interruptible))

    def generate(self, at: float, reply_id: str, instructions: str = "") -> None:
        """The program wants the language model to speak."""
        self.at(at, lambda now: events.ReplyRequested(now, reply_id, instructions))

    def at(self, at: float, make: Make) -> None:
        """An event at a time of the story."""
        heapq.heappush(self._plan, (START + at, next(self._order), make))

    def until(self, at: float) -> None:
        """Let the time pass. A Tick comes when the state has asked for it and nothing happened."""
        while True:
            wake = wake_at(self.state, self.policy)
            assert wake > self.state.at, "a busy loop"
            if self._frozen[0] < wake < self._frozen[1]:
                wake = self._frozen[1]
            planned = self._plan[0][0] if self._plan else float("inf")
            if min(planned, wake) > START + at:
                break
            self.now = max(self.now, min(planned, wake))
            if planned <= wake:
                event = heapq.heappop(self._plan)[2](self.now)
                if event is not None:
                    self.happen(event)
            else:
                self.happen(events.Tick(self.now))
        self.now = START + at

    def happen(self, event: Event) -> None:
        """Decide, and carry it out at once."""
        if isinstance(event, events.ReplyEnded):
            self._orders.ended(event.reply_id)
            self._on_air = None
        elif isinstance(event, events.ReplyFailed):
            self._orders.failed(event.reply_id)
        elif isinstance(event, events.TurnHookAnswered):
            self._orders.hook_answered(event.run_id)
        elif isinstance(event, events.SummaryMade | events.SummaryFailed):
            self._orders.summarized(event.summary_id)
        elif isinstance(event, events.InterimTranscript | events.FinalTranscript):
            self.covered_until = max(self.covered_until, event.ended_at)
        self.state, ordered = step(self.state, event, self.policy)
        for command in ordered:
            self.log.append((round(self.now - START, 3), command))
            self._orders.take(command)
            self._carry_out(command)

    # --- what came of it ---

    @property
    def history(self) -> list[str]:
        """Each message as a line, a broken off one with a dash, a backchannel in brackets."""
        lines = [f"{message.role}: {message.text}{' —' * message.cut}" for message in self.state.history]
        marks = [message.is_backchannel for message in self.state.history]
        return [f"({line})" if is_backchannel else line for line, is_backchannel in zip(lines, marks, strict=True)]

    def times(self, kind: type[Command]) -> list[float]:
        """When such commands came."""
        return [at for at, command in self.log if isinstance(command, kind)]

    def all(self, kind: type[C]) -> list[C]:
        """Such commands."""
        return [command for _, command in self.log if isinstance(command, kind)]

    @property
    def committed(self) -> list[commands.TurnCommitted | commands.ReplyCommitted]:
        """What entered the history, of all conversations."""
        kinds = (commands.TurnCommitted, commands.ReplyCommitted)
        return [command for _, command in self.log if isinstance(command, kinds)]

    @property
    def on_air(self) -> list[str]:
        """What was done to what is on air, in its order."""
        kinds = (commands.Release, commands.Duck, commands.Hold, commands.Resume, commands.Cut)
        return [type(command).__name__ for _, command in self.log if isinstance(command, kinds)]

    @property
    def asked(self) -> list[str]:
        """The last message of each prompt to the language model; of a fixed text, the text."""
        return [_last(start) for start in self.all(StartReply)]

    # --- paper ---

    def _plan_window(self, number: int) -> None:
        due_at = START + (number + 1) * WINDOW / RATE
        late = max((ends for begins, ends in self._stalls if begins < due_at <= ends), default=due_at)
        heapq.heappush(self._plan, (late, next(self._order), lambda now: self._window(now, number, due_at)))

    def _window(self, now: float, number: int, due_at: float) -> Event | None:
        self._plan_window(number + 1)
        if any(begins <= due_at < ends for begins, ends in self._breaks):
            self._gate.position += WINDOW
            return None
        middle = due_at - WINDOW / RATE / 2
        is_speech = any(begins <= middle < ends for begins, ends in self.speech)
        edge = self._gate.feed(0.97 if is_speech else 0.02)
        speech, silence = self._gate.speech_run / RATE, self._gate.silence_run / RATE
        match edge:
            case SpeechStart(sample):
                return events.SpeechStarted(now, due_at, START + sample / RATE, speech)
            case SpeechEnd():
                return self._stopped(now, due_at, edge)
        return events.AudioSeen(now, due_at, self._gate.probability, speech, silence)

    def _break_off(self, now: float) -> Event:
        if (edge := self._gate.break_off()) is not None:
            self.happen(self._stopped(now, START + self._gate.position / RATE, edge))
        return events.AudioAbsent(now)

    def _stopped(self, now: float, watermark_at: float, edge: SpeechEnd) -> events.SpeechStopped:
        duration = (edge.sample - edge.began) / RATE
        return events.SpeechStopped(now, watermark_at, START + edge.sample / RATE, duration)

    def heard(self, until: float, text: str | None) -> tuple[str, float, float, tuple[TranscriptWord, ...]]:
        words = tuple(word for word in self._words if self._final_until < word.ended_at <= until + 1e-6)
        if text is not None:
            return text, until - 0.1 * len(text.split()), until, ()
        return " ".join(word.text for word in words), self._final_until, until, words

    def _final(self, now: float, until: float, text: str | None, answers: bool) -> events.FinalTranscript:
        heard = self.heard(until, text)
        if text is None:
            self._final_until = max(self._final_until, until)
        final = events.FinalTranscript(now, *heard, answers_finalize=answers)
        self._doubled = final if final.text else self._doubled
        return final

    def _carry_out(self, command: Command) -> None:
        elapsed, asked_at = self.now - START, self.now
        match command:
            case commands.FinalizeTranscript() if self.finalizing is not None:
                self.at(elapsed + self.finalizing, lambda now: self._final(now, asked_at, None, answers=True))
            case commands.StartReply(reply_id, _, speak) if speak and self.making is not None:
                self.at(elapsed + self.making, lambda now: self._ready(now, reply_id))
            case commands.Speak(reply_id) if self.making is not None:
                self.at(elapsed + self.making / 3, lambda now: self._ready(now, reply_id))
            case commands.Release(reply_id):
                self._on_air = Playing(reply_id, self.playing, self.now)
                self.at(elapsed + self.starting, lambda now: self._started(now, reply_id))
                self._plan_end(self._on_air)
            case commands.Hold() if self._on_air is not None and self._on_air.going_since is not None:
                self._on_air.left -= self.now - self._on_air.going_since
                self._on_air.going_since = None
            case commands.Resume() if self._on_air is not None and self._on_air.going_since is None:
                self._on_air.going_since = self.now
                self._on_air.plays += 1
                self._plan_end(self._on_air)
            case commands.Cut(reply_id):
                assert self._on_air is not None
                playing = self._on_air
                left = playing.left - (self.now - playing.going_since if playing.going_since is not None else 0.0)
                words = self.reply.split()
                heard = " ".join(words[: int(len(words) * (1 - left / self.playing))])
                self.happen(events.ReplyEnded(self.now, reply_id, heard, is_cut=True))

    def _ready(self, now: float, reply_id: str) -> Event | None:
        return events.ReplyReady(now, reply_id) if reply_id in self._orders.made else None

    def _started(self, now: float, reply_id: str) -> Event | None:
        return events.PlayoutStarted(now, reply_id) if self._orders.on_air == reply_id else None

    def _plan_end(self, playing: Playing) -> None:
        plays = playing.plays

        def end(now: float) -> Event | None:
            if self._on_air is not playing or playing.plays != plays or playing.going_since is None:
                return None
            return events.ReplyEnded(now, playing.reply_id, self.reply, is_cut=False)

        self.at(self.now - START + playing.left, end)


def _last(start: StartReply) -> str:
    return start.source.messages[-1].text if isinstance(start.source, Prompt) else start.source.text

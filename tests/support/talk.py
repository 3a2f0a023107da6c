"""A conversation by events alone, decided by the reducer: for what is made of events and commands."""

from collections.abc import Callable
from typing import NamedTuple, get_args

from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import Event
from pipeline.messages import AS_HEARD, ToolRequest, TurnEdit
from pipeline.turn.due import NEVER
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step, wake_at
from pipeline.turn.state import State

WINDOW = 0.032
BEGAN_AT = 1000.0

Observer = Callable[[Event, State, tuple[Command, ...]], None]


class Step(NamedTuple):
    event: Event
    state: State
    commands: tuple[Command, ...]


class Talk:
    """What happens to a session, and what it decides. Each method is something that happens, in loop time `now`."""

    def __init__(self, *observers: Observer, policy: Policy | None = None, start: State | None = None) -> None:
        self.policy = policy or Policy()
        self.observers = observers
        self.state = start or State()
        self.steps: list[Step] = []
        self.now = BEGAN_AT
        self.lag = 0.0
        """How late audio is seen."""
        self.person = "ann"
        self.begun: list[str] = []
        """Replies that are not yet on air."""
        self.on_air: str | None = None
        self._speech_began_at: float | None = None
        self._quiet_since = BEGAN_AT

    def happen(self, event: Event) -> None:
        """Decide. What a cut leads to comes at once, as in a session."""
        self.state, ordered = step(self.state, event, self.policy)
        self.steps.append(Step(event, self.state, ordered))
        for observe in self.observers:
            observe(event, self.state, ordered)
        for command in ordered:
            match command:
                case commands.StartReply(reply_id):
                    self.begun.append(reply_id)
                case commands.Discard(reply_id):
                    self.begun.remove(reply_id)
                case commands.Release(reply_id):
                    self.begun.remove(reply_id)
                    self.on_air = reply_id
                case commands.Cut():
                    self._end("As far as this", is_cut=True)

    @property
    def commands(self) -> list[Command]:
        return [command for step in self.steps for command in step.commands]

    # --- the room ---

    def join(self) -> None:
        self.happen(events.Joined(self.now, "room", "bot"))
        self.happen(events.PersonLinked(self.now, "ann"))

    def away(self) -> None:
        self.happen(events.PersonAway(self.now, self.person))

    def back(self) -> None:
        self.happen(events.PersonBack(self.now, self.person))

    def leave(self) -> None:
        """The person leaves, and another one comes."""
        self.happen(events.PersonLeft(self.now, self.person))
        self.person = {"ann": "bob", "bob": "ann"}[self.person]
        self.happen(events.PersonLinked(self.now, self.person))

    def lose_connection(self) -> None:
        self.happen(events.ConnectionLost(self.now))

    def restore_connection(self) -> None:
        self.happen(events.ConnectionRestored(self.now))

    def type(self, text: str) -> None:
        self.happen(events.TextReceived(self.now, self.person, text))

    # --- the microphone ---

    def listen(self, duration: float, probability: float = 0.02) -> None:
        """Time passes; the person goes on with what they do: speech, or silence that may sound like it."""
        for _ in range(round(duration / WINDOW)):
            self.now += WINDOW
            if self._speech_began_at is None:
                seen = (probability, 0.0, max(0.0, self.now - self._quiet_since))
            else:
                seen = (0.97, self.now - self._speech_began_at, 0.0)
            self.happen(events.AudioSeen(self.now, self.now - self.lag, *seen))

    def start_speaking(self) -> None:
        self._speech_began_at = self.now
        self.now += 2 * WINDOW
        self.happen(events.SpeechStarted(self.now, self.now - self.lag, self._speech_began_at, 2 * WINDOW))

    def stop_speaking(self) -> None:
        """Known two windows after the last sample of speech."""
        began_at, self._speech_began_at = self._speech_began_at or self.now, None
        self._quiet_since = ended_at = self.now
        self.now += 2 * WINDOW
        self.happen(events.SpeechStopped(self.now, self.now - self.lag, ended_at, ended_at - began_at))

    def mute(self) -> None:
        self.happen(events.AudioAbsent(self.now))

    # --- the transcriber ---

    def interim(self, text: str) -> None:
        self.happen(events.InterimTranscript(self.now, text, self.now - 0.5, self.now, self._words(text)))

    def final(self, text: str, *, answers_finalize: bool = True) -> None:
        ended_at = self._quiet_since if self._speech_began_at is None else self.now
        words = self._words(text, ended_at)
        self.happen(events.FinalTranscript(self.now, text, ended_at - 0.5, ended_at, words, answers_finalize))

    def lose_transcriber(self) -> None:
        self.happen(events.TranscriberLost(self.now, "deepgram: it is gone"))

    def regain_transcriber(self) -> None:
        self.happen(events.TranscriberBack(self.now))

    def _words(self, text: str, ended_at: float | None = None) -> tuple[events.TranscriptWord, ...]:
        until = self.now if ended_at is None else ended_at
        words = text.split()
        return tuple(
            events.TranscriptWord(word, until - 0.1 * (len(words) - index), until - 0.1 * (len(words) - index - 1))
            for index, word in enumerate(words)
        )

    # --- the reply that was begun last, and the one on air ---

    def write(self) -> None:
        if self.begun:
            self.happen(events.ReplyWritten(self.now, self.begun[-1]))

    def chunk(self) -> None:
        if self.begun:
            self.happen(events.ReplyChunked(self.now, self.begun[-1]))

    def get_ready(self) -> None:
        if self.begun:
            self.happen(events.ReplyReady(self.now, self.begun[-1]))

    def fail(self) -> None:
        if self.begun:
            self.happen(events.ReplyFailed(self.now, self.begun.pop(), "openai: no"))

    def play(self) -> None:
        if self.on_air is not None:
            self.happen(events.PlayoutStarted(self.now, self.on_air))

    def finish(self) -> None:
        self._end("All of it was heard")

    def break_off(self) -> None:
        self._end("Some", error="cartesia: it is gone")

    def ask_for_tools(self) -> None:
        if self.begun:
            requests = tuple(ToolRequest("0", name, "{}") for name in ("look", "book", "unknown"))
            self.happen(events.ToolsRequested(self.now, self.begun[-1], requests))

    def return_from_tool(self) -> None:
        for call in self.state.tools.running[:1]:
            self.happen(events.ToolReturned(self.now, call.request.id, "found", is_error=False))

    def answer_hook(self, edit: TurnEdit) -> None:
        if (run := self.state.hook.run) is not None:
            self.happen(events.TurnHookAnswered(self.now, run.run_id, edit))

    def hang_up(self) -> None:
        for call in self.state.tools.running[:1]:
            self.happen(events.EndCallRequested(self.now, call.request.id, "Bye!"))

    def tokens(self, reply_id: str = "reply-1") -> None:
        self.happen(events.TokensUsed(self.now, reply_id, 100, 20))

    def characters(self, reply_id: str = "reply-1") -> None:
        self.happen(events.CharactersUsed(self.now, reply_id, 40))

    def repeat(self, how: events.RepeatKind, stage: events.ProviderStage = "llm") -> None:
        """A request is made again: to the transcriber, or for the reply that was begun last."""
        reply_id = self.begun[-1] if stage != "stt" and self.begun else ""
        self.happen(events.RequestRepeated(self.now, stage, how, "openai", "no", reply_id))

    def run_dry(self) -> None:
        if self.on_air is not None:
            self.happen(events.PlayoutUnderrun(self.now, self.on_air, 0.2))

    def stall(self) -> None:
        self.happen(events.LoopLagged(self.now, 0.3))

    def _end(self, heard: str, *, is_cut: bool = False, error: str | None = None) -> None:
        if self.on_air is not None:
            ended, self.on_air = self.on_air, None
            self.happen(events.ReplyEnded(self.now, ended, heard, is_cut, error))

    # --- the program, and time ---

    def say(self, text: str, *, is_interruptible: bool = True) -> None:
        self.happen(events.SayRequested(self.now, f"say-{len(self.steps)}", text, is_interruptible))

    def interrupt(self) -> None:
        self.happen(events.InterruptRequested(self.now))

    def foreign(self) -> None:
        self.happen(events.ReplyReady(self.now, "reply-999"))

    def tick(self) -> None:
        if (wake := wake_at(self.state, self.policy)) != NEVER:
            self.now = max(self.now, wake)
            self.happen(events.Tick(self.now))


TEXTS = (
    "",
    "Yeah.",
    "What is",
    "What is the time?",
    "um, what is the time",
    "I would like to know more.",
    "No\u2028no \U0001f642",
)

EDITS = (AS_HEARD, TurnEdit(context="It rains.", text="What is the weather?"), TurnEdit(stops_reply=True))

Move = Callable[[Talk], None]


def _moves() -> st.SearchStrategy[Move]:
    texts = st.sampled_from(TEXTS)
    plain = st.sampled_from(
        [
            Talk.start_speaking,
            Talk.stop_speaking,
            Talk.write,
            Talk.get_ready,
            Talk.play,
            Talk.finish,
            Talk.fail,
            Talk.tick,
            Talk.break_off,
            Talk.tokens,
            Talk.characters,
            Talk.chunk,
            Talk.run_dry,
            Talk.stall,
            Talk.mute,
            Talk.away,
            Talk.back,
            Talk.leave,
            Talk.lose_connection,
            Talk.restore_connection,
            Talk.lose_transcriber,
            Talk.regain_transcriber,
            Talk.interrupt,
            Talk.foreign,
            Talk.ask_for_tools,
            Talk.return_from_tool,
            Talk.hang_up,
        ]
    )
    return st.one_of(
        plain,
        st.floats(0.03, 2.5).map(lambda duration: lambda talk: talk.listen(duration)),
        st.floats(0, 1).map(lambda probability: lambda talk: talk.listen(0.04, probability)),
        texts.map(lambda text: lambda talk: talk.interim(text)),
        st.tuples(texts, st.booleans()).map(lambda final: lambda talk: talk.final(final[0], answers_finalize=final[1])),
        texts.map(lambda text: lambda talk: talk.type(text)),
        st.sampled_from(get_args(events.RepeatKind)).map(lambda how: lambda talk: talk.repeat(how)),
        st.sampled_from(EDITS).map(lambda edit: lambda talk: talk.answer_hook(edit)),
        st.booleans().map(lambda given: lambda talk: talk.say("Well then.", is_interruptible=given)),
        st.floats(0.0, 0.4).map(lambda lag: lambda talk: setattr(talk, "lag", lag)),
        st.tuples(texts, st.floats(0.1, 2)).map(lambda turn: lambda talk: _turn(talk, *turn)),
    )


def _turn(talk: Talk, text: str, duration: float) -> None:
    """What mostly happens: somebody speaks, is understood, and is answered."""
    talk.start_speaking()
    talk.listen(duration)
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final(text)
    talk.write()
    talk.chunk()
    talk.get_ready()
    talk.listen(duration)
    talk.play()


moves = st.lists(_moves(), max_size=40)
"""What may happen in a conversation, in any order."""

"""Anything may happen, in any order: moves that hypothesis strings together, and the model to judge the reducer by."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count

from hypothesis import strategies as st

from pipeline import commands, events
from pipeline.agent import AgentProfile
from pipeline.commands import Command
from pipeline.events import Event, TranscriptWord
from pipeline.messages import AS_HEARD, Memory, Message, Prompt, ToolRequest, TurnEdit
from pipeline.turn.apply.hearing import is_plain_window
from pipeline.turn.caller import Floor
from pipeline.turn.due import NEVER
from pipeline.turn.history import unsummarized
from pipeline.turn.reducer import step, step_whole, wake_at
from pipeline.turn.state import Presence, State
from tests.pipeline.turn.orders import Orders
from tests.pipeline.turn.prompts import check_calls
from tests.support.setups import TOOLS, Setup

WINDOW = 0.032
NOT_WORDS = ("", "Mm-hm.", "Stop!")
ENDINGS = ("", ".", "?", ",")
BILLING = AgentProfile(name="billing", greeting="Billing here.", tools=TOOLS)
SALES = AgentProfile(name="sales", greeting_instructions="Say who you are.")


class Chaos:
    """A session without sense. Checks after each event what must hold whatever happened."""

    def __init__(self, setup: Setup) -> None:
        self.policy = setup.policy
        self.state = setup.start
        self.now = 1000.0
        self.lag = 0.0
        """How late audio is seen."""
        self.orders = Orders()
        self.done: list[Command] = []
        self.last: Event | None = None
        self.final_words: list[str] = []
        self.committed: list[Message] = []
        self.plain_windows = 0
        """Windows that took the short way."""
        self._gone: set[str] = set()
        """The words of people who have left."""
        self._numbers = count(1)
        self._pending: list[TranscriptWord] = []
        """Spoken, and not in a final yet."""
        self._last_final: events.FinalTranscript | None = None

    def happen(self, event: Event) -> None:
        before, self.last = self.state, event
        if isinstance(event, events.ReplyEnded) and event.reply_id == self.orders.on_air:
            self.orders.ended(event.reply_id)
        elif isinstance(event, events.ReplyFailed):
            self.orders.failed(event.reply_id)
        elif isinstance(event, events.TurnHookAnswered):
            self.orders.hook_answered(event.run_id)
        elif isinstance(event, events.SummaryMade | events.SummaryFailed):
            self.orders.summarized(event.summary_id)
        self.state, ordered = step(before, event, self.policy)
        assert (self.state, ordered) == step(before, event, self.policy), "the same input, another output"
        assert (self.state, ordered) == step_whole(before, event, self.policy), "the short way leads elsewhere"
        if isinstance(event, events.AudioSeen):
            self.plain_windows += is_plain_window(before, event, self.policy)
        for command in ordered:
            self.orders.take(command)
            self.done.append(command)
            self._keep_record(command)
        self._check_history(before, ordered)
        self._check_prefix(before, event)
        assert (self.state.on_air.reply_id if self.state.on_air else None) == self.orders.on_air
        assert self.state.hearing.seen_until >= before.hearing.seen_until, "the watermark goes back"
        self._check_wake()

    def _keep_record(self, command: Command) -> None:
        match command:
            case (
                commands.TurnCommitted(message)
                | commands.ReplyCommitted(_, message)
                | commands.ToolCommitted(_, message)
            ):
                self.committed.append(message)
            case commands.ConversationEnded(_, _, history) if not self.policy.keeps_history:
                said = [message.text for message in history if message.role == "user"]
                self._gone |= {word for text in said for word in text.split() if word.startswith("w")}
            case commands.StartReply(source=Prompt(messages=messages) as prompt):
                check_calls(prompt)
                asked = {word for text in (prompt.instructions, *(it.text for it in messages)) for word in text.split()}
                assert not asked & self._gone, "what one person said reaches the next one's prompt"
                assert not asked & ({"known-of-ann", "known-of-bob"} - {f"known-of-{self.state.caller.identity}"})

    def _check_history(self, before: State, ordered: tuple[Command, ...]) -> None:
        """Messages enter it by committed facts alone, each with the next number."""
        kinds = commands.TurnCommitted | commands.ReplyCommitted | commands.ToolCommitted
        added = [it.message for it in ordered if isinstance(it, kinds)]
        assert [message.number for message in self.committed] == list(range(1, len(self.committed) + 1))
        assert self.state.message_number == len(self.committed)
        grown = (*before.history, *added)
        is_over = before.history_is_over or any(isinstance(it, commands.ConversationEnded) for it in ordered)
        assert self.state.history == grown or (is_over and not self.state.history)

    def _check_prefix(self, before: State, event: Event) -> None:
        """What the model reads of the history grows at its end alone, until a summary takes the place of its beginning:
        nothing else makes a provider read it anew. All of it is in one or the other."""
        was, now = unsummarized(before), unsummarized(self.state)
        is_new = self.state.history[: len(before.history)] != before.history
        if not (is_new or isinstance(event, events.SummaryMade)):
            assert now[: len(was)] == was
            assert self.state.summaries.summary == before.summaries.summary
        until = self.state.summaries.until
        assert [message for message in self.state.history if message.number > until] == list(now)
        assert until < self.state.message_number or not until, "nothing is left of what is being talked about"

    def _check_wake(self) -> None:
        """A Tick at the time that the state asks for decides something."""
        wake = wake_at(self.state, self.policy)
        assert wake > self.state.at, "a busy loop"
        if wake != NEVER:
            after, ordered = step(self.state, events.Tick(wake), self.policy)
            unchanged = replace(self.state, at=after.at, due=after.due)
            assert ordered or after != unchanged, f"a Tick in vain: {self.state.due}"

    # --- what happens ---

    def passes(self, seconds: float) -> None:
        self.now += seconds

    def lags(self, seconds: float) -> None:
        self.lag = seconds

    def window(self, probability: float, speech: float, silence: float) -> None:
        self.passes(WINDOW)
        self.happen(events.AudioSeen(self.now, self.now - self.lag, probability, speech, silence))

    def starts(self, speech: float) -> None:
        watermark_at = self.now - self.lag
        self.happen(events.SpeechStarted(self.now, watermark_at, watermark_at - speech, speech))

    def stops(self, silence: float) -> None:
        watermark_at = self.now - self.lag
        self.happen(events.SpeechStopped(self.now, watermark_at, watermark_at - silence, 0.5))

    def says(self, words: int, ending: str) -> None:
        """New words; each is unlike all others."""
        for index in range(words):
            began_at = self.now
            self.passes(0.1)
            text = f"w{next(self._numbers)}x" + ending * (index == words - 1)
            self._pending.append(TranscriptWord(text, began_at, self.now))

    def interim(self, words: int) -> None:
        heard = tuple(self._pending[:words])
        self.happen(events.InterimTranscript(self.now, _text(heard), *self._span(heard), heard))

    def final(self, words: int, answers: bool) -> None:
        heard = tuple(self._pending[:words])
        del self._pending[:words]
        self.final_words += [word.text.rstrip(".") for word in heard]  # which go where the sentence goes on
        self._last_final = events.FinalTranscript(self.now, _text(heard), *self._span(heard), heard, answers)
        self.happen(self._last_final)

    def final_again(self) -> None:
        if self._last_final is not None:
            self.happen(replace(self._last_final, at=self.now))

    def mumbles(self, text: str) -> None:
        """Words without times, as an interim; over words that are to come later it would take their place."""
        if self._pending:
            return
        self.passes(0.2)
        self.happen(events.InterimTranscript(self.now, text, self.now - 0.2, self.now))

    def happens(self, make: Callable[[float], Event]) -> None:
        self.happen(make(self.now))

    def asks_for_speech(self, kind: type[events.SpeechRequest], is_interruptible: bool) -> None:
        self.happen(kind(self.now, f"say-{next(self._numbers)}", "Well.", is_interruptible))

    def of_reply(self, pick: int, make: Callable[[float, str], Event]) -> None:
        """An event of any reply there has been, or of none."""
        ids = [*sorted(self.orders.started), *(saying.reply_id for saying in self.state.speech_queue), "foreign"]
        event = make(self.now, ids[pick % len(ids)])
        if self.state.has_language_model or not isinstance(event, events.ToolsRequested):
            self.happen(event)

    def of_call(self, pick: int, make: Callable[[float, str], events.ToolEvent]) -> None:
        """An event of any call that runs, or of none."""
        ids = [*(call.request.id for call in self.state.tools.running), "foreign"]
        self.happen(make(self.now, ids[pick % len(ids)]))

    def hook_answers(self, is_edited: bool, edit: TurnEdit) -> None:
        """An answer of the run that goes on, or of none; its text keeps the words."""
        run = self.orders.hook
        text = f"{run.text} please" if run is not None and is_edited else None
        self.happen(events.TurnHookAnswered(self.now, run.run_id if run else "foreign", replace(edit, text=text)))

    def of_summary(self, make: Callable[[float, str, str], events.SummaryEvent]) -> None:
        """An event of the summary that is being made, or of one that was; its text has every word that was read."""
        command = self.orders.summary
        if command is None:
            self.happen(make(self.now, f"summary-{self.state.summaries.begun}", "Too late."))
            return
        read = [command.earlier, *(message.text for message in command.messages)]
        self.happen(make(self.now, command.summary_id, " ".join(read)))

    def again(self) -> None:
        """The last event comes twice; ids of texts are new by contract."""
        if self.last is not None and not isinstance(self.last, events.SpeechRequest):
            self.happen(self.last)

    def foreign(self, make: Callable[[float, str], Event]) -> None:
        assert step(self.state, make(self.state.at, "foreign"), self.policy) == (self.state, ())

    def is_overheard(self, make: Callable[[float], events.ListenEvent]) -> None:
        """Someone is heard who is not linked."""
        event = replace(make(self.state.at), identity="eve")
        assert step(self.state, event, self.policy) == (self.state, ())

    def tick(self) -> None:
        if (wake := wake_at(self.state, self.policy)) != NEVER:
            self.now = max(self.now, wake)
            self.happen(events.Tick(self.now))

    # --- how it ends ---

    def settles(self, audio: str) -> None:
        """All is well again: connected, the person there, silent and heard, each reply made, played and ended."""
        self.lag = 0.0
        self.passes(0.1)
        self.happen(events.TranscriberBack(self.now))
        for name in PROVIDERS:
            self.happen(events.ProviderBack(self.now, name))
        self.happen(events.Joined(self.now, "room", "bot"))
        self.happen(events.AnsweringChanged(self.now, True))
        there = events.PersonLinked if self.state.presence is Presence.NOBODY else events.PersonBack
        self.happen(there(self.now, self.state.linked or "ann"))
        self.happen(events.SpeechStopped(self.now, self.now, self.now, 0.5))
        self.final(99, answers=True)
        if audio == "absent":
            self.happen(events.AudioAbsent(self.now))
        self.goes_on(60.0, audio)
        if self.state.ending == "done":  # the bot has hung up: the next call begins
            self.happen(events.PersonLeft(self.now, self.state.linked or "ann"))
            self.happen(events.PersonLinked(self.now, "ann"))
            self.goes_on(60.0, audio)

    def goes_on(self, seconds: float, audio: str) -> None:
        """Time passes in silence until everything is quiet; fails when it does not get there."""
        until, ticks, silence = self.now + seconds, 0, 0.0
        while not self.is_quiet:
            assert self.now < until, f"wedged: {self.state}"
            if self.serves():
                continue
            wake = wake_at(self.state, self.policy)
            if audio == "windows" and wake > self.now + WINDOW:
                silence += WINDOW
                self.window(0.01, 0.0, silence)
                continue
            assert wake != NEVER, f"nothing will ever happen: {self.state}"
            self.tick()
            ticks += 1
            assert ticks < 100, "ticks that lead nowhere"

    def serves(self) -> bool:
        """Whether there was something to do for a reply."""
        on_air = self.state.on_air
        if on_air is not None:
            self.passes(0.1)
            self.happen(events.ReplyEnded(self.now, on_air.reply_id, "Heard.", is_cut=on_air.is_cut))
            return True
        if (run := self.orders.hook) is not None:
            self.passes(0.01)
            self.happen(events.TurnHookAnswered(self.now, run.run_id))
            return True
        if running := self.state.tools.running:
            self.passes(0.1)
            self.happen(events.ToolReturned(self.now, running[0].request.id, "found"))
            return True
        waiting = [saying.reply_id for saying in self.state.speech_queue if saying.is_begun and not saying.is_ready]
        if (
            self.state.pending_reply is not None
            and self.state.pending_reply.speaks
            and not self.state.pending_reply.is_ready
        ):
            waiting.append(self.state.pending_reply.reply_id)
        for reply_id in waiting:
            self.passes(0.01)
            self.happen(events.ReplyReady(self.now, reply_id))
        return bool(waiting)

    @property
    def is_quiet(self) -> bool:
        state = self.state
        if state.on_air or state.pending_reply or state.speech_queue or state.tools.calls or self.orders.hook:
            return False
        return state.turn.is_fragment or (state.floor is Floor.SILENT and not state.turn.text)

    @property
    def kept_words(self) -> Counter[str]:
        """The words of people that were committed, and those in the turn."""
        texts = [message.text for message in self.committed if message.role == "user"]
        return Counter(word.rstrip(".") for text in (*texts, self.state.turn.spoken) for word in text.split())

    def _span(self, words: tuple[TranscriptWord, ...]) -> tuple[float, float]:
        return (words[0].began_at, words[-1].ended_at) if words else (self.now, self.now)


def _text(words: tuple[TranscriptWord, ...]) -> str:
    return " ".join(word.text for word in words)


Move = Callable[[Chaos], None]


def _awaited(identity: str, at: float) -> Event:
    return events.MemoryAwaited(at, identity)


def _recalled(identity: str, at: float) -> Event:
    return events.MemoryRecalled(at, identity, Memory("2026-11-30", f" known-of-{identity} "))


PROVIDERS: tuple[events.ProviderName, ...] = ("transcriber", "language model", "voice")


def _lost(name: events.ProviderName, is_given_up: bool, at: float) -> Event:
    return events.ProviderLost(at, name, "gone", is_given_up)


def _back(name: events.ProviderName, at: float) -> Event:
    return events.ProviderBack(at, name)


_ROOM: list[Callable[[float], Event]] = [
    lambda at: events.Joined(at, "room", "bot"),
    lambda at: events.PersonLinked(at, "ann"),
    lambda at: events.PersonAway(at, "ann"),
    lambda at: events.PersonBack(at, "ann"),
    lambda at: events.PersonLeft(at, "ann"),
    lambda at: events.PersonLeft(at, "ann"),
    lambda at: events.PersonLinked(at, "bob"),
    lambda at: events.PersonLeft(at, "bob"),
    lambda at: events.PersonAway(at, "bob"),
    lambda at: events.TextReceived(at, "bob", "typed by bob"),
    events.ConnectionLost,
    events.ConnectionRestored,
    lambda at: events.ParticipantConnected(at, "eve", "STANDARD"),
    lambda at: events.ParticipantDisconnected(at, "ann", "STANDARD"),
    lambda at: events.RoomEnded(at, "ROOM_DELETED"),
    lambda at: events.MicrophoneSilent(at, "ann"),
    lambda at: events.MicrophoneSilenceEnded(at, "ann"),
    events.AudioAbsent,
    lambda at: events.AudioAbsent(at, is_fault=True),
    lambda at: events.CostGrew(at, 0.1),
    lambda at: events.TranscriberLost(at, "gone"),
    events.TranscriberBack,
    events.InterruptRequested,
    lambda at: events.TextReceived(at, "ann", "typed"),
    lambda at: events.TextReceived(at, "ann", " "),
    lambda at: events.DtmfReceived(at, "ann", "1"),
    lambda at: events.DtmfReceived(at, "ann", "#"),
    lambda at: events.DtmfReceived(at, "bob", "2"),
    lambda at: events.InstructionsChanged(at, "Be brief."),
    lambda at: events.InstructionsChanged(at, "Be long."),
    lambda at: events.InstructionsChanged(at, "Be kind to this one.", lasts=False),
    lambda at: events.AnsweringChanged(at, True),
    lambda at: events.AnsweringChanged(at, False),
    events.Tick,
    *(partial(_lost, name, is_given_up) for name in PROVIDERS for is_given_up in (False, True)),
    *(partial(_back, name) for name in PROVIDERS),
    events.PersonTransferred,
    lambda at: events.TransferFailed(at, "busy"),
    lambda at: events.LoopLagged(at, 0.2),
    lambda at: events.RequestRepeated(at, "stt", "retry", "deepgram", "gone"),
    *(partial(_recalled, identity) for identity in ("ann", "bob")),
    *(partial(_awaited, identity) for identity in ("ann", "bob")),
]

_HEARD: list[Callable[[float], events.ListenEvent]] = [
    lambda at: events.AudioSeen(at, at, 1.0, 3.0, 0.0),
    lambda at: events.SpeechStarted(at, at, at - 1.0, 1.0),
    lambda at: events.SpeechStopped(at, at, at, 0.5),
    events.AudioAbsent,
    lambda at: events.InterimTranscript(at, "eve", at - 1.0, at),
    lambda at: events.FinalTranscript(at, "Stop!", at - 1.0, at),
    lambda at: events.TranscriberLost(at, "gone"),
    events.TranscriberBack,
]


def _asks_for(names: Sequence[str], at: float, reply_id: str) -> events.ToolsRequested:
    return events.ToolsRequested(at, reply_id, tuple(ToolRequest("0", name, "{}") for name in names))


def _tokens(at: float, reply_id: str) -> Event:
    return events.TokensUsed(at, reply_id, 100, 10)


def _characters(at: float, reply_id: str) -> Event:
    return events.CharactersUsed(at, reply_id, 40)


_OF_REPLY: list[Callable[[float, str], Event]] = [
    events.ReplyReady,
    events.PlayoutStarted,
    events.PlayoutStalled,
    lambda at, reply_id: events.PlayoutStalled(at, reply_id, is_starved=True),
    events.PlayoutResumed,
    events.ReplyWritten,
    lambda at, reply_id: events.ReplyFailed(at, reply_id, "no"),
    lambda at, reply_id: events.ReplyDelayed(at, reply_id, "One two", "no"),
    lambda at, reply_id: events.ReplyEnded(at, reply_id, "Heard.", is_cut=False),
    lambda at, reply_id: events.ReplyEnded(at, reply_id, "", is_cut=True),
    lambda at, reply_id: events.ReplyEnded(at, reply_id, "He", is_cut=True, rest="is there."),
    lambda at, reply_id: events.ReplyEnded(at, reply_id, "He", is_cut=False, error="gone"),
    lambda at, reply_id: events.ReplyEnded(at, reply_id, "He", is_cut=False, error="gone", rest="is here."),
    lambda at, reply_id: events.RequestRepeated(at, "llm", "failover", "openai", "gone", reply_id),
    lambda at, reply_id: events.PlayoutUnderrun(at, reply_id, 0.1),
    events.ReplyChunked,
    events.SayCancelled,
    *(partial(_asks_for, names) for names in (("look",), ("book", "look"), ("unknown", "look"))),
]

_HAND_OVERS: list[Callable[[float, str], events.ToolEvent]] = [
    lambda at, call_id: events.HandOverRequested(at, call_id, "agent-2", BILLING),
    lambda at, call_id: events.HandOverRequested(at, call_id, "agent-3", SALES, "none"),
    lambda at, call_id: events.HandOverRequested(at, call_id, "", AgentProfile(name="reception", tools=TOOLS)),
]

_OF_CALL: list[Callable[[float, str], events.ToolEvent]] = [
    lambda at, call_id: events.ToolReturned(at, call_id, "found"),
    lambda at, call_id: events.ToolReturned(at, call_id, "no", is_error=True),
    events.InterruptionsDisallowed,
    lambda at, call_id: events.ToolProgressed(at, call_id, "Half of it."),
    events.ScribeRequested,
    *_HAND_OVERS,
]

_EDITS = (AS_HEARD, TurnEdit(context="It rains."), TurnEdit(stops_reply=True))
_OF_SUMMARY: list[Callable[[float, str, str], events.SummaryEvent]] = [
    events.SummaryMade,
    events.SummaryMade,
    events.SummaryFailed,
    lambda at, summary_id, text: events.SummaryTokensUsed(at, 1, 1),
]

_seconds = st.one_of(st.floats(0.0, 0.3), st.floats(0.0, 3.0))


def _turn(words: int, ending: str, silence: float) -> Move:
    """What mostly happens."""

    def move(chaos: Chaos) -> None:
        chaos.starts(0.07)
        chaos.says(words, ending)
        chaos.stops(0.0)
        chaos.interim(words)
        chaos.final(99, answers=True)
        chaos.serves()
        chaos.window(0.01, 0.0, silence)
        chaos.passes(silence)
        chaos.window(0.01, 0.0, silence)

    return move


def _answered_by_calls(names: Sequence[str], makes: Sequence[Callable[[float, str], events.ToolEvent]]) -> Move:
    """The answer to a turn calls tools, and this becomes of the first call; then it returns."""

    def move(chaos: Chaos) -> None:
        _turn(1, "?", 1.5)(chaos)
        reply = chaos.state.on_air or chaos.state.pending_reply
        if reply is None or not chaos.state.has_language_model:
            return
        chaos.happen(_asks_for(names, chaos.now, reply.reply_id))
        if chaos.state.on_air is None:
            chaos.serves()
        for make in makes:
            chaos.of_call(0, make)
        chaos.serves()
        chaos.serves()

    return move


_moves: st.SearchStrategy[Move] = st.one_of(
    st.builds(_turn, st.integers(1, 3), st.sampled_from(ENDINGS), st.floats(0.0, 2.0)),
    st.builds(lambda s: lambda c: c.passes(s), _seconds),
    st.builds(lambda s: lambda c: c.lags(s), st.floats(0.0, 0.5)),
    st.builds(lambda p, a, b: lambda c: c.window(p, a, b), st.sampled_from([0.0, 0.6, 1.0]), _seconds, _seconds),
    st.builds(lambda s: lambda c: c.starts(s), st.floats(0.06, 0.4)),
    st.builds(lambda s: lambda c: c.stops(s), st.floats(0.0, 0.2)),
    st.builds(lambda n, e: lambda c: c.says(n, e), st.integers(1, 3), st.sampled_from(ENDINGS)),
    st.builds(lambda n: lambda c: c.interim(n), st.integers(0, 4)),
    st.builds(lambda n, a: lambda c: c.final(n, a), st.integers(0, 4), st.booleans()),
    st.builds(lambda t: lambda c: c.mumbles(t), st.sampled_from(NOT_WORDS)),
    st.builds(lambda make: lambda c: c.happens(make), st.sampled_from(_ROOM)),
    st.builds(lambda n, make: lambda c: c.of_reply(n, make), st.integers(0, 9), st.sampled_from(_OF_REPLY)),
    st.builds(lambda make: lambda c: c.foreign(make), st.sampled_from([*_OF_REPLY, *_OF_CALL])),
    st.builds(
        lambda n, make: lambda c: c.of_reply(n, make), st.integers(0, 9), st.sampled_from([_tokens, _characters])
    ),
    st.builds(lambda n, make: lambda c: c.of_call(n, make), st.integers(0, 3), st.sampled_from(_OF_CALL)),
    st.builds(
        lambda is_edited, edit: lambda c: c.hook_answers(is_edited, edit), st.booleans(), st.sampled_from(_EDITS)
    ),
    st.builds(lambda make: lambda c: c.of_summary(make), st.sampled_from(_OF_SUMMARY)),
    st.builds(lambda make: lambda c: c.is_overheard(make), st.sampled_from(_HEARD)),
    st.builds(
        lambda kind, i: lambda c: c.asks_for_speech(kind, i),
        st.sampled_from([events.SayRequested, events.ReplyRequested]),
        st.booleans(),
    ),
    st.sampled_from([Chaos.again, Chaos.tick, Chaos.final_again, lambda c: c.serves() and None]),
)

moves = st.lists(_moves, max_size=40)

_calls = st.builds(
    _answered_by_calls,
    st.sampled_from([("look",), ("book", "look")]),
    st.lists(st.sampled_from([*_OF_CALL, *_HAND_OVERS, *_HAND_OVERS]), min_size=1, max_size=3),
)
moves_with_calls = st.builds(
    lambda calls, others: [*calls, *others],
    st.lists(_calls, min_size=1, max_size=4),
    st.lists(st.one_of(_moves, _calls), max_size=20),
)


def _exchange(words: int, tool: str | None) -> Move:
    """A turn, and its answer to the end; the answer may call a tool first."""

    def move(chaos: Chaos) -> None:
        _turn(words, ".", 1.0)(chaos)
        chaos.happen(events.AudioAbsent(chaos.now))
        if tool is not None and chaos.state.on_air is not None:
            chaos.happen(_asks_for((tool,), chaos.now, chaos.state.on_air.reply_id))
        chaos.goes_on(60.0, "absent")

    return move


def _next_person(identity: str) -> Move:
    def move(chaos: Chaos) -> None:
        chaos.happen(events.PersonLeft(chaos.now, chaos.state.linked or ""))
        chaos.happen(events.MemoryAwaited(chaos.now, identity))
        chaos.happen(events.PersonLinked(chaos.now, identity))

    return move


def summary(make: Callable[[float, str, str], events.SummaryEvent]) -> Move:
    """Something becomes of the summary that is being made, if one is."""
    return lambda chaos: chaos.of_summary(make)


exchange = _exchange(2, None)
"""A turn and its answer."""

_exchanges = st.one_of(
    st.builds(_exchange, st.integers(1, 3), st.sampled_from([None, None, "look", "book", "unknown"])),
    st.builds(summary, st.sampled_from(_OF_SUMMARY)),
)

_in_talks = st.one_of(
    _exchanges,
    _exchanges,
    st.builds(_turn, st.integers(1, 3), st.sampled_from(ENDINGS), st.floats(0.0, 2.0)),
    st.builds(_next_person, st.sampled_from(["ann", "bob"])),
    st.builds(lambda identity: lambda c: c.happens(partial(_recalled, identity)), st.sampled_from(["ann", "bob"])),
    st.sampled_from([lambda c: c.happens(events.InterruptRequested)]),
    st.sampled_from([lambda c: c.asks_for_speech(events.SayRequested, True)]),
)

talks = st.builds(
    lambda beginning, rest: [*beginning, *rest],
    st.lists(_exchanges, min_size=4, max_size=8),
    st.lists(_in_talks, min_size=4, max_size=12),
)
"""Long conversations, in which all is well."""

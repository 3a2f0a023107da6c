"""A session with everything around it, as a story: what people do at which second, and what came of it."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, ClassVar, Self

from pipeline import events
from pipeline.commands import AgentState, Command
from pipeline.events import AudioSeen, Event, ReplyEnded, Tick
from pipeline.session import Session
from pipeline.text.heard import HEARD_FRACTION
from pipeline.turn.policy import Policy
from pipeline.turn.state import Floor, State
from tests.support.room_queue import RoomQueue
from tests.support.scenes.brain import ScriptedLanguageModel
from tests.support.scenes.ears import ScriptedTranscriber
from tests.support.scenes.mouth import HeardWord, ScriptedSynthesizer, WordReader, duration_of
from tests.support.scenes.person import MarkedVad, Person
from tests.support.scenes.record import Caption, Captions, brief, timeline

IDENTITY = "ann"

BORDER = 0.02
"""Seconds by which a word may have been played more or less than it seems: fades, and the ticks of the room."""


class Scene:
    """Enter it to begin at second 0, with the bot in the room and the person there; leaving it ends the session.

    A test that fails inside gets the timeline with its error. What breaks the session is raised on leaving.
    """

    _open: ClassVar[set["Scene"]] = set()

    def __init__(self, *, joins: bool = True, voiceless: bool = False, **policy: Any) -> None:
        self.person = Person()
        self.vad = MarkedVad()
        self.ears = ScriptedTranscriber(self.person)
        self.brain = ScriptedLanguageModel()
        self.mouth = ScriptedSynthesizer()
        self.room = RoomQueue(self.mouth.rate)
        self._reader = WordReader(self.mouth)
        self.captions: list[Caption] = []
        self.agent_states: list[tuple[float, AgentState]] = []
        self.ended: list[ReplyEnded] = []
        self._joins, self._voiceless = joins, voiceless
        self._policy = Policy(**policy)
        self._awaited: list[tuple[type[Event], asyncio.Event]] = []
        self._notes: list[tuple[float, str]] = []

    async def __aenter__(self) -> Self:
        self.session = Session(
            audio_in=self.person,
            audio_out=self.room,
            captions=Captions(self.captions),
            vad=self.vad,
            transcriber=self.ears,
            language_model=self.brain,
            synthesizer=None if self._voiceless else self.mouth,
            policy=self._policy,
            show_state=lambda state: self.agent_states.append((_now(), state)),
            observe=self._observe,
        )
        self._tasks_before = asyncio.all_tasks()
        Scene._open.add(self)
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._stage: list[asyncio.Task[Any]] = [self._group.create_task(self.room.run())]
        self._running = self._group.create_task(self.session.run())
        await asyncio.sleep(0)
        if self._joins:
            self.joins()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        for task in self._stage:
            task.cancel()
        try:
            await self._group.__aexit__(kind, error, trace)
            others = Scene._open - {self}
            assert others or asyncio.all_tasks() == self._tasks_before, "a task is left"
            assert not self.mouth.open, "a request to the voice is left"
            assert all(request.outcome != "open" for request in self.brain.requests), "a request to the model is left"
        except BaseException as failure:
            is_the_same = isinstance(failure, BaseExceptionGroup) and failure.exceptions == (error,)
            (error if is_the_same and error is not None else failure).add_note(self.timeline)
            if not is_the_same:
                raise
        finally:
            Scene._open.discard(self)

    # --- what happens ---

    def joins(self) -> None:
        """The bot joins the room, and the person is there."""
        self.session.dispatch(events.Joined(_now(), "room", "bot"))
        self.session.dispatch(events.PersonLinked(_now(), IDENTITY))

    async def until(self, at: float) -> None:
        """Let the time pass."""
        await asyncio.sleep(max(0.0, at - _now()))

    async def hears(self, word: str, *, times: int = 1, within: float = 60.0) -> float:
        """Wait until the word has begun to be audible, for the n-th time; returns when it began."""
        async with asyncio.timeout(within):
            while True:
                found = [heard.at for heard in self.heard if heard.text == word]
                if len(found) >= times:
                    return found[times - 1]
                await asyncio.sleep(0.01)

    async def comes(self, kind: type[Event], within: float = 60.0) -> None:
        """Wait for the next event of a kind."""
        came = asyncio.Event()
        self._awaited.append((kind, came))
        async with asyncio.timeout(within):
            await came.wait()

    async def is_over(self, within: float = 120.0) -> None:
        """Wait until nobody has said anything for two seconds and nothing is to come."""
        async with asyncio.timeout(within):
            quiet_since = _now()
            while _now() < quiet_since + 2.0:
                await asyncio.sleep(0.1)
                if self._is_busy():
                    quiet_since = _now()

    async def leave(self) -> None:
        """End the session, as the bot does when it leaves."""
        self._running.cancel()
        await asyncio.wait({self._running})

    def does(self, at: float, act: Callable[[], object]) -> None:
        """Have something done at a time."""

        async def later() -> None:
            await self.until(at)
            act()

        self.plays(later())

    def plays(self, part: Coroutine[Any, Any, object]) -> "asyncio.Task[object]":
        """Have something done beside; what is not done at the end is cancelled."""
        task = self._group.create_task(part)
        self._stage.append(task)
        return task

    def dispatches(self, at: float, make: Callable[[float], Event]) -> None:
        """Have an event of the room come in; `make` takes the time."""
        self.does(at, lambda: self.session.dispatch(make(_now())))

    def types(self, text: str, at: float) -> None:
        """The person types a message."""
        self.dispatches(at, lambda now: events.TextReceived(now, IDENTITY, text))

    def person_goes(self, at: float, for_: float) -> None:
        """The person is away for a moment."""
        self.person.mutes(at, for_)
        self.dispatches(at, lambda now: events.PersonAway(now, IDENTITY))
        self.dispatches(at + for_, lambda now: events.PersonBack(now, IDENTITY))

    def person_leaves(self, at: float, grace: float) -> None:
        """The person goes and does not come back."""
        self.person.mutes(at, float("inf"))
        self.dispatches(at, lambda now: events.PersonAway(now, IDENTITY))
        self.dispatches(at + grace, lambda now: events.PersonLeft(now, IDENTITY))

    def room_is_lost(self, at: float, for_: float) -> None:
        """The connection to the room breaks, and is restored."""
        self.person.mutes(at + 0.8, for_ - 0.8)  # the microphone notices after a while
        self.person.stalls(at, 0.8)
        self.dispatches(at, events.ConnectionLost)
        self.dispatches(at + for_, events.ConnectionRestored)

    # --- what came of it ---

    @property
    def heard(self) -> list[HeardWord]:
        """Every word that was audible, once for each time it began."""
        return self._reader.read(self.room.played)

    @property
    def heard_text(self) -> str:
        """The words of which enough was audible to be understood, each once."""
        return " ".join(word for word, sure in self._understood() if sure)

    @property
    def history(self) -> list[tuple[str, str]]:
        """The conversation as (role, text)."""
        return [(message.role, message.text) for message in self.session.history]

    @property
    def bot_text(self) -> str:
        """All that the history says of the bot."""
        return " ".join(text for role, text in self.history if role == "assistant")

    @property
    def person_text(self) -> str:
        """All that the history says of the person."""
        return " ".join(text for role, text in self.history if role == "user")

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """The messages of each request to the model."""
        return [request.said for request in self.brain.requests]

    def check_history(self) -> None:
        """What the history says of the bot is what the room heard, to the word, and nothing was heard twice."""
        told = [word.strip(",;:") for word in self.bot_text.split()]
        reached = {0}  # how many of the told words the heard ones may be by now
        for word, is_sure in self._understood():
            follow = {place + 1 for place in reached if told[place : place + 1] == [word.strip(",;:")]}
            before, reached = reached, follow if is_sure else follow | reached
            assert reached, f"{word!r} was heard, and the history goes on with {told[max(before) :][:3]}"
        assert len(told) in reached, f"the history says {told[max(reached) :]}, which nobody heard"

    def loudness_between(self, start: float, end: float) -> int:
        """The largest sample that was played."""
        frames = self.room.played[round(start * 100) : round(end * 100)]
        return max((int(abs(frame).max()) for frame in frames), default=0)

    @property
    def timeline(self) -> str:
        """Everything in its order, for a reader."""
        return timeline(self._notes, self.heard, self.session.history)

    def _is_busy(self) -> bool:
        state = self.session.state
        has_floor = state.floor is not Floor.SILENT or bool(state.turn.text) or self.person.is_speaking
        return has_floor or bool(state.on_air or state.next or state.sayings)

    def _understood(self) -> list[tuple[str, bool]]:
        """Words of which about enough was audible, in order, and whether there is no doubt about it."""
        shares: dict[int, float] = {}
        for word in self.heard:
            shares[word.number] = max(shares.get(word.number, 0.0), word.share)
        understood: list[tuple[str, bool]] = []
        for number, share in shares.items():
            text = self.mouth.words[number]
            border = BORDER / duration_of(text)
            if share >= HEARD_FRACTION - border:
                understood.append((text, share >= HEARD_FRACTION + border))
        return understood

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        for kind, came in self._awaited:
            if isinstance(event, kind):
                came.set()
        if isinstance(event, ReplyEnded):
            self.ended.append(event)
        if commands or not isinstance(event, AudioSeen | Tick):
            ordered = "".join(f"\n{'':14}-> {brief(command)}" for command in commands)
            self._notes.append((_now(), f"{brief(event)}{ordered}"))


def _now() -> float:
    return asyncio.get_running_loop().time()

"""The language of a scene: what happens in it, and what is waited for."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pipeline import events
from pipeline.events import Event
from pipeline.speech_handles import SpeechOutcome
from pipeline.testing import virtual_loop
from pipeline.testing.clock import seconds
from pipeline.testing.errors import SceneError, SceneFailed
from pipeline.testing.from_journal import written
from pipeline.testing.runner import SceneRunner
from pipeline.testing.scripted_stt import ScriptedTranscriber
from pipeline.turn.caller import Floor
from pipeline.turn.words import folded

if TYPE_CHECKING:
    from pipeline.testing.caller import SimulatedCaller

QUIET = 2.0
"""Seconds without anything being said or to come, after which a scene is over."""

LOOK = 0.25
"""Seconds between looks at whether it is, and at what a voice of one's own has said."""

T = TypeVar("T")


class Scene(SceneRunner):
    """A bot, a person, and a room between them. See the package for how to write one.

    Either write down what happens and `run` it, or play it in a coroutine: entering it begins at second 0, with the bot
    in the room and the person there, and leaving it ends the session. What fails inside gets the timeline with its
    error. What breaks the session is raised at the end.
    """

    recorded_history: Sequence[tuple[str, str]] = ()
    """Of a scene that was made from a journal: the conversation as it was then."""

    @classmethod
    def from_journal(cls, path: Path | str, *, session: int = -1, **options: Any) -> Self:
        """Make a scene of a recorded conversation, to see what the bot decides now.

        See `pipeline.testing.from_journal`. `options` are those of a scene; without a policy it is the recorded one.
        """
        return written(cls, Path(path), session, options)

    def run(self, until: float | None = None, *, within: float = 3600.0, real_time: bool = False) -> Self:
        """Play the scene until it is over, or until a second of it, on virtual time or on the real one."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass  # none runs; what fails below must not be chained to this
        else:
            raise SceneError("an event loop runs already: use `async with scene:` and `await scene.is_over()` in it")
        (asyncio.run if real_time else virtual_loop.run)(self._played(until, within))
        return self

    async def _played(self, until: float | None, within: float) -> None:
        async with self:
            await (self.is_over(within) if until is None else self.until(seconds(until, "until")))

    # --- what happens ---

    def does(self, at: float, act: Callable[[], object]) -> None:
        """Have something done at a time."""
        self._script.does(self._clock.moment(at, "does"), act)

    def plays(self, part: Coroutine[Any, Any, object]) -> "asyncio.Task[object]":
        """Have something done beside; what is not done at the end is cancelled."""
        return self._script.play(part)

    def when_heard(self, word: str, act: Callable[[], object], *, times: int = 1) -> None:
        """Have something done in the moment in which a word of the bot's begins to be heard, for the n-th time."""

        async def then() -> None:
            await self.hears(word, times=times)
            act()

        self._script.write(then)

    def converse(self, caller: "SimulatedCaller") -> None:
        """Let a simulated caller hold a conversation; the scene is not over before it is."""
        self._script.write(lambda: caller.converse(self))

    def dispatches(self, at: float, make: Callable[[float], Event]) -> None:
        """Have an event of the room come in; `make` takes the event loop's time."""
        self.does(at, lambda: self._deliver(make(self._clock.loop.time())))

    def closes(self, at: float) -> None:
        """The room is closed: the end of a `VoiceBot` that is in it."""
        self.does(at, self._play.close)

    def room_is_lost(self, at: float, for_: float) -> None:
        """The connection to the room breaks, and is restored."""
        self.person.mutes(at + 0.8, max(0.0, for_ - 0.8))  # the microphone notices after a while
        self.person.stalls(at, 0.8)
        self.dispatches(at, events.ConnectionLost)
        self.dispatches(at + for_, events.ConnectionRestored)

    # --- what the program says ---

    async def say(self, text: str, *, interruptible: bool = True) -> SpeechOutcome:
        """Have the bot speak a text, as `VoiceBot.say`; returns what was heard of it and whether it was cut."""
        return await self.session.requests.say(text, is_interruptible=interruptible)

    async def generate_reply(self, instructions: str = "", *, interruptible: bool = True) -> SpeechOutcome:
        """Have the language model speak without waiting for the person, as `VoiceBot.generate_reply`."""
        return await self.session.requests.generate_reply(instructions, is_interruptible=interruptible)

    # --- what is waited for ---

    async def until(self, at: float) -> None:
        """Let the time pass."""
        await self._clock.until(at)

    async def pauses(self, duration: float) -> None:
        """Let so much time pass."""
        await self._clock.until(self._clock.now + seconds(duration, "pauses"))

    async def hears(self, word: str, *, times: int = 1, within: float = 60.0) -> float:
        """Wait until a word of the bot's has begun to be audible, for the n-th time; returns when it began."""
        wanted = folded(word) or word
        give_up_at = self._clock.now + within
        while True:
            found = [heard.at for heard in self.heard if (folded(heard.text) or heard.text) == wanted]
            if len(found) >= times:
                return found[times - 1]
            try:
                async with asyncio.timeout_at(self._clock.loop_time(give_up_at)):
                    await (self.room.goes_on() if self._reader is not None else asyncio.sleep(LOOK / 5))
            except TimeoutError:
                raise SceneFailed(
                    f"{word!r} was not heard {times} times within {within:g} s. The room heard: {self.heard_text!r}"
                ) from None

    async def comes(self, kind: type[Event], within: float = 60.0) -> None:
        """Wait for the next event of a kind."""
        before = len(self._steps)
        await self._when(
            lambda: any(isinstance(step.event, kind) for step in self._steps[before:]),
            within,
            f"no {kind.__name__} came",
        )

    async def answer(self, after: float, within: float = 30.0) -> str:
        """Wait until the bot has said something that it began after a time, and leaves the floor; returns what."""
        begun_at = self._clock.loop_time(after)

        def said() -> str:
            state = self.session.state
            if self._is_bot_busy() or state.turn.text:
                return ""
            history = [message for message in state.history if message.at > begun_at and message.role == "assistant"]
            return " ".join(message.text for message in history)

        return await self._when(said, within, "the bot said nothing")

    async def is_over(self, within: float = 600.0) -> None:
        """Wait until nobody has said anything for two seconds and nothing is to come."""
        give_up_at = self._clock.now + within
        quiet_since = self._clock.now
        while self._clock.now < quiet_since + QUIET:
            await self._clock.until(max(self._clock.now + LOOK, self._microphone.sounds_until))
            if self._is_busy():
                quiet_since = self._clock.now
                if quiet_since > give_up_at:
                    raise SceneFailed(f"the scene is not over after {within:g} s; its state: {self.session.state}")

    async def _when(self, holds: Callable[[], T], within: float, otherwise: str) -> T:
        """Return the result of `holds` as soon as it is true; it is called after each event but windows of audio."""
        try:
            async with asyncio.timeout(within):
                while not (found := holds()):
                    self._stepped.clear()
                    await self._stepped.wait()
                return found
        except TimeoutError:
            raise SceneFailed(f"{otherwise} within {within:g} s") from None

    def _is_busy(self) -> bool:
        state = self.session.state
        is_person_busy = state.floor is not Floor.SILENT or bool(state.turn.text) or self.person.is_speaking
        return is_person_busy or self._is_bot_busy() or not self._script.is_done

    def _is_bot_busy(self) -> bool:
        state = self.session.state
        return bool(state.on_air or state.pending_reply or state.speech_queue or state.tools.calls)

    # --- for the person ---

    def hears_words(self) -> bool:
        """Whether the bot's transcriber knows the script's words."""
        return self._providers.stt is None or isinstance(self._providers.stt, ScriptedTranscriber)

    def expects_bot_at(self, at: float, text: str) -> None:
        """The scene fails when the bot does not speak at a time at which the person interrupts it."""

        def check() -> None:
            reply = self.session.state.on_air
            if reply is None or not reply.has_started:
                spoke = ", ".join(f"{word.text} at {word.at:.2f}" for word in self.heard) or "not at all"
                raise SceneFailed(f"interrupts({text!r}) at {at:g} s: the bot does not speak then. It spoke: {spoke}")

        self.does(at, check)

"""The embedding API: a bot in a room as an async context manager."""

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Self, Unpack

from bot.assembly.assemble import assemble
from bot.assembly.room_port import SceneHost
from bot.bot_in_room import BotInRoom
from bot.bot_run import BotRun
from bot.conversation import Conversation
from bot.conversation_record import ConversationRecord
from bot.event_feed import BotEvent
from bot.hooks.bot_hooks import BotHooks
from bot.hooks.shutdown import ShutdownHook
from bot.room import GRACE_DELAY, Room
from bot.settings.keywords import AUTO, resolve_arguments
from bot.settings.program_keywords import ProgramKeywords
from bot.settings.settings import Settings
from bot.telemetry.cost import Cost
from pipeline.commands import AgentState
from pipeline.errors import VoiceBotError
from pipeline.messages import Message
from pipeline.metrics import Metrics
from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.recording.recorder import Recorder
from pipeline.turn.policy import Policy
from pipeline.usage import ServiceUsage
from vad.protocol import VoiceActivityDetector


class VoiceBot(Conversation, BotInRoom):
    """A bot in one room, from entering the `async with` block to leaving it.

    Entering returns when the bot has joined and publishes its voice; it raises RoomError when that fails. When the room
    ends, `events()` ends, and calls that wait for a person raise RoomClosed. When the bot breaks, the block is
    cancelled and leaving it raises what broke: a dead bot is never mistaken for a silent one.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        room: str | Room | SceneHost | None = None,
        stt: str | Sequence[str] | Transcriber | None = AUTO,
        llm: str | Sequence[str] | LanguageModel | None = AUTO,
        tts: str | Sequence[str] | Synthesizer | None = AUTO,
        vad: VoiceActivityDetector | None = None,
        policy: Policy | None = None,
        history: Iterable[Message] = (),
        answers: bool = True,
        grace_delay: float = GRACE_DELAY,
        **keywords: Unpack[ProgramKeywords],
    ) -> None:
        """Take `settings`, or keywords with the meaning of the flags; the environment fills in what is left open.

        `room`: the name of a room to join, or an `rtc.Room` that is connected, which stays so, or a scene of
        `pipeline.testing`. `stt`, `llm`, `tts`: a name as for the flag, names that take over from each other, an object
        of your own (see `pipeline.ports`), which stays yours to close, or None. `tools`: functions with `@tool`, and
        names of built-in ones. `agent`: who begins, instead of instructions, greeting and tools. `policy`: the tuning
        of turn-taking. `history`: the messages of a conversation that goes on here. `answers`: with False, or without a
        language model, the bot speaks only on request. `grace_delay`: seconds for which the linked person may be gone
        before another one is linked.

        Raises SettingsError with every fault.
        """
        self._parts = resolve_arguments(settings, room, stt, llm, tts, keywords)
        record = ConversationRecord()
        self._hooks = BotHooks(self._parts.hooks, self._parts.metadata, lambda: self.metrics)
        run = BotRun(
            partial(
                assemble,
                self._parts,
                vad=vad,
                policy=policy,
                history=tuple(history),
                answers=answers,
                grace_delay=grace_delay,
                observers=[record.observe, self._hooks.observe],
                meter=record.meter,
            ),
            hooks=self._hooks,
            on_ended=self._ended,
            settings=self._parts.settings,
        )
        super().__init__(run, record)

    async def __aenter__(self) -> Self:
        await self._run.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._run.leave(error)

    # --- how things stand ---

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard; when the person has left, until the next one's begins."""
        return self._session.history

    @property
    def message_number(self) -> int:
        """The number of the last message, counted over all conversations of this bot."""
        return self._session.state.message_number

    @property
    def metrics(self) -> Metrics:
        """The figures of the conversation until now."""
        return self._record.meter.metrics

    @property
    def usage(self) -> tuple[ServiceUsage, ...]:
        """What the providers were used for until now, drafts and retries included."""
        return self._run.parts.usage.meter.usage

    @property
    def cost(self) -> Cost | None:
        """What that costs by the price file; None without one (`prices`)."""
        return self._run.parts.usage.cost

    @property
    def agent_state(self) -> AgentState:
        """The state that frontends show."""
        return self._session.agent_state

    def events(self) -> AsyncIterator[BotEvent]:
        """Iterate over how things stand (Joined, PersonLinked ...) and then over what happens, until the room ends.

        All but the windows of audio, 31 a second; a MessageAdded for each message that enters the history, and an
        AnswerMeasured for each answer that is heard.
        """
        return self._record.feed.read()

    @property
    def recorder(self) -> Recorder:
        """What records the call: pause, resume, stop. Raises VoiceBotError for a bot that records nothing."""
        if (recorder := self._run.parts.recorder) is None:
            raise VoiceBotError("this bot records nothing: make it with VoiceBot(record=FOLDER)")
        return recorder

    # --- the end ---

    def on_shutdown(self, hook: ShutdownHook) -> None:
        """Have `hook(reason)` called when the bot comes to its end, whatever ends it, and awaited if it asks for that.

        The room has been left by then. All hooks together have 5 seconds. A SIGTERM for which your program has no
        handler of its own cancels the block, and comes here, too.
        """
        self._hooks.shutdown.add(hook)

    async def wait_closed(self) -> None:
        """Return when the room has ended; raises what broke the bot."""
        await self._run.wait_closed()

    def _ended(self) -> None:
        self._run.parts.usage.report()  # before the feed's end
        self._record.feed.close()

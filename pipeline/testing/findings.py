"""The results of a scene: what the room heard, what was said, asked of the model and shown, and how fast."""

import json

from pipeline.commands import CallTool, Command
from pipeline.events import AudioSeen, Event, ReplyEnded, Tick
from pipeline.metrics import Meter, Metrics
from pipeline.session import Session
from pipeline.testing.clock import Clock
from pipeline.testing.errors import NOT_BEGUN, SceneError
from pipeline.testing.person import Person
from pipeline.testing.record import CaptionRecord, ShownCaption, Step, ending, timeline
from pipeline.testing.requests import Request
from pipeline.testing.room_queue import RoomQueue
from pipeline.testing.scripted_tools import CalledTool
from pipeline.testing.scripted_tts import ScriptedSynthesizer
from pipeline.testing.word_reader import PlayedWord, WordReader, understood
from pipeline.turn.state import State


class Findings:
    """Known from the first second on, and after the end. All times are seconds of the scene."""

    def __init__(self, clock: Clock, person: Person, room: RoomQueue, voice: ScriptedSynthesizer | None) -> None:
        self.person = person
        """The person who talks with the bot."""
        self.room = room
        """The room's audio queue, which plays the bot's voice."""
        self.requests: list[Request] = []
        """Each to the language model."""
        self.agent_states: list[tuple[float, str]] = []
        """The states that frontends were shown, and when."""
        self.ended: list[ReplyEnded] = []
        """The end of each reply that was heard."""
        self._clock = clock
        self._captions = CaptionRecord(clock)
        self._steps: list[Step] = []
        self._reader = WordReader(room, voice) if voice is not None else None
        self._session: Session | None = None
        self._is_told = False  # the timeline was reported with a failure

    @property
    def session(self) -> Session:
        """The conversation itself."""
        self.check_has_begun()
        assert self._session is not None
        return self._session

    def check_has_begun(self) -> None:
        """Raises SceneError when nothing has happened yet."""
        if self._session is None:
            raise SceneError(NOT_BEGUN)

    @property
    def heard(self) -> list[PlayedWord]:
        """Every word that was audible, once for each time it began.

        A voice of your own is not read back from its sound: its words are taken from the bot's captions.
        """
        return self._reader.read() if self._reader is not None else self._captioned()

    @property
    def heard_text(self) -> str:
        """The words of which enough was audible to be understood, each once."""
        return " ".join(word for word, sure in understood(self.heard) if sure)

    @property
    def captions(self) -> list[ShownCaption]:
        """Each update of what both sides say, as text in the room."""
        return self._captions.shown

    @property
    def history(self) -> list[tuple[str, str]]:
        """The conversation as (role, text); of a tool the text is its result."""
        return [(message.role, message.text) for message in self.session.history]

    @property
    def called(self) -> list[CalledTool]:
        """The calls of tools that were made, in their order."""
        return [
            CalledTool(step.at, it.request.name, json.loads(it.request.arguments))
            for step in self._steps
            for it in step.commands
            if isinstance(it, CallTool)
        ]

    @property
    def bot_text(self) -> str:
        """All that the history says of the bot."""
        return " ".join(text for role, text in self.history if role == "assistant")

    @property
    def person_text(self) -> str:
        """All that the history says of the person."""
        return " ".join(text for role, text in self.history if role == "user")

    @property
    def events(self) -> list[Event]:
        """All that happened, but the windows of audio of which nothing followed; their times are the event loop's."""
        return [step.event for step in self._steps]

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """The messages of each request to the model."""
        return [request.said for request in self.requests]

    @property
    def metrics(self) -> Metrics:
        """The bot's own, as its embedding program has them."""
        meter = Meter()
        for step in self._steps:
            meter.add(step.event, step.commands)
        return meter.metrics

    @property
    def answer_delays(self) -> list[float]:
        """Of each answer: from the end of what the person last said or typed to the bot's first sound."""
        delays = list[float]()
        for answer in self.metrics.latencies:
            if answer.voice_to_voice_delay is not None:
                began_at = self._clock.scene_time(answer.asked_at + answer.voice_to_voice_delay)
                delays.append(began_at - max((at for at in self.person.asked if at <= began_at), default=began_at))
        return delays

    def loudness_between(self, start: float, end: float) -> int:
        """The largest sample that the room heard, to 32767."""
        frame = self.room.frame
        played = self.room.between(round(start * 100) * frame, round(end * 100) * frame)
        return int(abs(played.astype(int)).max()) if len(played) else 0

    @property
    def timeline(self) -> str:
        """Everything in its order, for a reader."""
        if self._session is None:
            return "timeline: the scene has not begun"
        return timeline(self._steps, self.heard, self.session.history)

    def _tell(self, failure: BaseException) -> None:
        """Have the failure show what happened, once."""
        if not self._is_told:
            self._is_told = True
            failure.add_note(ending(self.timeline))

    @property
    def untold_timeline(self) -> str | None:
        """The end of the timeline, unless a failure shows it, or there is none."""
        return None if self._is_told or self._session is None else ending(self.timeline)

    def _captioned(self) -> list[PlayedWord]:
        words, shown = list[PlayedWord](), dict[str, int]()
        for caption in self._captions.shown:
            if caption.speaker == "bot":
                shown_words, before = caption.text.split(), shown.get(caption.segment_id, 0)
                words += [
                    PlayedWord(word, len(words) + n, caption.at, 1.0, False)
                    for n, word in enumerate(shown_words[before:])
                ]
                shown[caption.segment_id] = len(shown_words)
        return words

    def _observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        if isinstance(event, ReplyEnded):
            self.ended.append(event)
        if commands or not isinstance(event, AudioSeen | Tick):
            self._steps.append(Step(self._clock.now, event, commands))

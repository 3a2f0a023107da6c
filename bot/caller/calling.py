"""A whole call by the command's settings: prepare what is to be said, join, ask, record, and tell how it went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.caller.call import Call, NotReady, Patience
from bot.caller.call_items import CallItem
from bot.caller.caller import RoomCaller
from bot.caller.outcome import CallLine, CallOutcome, CallTurn, Failure
from bot.caller.report import lines_of, turn_lines
from bot.caller.settings import CallSettings
from bot.caller.speech import spoken
from bot.caller.stereo_recording import both_voices
from bot.process.exit_codes import ExitCode
from bot.process.progress import progress_lines
from bot.providers.factory import make_synthesizer
from pipeline.errors import RoomError
from pipeline.wav import WavSound, read_sound, save_call

Tell = Callable[[str], None]
Show = Callable[[Sequence[str]], None]

ANSWER_INTERVAL = 10.0
"""Seconds between two progress lines while a question is asked and answered."""


@dataclass(frozen=True)
class Question:
    """Something to be said to the bot."""

    name: str
    """The file's, or the text."""
    sound: WavSound


async def prepare(wishes: Sequence[CallItem], settings: CallSettings) -> list[Question]:
    """Read the files and speak the texts, before anybody waits for them. Raises WavError or ProviderError."""
    sounds = {wish: read_sound(wish.path) for wish in wishes if wish.path is not None}
    texts = [wish for wish in wishes if wish.path is None]
    if texts:
        synthesizer = make_synthesizer(settings.voice)
        assert synthesizer is not None
        try:
            for wish in texts:
                sounds[wish] = await spoken(synthesizer, wish.text)
        finally:
            await synthesizer.aclose()
    return [Question(wish.name, sounds[wish]) for wish in wishes]


async def make_call(
    questions: Sequence[Question],
    settings: CallSettings,
    patience: Patience,
    record: Path | None,
    tell: Tell,
    show: Show,
) -> CallOutcome:
    """Join and ask, until all is answered or something is not; what goes wrong is part of the outcome.

    `tell` is given how it goes, `show` the lines of what was said, turn by turn. `record` gets the caller's voice on
    the left and the bot's on the right, also of a call that breaks off; raises WavError when it cannot be written.
    """
    caller = RoomCaller(settings.url, settings.token, identity=settings.identity)
    call = Call(caller, patience)
    before: tuple[CallLine, ...] = ()
    turns: list[CallTurn] = []
    failure = recorded = None
    try:
        async with caller:
            tell(f"in the room {settings.room!r} as {settings.identity!r}, waiting for the bot to listen")
            for question in questions:
                with progress_lines("waiting for the bot to listen", write=tell):
                    await call.bot_listens()
                if not turns:
                    before = call.news()
                    show(lines_of(before))
                tell(f"asking {question.name!r}, {question.sound.duration:.1f} s")
                with progress_lines("listening", ANSWER_INTERVAL, tell):
                    turns.append(turn := await call.ask(question.name, question.sound))
                show(turn_lines(turn))
                if not turn.is_answered:
                    break
    except NotReady as error:
        failure = Failure(ExitCode.NOBODY, str(error))
    except RoomError as error:
        failure = Failure(ExitCode.ROOM, str(error))
    finally:
        if record is not None and (call.asked or caller.recording.frames):
            save_call(record, *both_voices(call.asked, caller.recording), caller.recording.rate)
            recorded = record
    return CallOutcome(settings.room, settings.identity, caller.heard_identity, before, tuple(turns), failure, recorded)

"""A whole call of the command: prepares the questions, joins, asks, records and returns the outcome."""

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

Report = Callable[[str], None]
Show = Callable[[Sequence[str]], None]

ANSWER_INTERVAL = 10.0
"""Seconds between two progress lines while a question is asked and answered."""


@dataclass(frozen=True)
class Question:
    """A question as sound."""

    name: str
    """The path of the file, or the text."""
    sound: WavSound


async def prepare(items: Sequence[CallItem], settings: CallSettings) -> list[Question]:
    """Read the files and synthesize the texts before the call begins. Raises WavError or ProviderError."""
    sounds = {item: read_sound(item.path) for item in items if item.path is not None}
    texts = [item for item in items if item.path is None]
    if texts:
        synthesizer = make_synthesizer(settings.voice)
        assert synthesizer is not None
        try:
            for item in texts:
                sounds[item] = await spoken(synthesizer, item.text)
        finally:
            await synthesizer.aclose()
    return [Question(item.name, sounds[item]) for item in items]


async def make_call(
    questions: Sequence[Question],
    settings: CallSettings,
    patience: Patience,
    record: Path | None,
    report: Report,
    show: Show,
) -> CallOutcome:
    """Join and ask until all questions are answered, or one is not; failures are part of the outcome.

    `report` gets lines of progress, `show` the transcript turn by turn. `record` is written with the caller's voice on
    the left channel and the bot's on the right, also when the call breaks off. Raises WavError when that fails.
    """
    caller = RoomCaller(settings.url, settings.token, identity=settings.identity)
    call = Call(caller, patience)
    before: tuple[CallLine, ...] = ()
    turns: list[CallTurn] = []
    failure = recorded = None
    try:
        async with caller:
            report(f"in the room {settings.room!r} as {settings.identity!r}, waiting for the bot to listen")
            for question in questions:
                with progress_lines("waiting for the bot to listen", write=report):
                    await call.bot_listens()
                if not turns:
                    before = call.new_lines()
                    show(lines_of(before))
                report(f"asking {question.name!r}, {question.sound.duration:.1f} s")
                with progress_lines("listening", ANSWER_INTERVAL, report):
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

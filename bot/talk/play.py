"""A talk without a browser: a caller joins, plays a recording, and records the answer."""

from collections.abc import Callable

from bot.caller.call import Call, Patience
from bot.caller.caller import RoomCaller
from bot.caller.outcome import CallTurn
from bot.process.progress import progress_lines
from bot.room.token import person_token
from bot.settings.settings import ServerAccess
from pipeline.wav import WavSound

ANSWER_INTERVAL = 10.0
"""Seconds between two progress lines while a question is asked and answered."""


async def ask(
    server: ServerAccess,
    room: str,
    person: str,
    question: WavSound,
    patience: Patience,
    *,
    check: Callable[[], None],
    say: Callable[[str], None],
) -> CallTurn:
    """Play a question to the bot in `room`, and record until it has answered and fallen silent.

    `check` is called all the time; an exception that it raises ends the talk. `say` is called with lines of progress.
    Raises NotReady and RoomError.
    """
    token = person_token(
        api_key=server.api_key.reveal(), api_secret=server.api_secret.reveal(), room=room, identity=person
    )
    async with RoomCaller(server.url, token, identity=person) as caller:
        call = Call(caller, patience, check)
        with progress_lines("waiting for the bot to listen", write=say):
            await call.bot_listens()
        call.new_lines()  # a greeting does not belong to the answer
        say(f"the bot listens; playing {question.duration:.1f} s, then recording its answer")
        with progress_lines("listening", ANSWER_INTERVAL, say):
            return await call.ask("the question", question)

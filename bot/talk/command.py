"""Runs `python -m bot talk` after its arguments are read, and turns each end into an exit code."""

import asyncio
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

from bot.process.exit_codes import ExitCode
from bot.process.interruption import STOPPED, raise_on_request
from bot.process.listening_port import listening_socket
from bot.settings.describe import files_in
from bot.settings.settings import ServerAccess
from bot.talk.arguments import TalkArguments
from bot.talk.bot_process import BotEnded, BotProcess
from bot.talk.output import say
from bot.talk.server import ServerMissing, open_server
from bot.talk.settings import Talk, prepare
from bot.web import livekit_client
from bot.web.npm_file import FileMissing
from bot.web.server import Invitation, open_page
from pipeline.errors import RoomError, SettingsError
from pipeline.providers.local.probe import find_local_model
from pipeline.wav import WavError, WavSound, read_sound

FAILED, USAGE = 1, 2

POLL_DELAY = 0.1
"""Seconds between two checks of the bot's process."""


def run(arguments: TalkArguments) -> int:
    """Serve the page until Ctrl-C or the bot's end, or play the recording; return the exit code."""
    raise_on_request()
    try:
        question = read_sound(arguments.play) if arguments.play else None
        say(files_in(Path.cwd()))
        talk = prepare(arguments, lambda: asyncio.run(find_local_model()))
        for note in talk.choice.notes if arguments.bot else ():
            say(note)
        if question is not None:
            return _play(arguments, talk, question)
        return _serve(arguments, talk)
    except KeyboardInterrupt:
        say(STOPPED)
        return ExitCode.STOPPED
    except BotEnded as ended:
        say(str(ended))
        return ended.code or FAILED
    except (SettingsError, WavError) as fault:
        say(str(fault))
        return USAGE
    except FileMissing as failure:
        say(f"{failure}\nWithout it there is no page; python -m bot talk --play QUESTION.wav works without.")
    except (ServerMissing, OSError) as failure:
        say(str(failure))
    return FAILED


def _serve(arguments: TalkArguments, talk: Talk) -> int:
    """Serve the page until Ctrl-C or the bot's end."""
    with closing(listening_socket(arguments.port)) as bound:
        client = livekit_client.get(say)
        return _serve_on(bound, client, arguments, talk)


def _serve_on(bound: socket.socket, client: Path, arguments: TalkArguments, talk: Talk) -> int:
    async def serve(invitation: Invitation, bot: BotProcess | None) -> None:
        async with open_page(invitation, client, bound) as address:
            say(f"open {address} to talk in the room {invitation.room!r}; Ctrl-C ends it")
            if arguments.browser and _has_screen():
                # a daemon: some openers return only when the browser is closed
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            while True:
                if bot is not None:
                    bot.check()
                await asyncio.sleep(POLL_DELAY)

    with (
        open_server(talk.server, arguments.server_program, say) as server,
        _bot(talk, server) if arguments.bot else nullcontext() as bot,
    ):
        notes = talk.choice.notes if arguments.bot else ()
        try:
            asyncio.run(serve(Invitation(server, talk.room, talk.person, notes), bot))
        except KeyboardInterrupt:
            pass
        except BotEnded as ended:
            if ended.code != ExitCode.OK:
                raise
            say("the room has ended, and the bot with it")
    return 0


def _play(arguments: TalkArguments, talk: Talk, question: WavSound) -> int:
    """Play one question and wait for the end of its answer."""
    from bot.caller.call import NotReady, Patience
    from bot.talk.play import ask  # not earlier: it loads the client of the room, which the page does not need
    from bot.talk.report import print_latencies, report

    patience = Patience()

    with tempfile.TemporaryDirectory(prefix="talk-", ignore_cleanup_errors=True) as folder:
        journal = talk.journal or Path(folder) / "journal.jsonl"
        talk = replace(talk, flags=(*talk.flags, "--journal", str(journal)))
        with open_server(talk.server, arguments.server_program, say) as server, _bot(talk, server) as bot:
            say(f"waiting for the bot to listen, to play {arguments.play} to it")
            asking = ask(server, talk.room, talk.person or "caller", question, patience, check=bot.check, say=say)
            try:
                turn = asyncio.run(asking)
            except (NotReady, RoomError) as failure:
                say(str(failure))
                return FAILED
        answered = report(turn, patience, arguments.record)
        print_latencies(journal)
    return 0 if answered else FAILED


def _bot(talk: Talk, server: ServerAccess) -> BotProcess:
    access = {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key.reveal(),
        "LIVEKIT_API_SECRET": server.api_secret.reveal(),
    }
    return BotProcess(talk.flags, {**talk.choice.environment, **access})


def _has_screen() -> bool:
    """Return whether there is a display; without one, `webbrowser` starts a text browser in the terminal."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))

"""Talk with the bot: a LiveKit server, the bot in a room of it, and a page to talk from, or a recording that is played.

scripts/talk makes the environment that this needs, and runs it.
"""

import asyncio
import os
import sys
import tempfile
import threading
import webbrowser
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import livekit_js
from livekit_server import ServerError, ServerInfo, open_server
from talk_arguments import Arguments, parse
from talk_bot import Bot, BotEnded
from talk_settings import Talk, prepare
from talk_web import Invitation, open_page

from bot.caller.interruption import take_requests
from bot.process.exit_codes import ExitCode
from pipeline.errors import RoomError, SettingsError
from pipeline.providers.local.probe import find_local_model
from pipeline.wav import WavError, WavSound, read_sound

FAILED, USAGE = 1, 2

POLL_DELAY = 0.1


def say(line: str) -> None:
    """Tell how it goes, a line on stderr: stdout is for what was said."""
    print(f"talk: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """The command line."""
    take_requests()
    arguments = parse(sys.argv[1:])
    try:
        question = read_sound(arguments.play) if arguments.play else None
        talk = prepare(arguments, lambda: asyncio.run(find_local_model()))
        for note in talk.choice.notes if arguments.bot else ():
            say(note)
        if question is not None:
            return _play(arguments, talk, question)
        return _serve(arguments, talk)
    except KeyboardInterrupt:
        return FAILED if arguments.play else 0
    except BotEnded as ended:
        say(str(ended))
        return ended.code or FAILED
    except (SettingsError, WavError) as fault:
        say(str(fault))
        return USAGE
    except livekit_js.ClientMissing as failure:
        say(f"{failure}\nWithout it there is no page; scripts/talk --play QUESTION.wav needs none.")
    except (ServerError, OSError) as failure:
        say(str(failure))
    return FAILED


def _serve(arguments: Arguments, talk: Talk) -> int:
    """The page, until Ctrl-C or the bot's end."""
    client = livekit_js.get(say)

    async def serve(invitation: Invitation, bot: Bot | None) -> None:
        async with open_page(invitation, client, arguments.port) as address:
            say(f"open {address} to talk in the room {invitation.room!r}; Ctrl-C ends it")
            if arguments.browser and _has_screen():
                # a daemon: some systems' openers come back only when the browser is closed
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            while True:
                if bot is not None:
                    bot.check()
                await asyncio.sleep(POLL_DELAY)

    with open_server() as server, _bot(talk, server) if arguments.bot else nullcontext() as bot:
        notes = talk.choice.notes if arguments.bot else ()
        try:
            asyncio.run(serve(Invitation(server, talk.room, talk.person, notes), bot))
        except BotEnded as ended:
            if ended.code != ExitCode.OK:
                raise
            say("the room has ended, and the bot with it")
    return 0


def _play(arguments: Arguments, talk: Talk, question: WavSound) -> int:
    """One question, to the end of its answer."""
    from talk_play import ask  # not earlier: a page needs no client of the room, which takes its time to load
    from talk_report import print_latencies, report

    from bot.caller.call import NotReady, Patience

    patience = Patience()

    with tempfile.TemporaryDirectory(prefix="talk-", ignore_cleanup_errors=True) as folder:
        journal = talk.journal or Path(folder) / "journal.jsonl"
        talk = replace(talk, flags=(*talk.flags, "--journal", str(journal)))
        with open_server() as server, _bot(talk, server) as bot:
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


def _bot(talk: Talk, server: ServerInfo) -> Bot:
    access = {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
    }
    return Bot(talk.flags, {**talk.choice.environment, **access})


def _has_screen() -> bool:
    """Whether a browser would be seen: without a display, `webbrowser` finds those for the terminal and fills it."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # All that was started has ended but threads of the room's client: one that calls into an interpreter which is being
    # taken down aborts the process.
    os._exit(code)

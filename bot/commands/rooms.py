"""`python -m bot rooms`: list the server's rooms and their participants."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line.flags import add_json, command_parser
from bot.command_line.output import write_json, write_lines
from bot.process.exit_codes import ExitCode
from bot.settings.command_flags import add_settings, given_settings

if TYPE_CHECKING:
    from bot.room.server import OpenRoom
    from bot.settings.settings import ServerAccess

SETTINGS = ("url",)

NO_ROOMS = "the server has no rooms now; joining makes one: python -m bot --room NAME"


def main(argv: Sequence[str]) -> int:
    """Print the rooms; return the exit code."""
    parser = command_parser(
        "rooms",
        "Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
        "Exit codes: 0 listed, 2 settings, 3 the server, 9 stopped before the end.",
    )
    add_json(parser)
    add_settings(parser, SETTINGS)
    arguments = parser.parse_args(argv)

    import asyncio

    from bot.settings.describe import files_in
    from bot.settings.reading import load_server_access
    from pipeline.errors import RoomError, SettingsError

    options = given_settings(arguments, SETTINGS)
    try:
        access = load_server_access(options, environ=os.environ, directory=Path.cwd(), origin="flag")
        rooms = asyncio.run(_rooms(access))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n{files_in(Path.cwd())}\n")
        return ExitCode.SETTINGS
    except RoomError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.ROOM
    if arguments.json:
        write_json([_as_json(room) for room in rooms])
    elif rooms:
        write_lines(room_lines(rooms))
    else:
        sys.stderr.write(f"{NO_ROOMS}\n")
    return ExitCode.OK


async def _rooms(access: "ServerAccess") -> "tuple[OpenRoom, ...]":
    from bot.room.server import Server

    async with Server(access.url, access.api_key.reveal(), access.api_secret.reveal()) as server:
        return await server.rooms()


def room_lines(rooms: "Sequence[OpenRoom]") -> list[str]:
    """Format a line for each room, and below it one for each participant."""
    from pipeline.text.printable import printable

    lines = []
    for room in rooms:
        opened = room.opened_at.astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(f"{printable(room.name)}  (since {opened}{'' if room.occupants else ', it is empty'})")
        width = max((len(printable(who.identity)) for who in room.occupants), default=0)
        for who in room.occupants:
            lines.append(f"  {printable(who.identity):<{width}}  {who.kind.lower():<8}  {_MICROPHONES[who.microphone]}")
    return lines


_MICROPHONES = {"live": "microphone on", "muted": "microphone muted", "none": "no microphone"}


def _as_json(room: "OpenRoom") -> dict[str, object]:
    people = [
        {"identity": who.identity, "name": who.name, "kind": who.kind, "microphone": who.microphone}
        for who in room.occupants
    ]
    return {"room": room.name, "opened_at": room.opened_at.isoformat(), "people": people}

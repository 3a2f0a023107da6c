"""`python -m bot memory`: show what is known of a person from earlier calls, or forget it."""

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
    from bot.memory.store import MemoryStore

SETTINGS = ("memory",)


def main(argv: Sequence[str]) -> int:
    """Show or forget; return the exit code."""
    parser = command_parser(
        "memory",
        "People go by their identity in the room.",
        "Exit codes: 0 done, 2 no memory is named, or it cannot be used.",
    )
    parser.add_argument("action", choices=("show", "forget"), help="what to do")
    parser.add_argument("identity", metavar="IDENTITY", help="identity of the person in the room")
    add_json(parser)
    add_settings(parser, SETTINGS)
    arguments = parser.parse_args(argv)

    import asyncio

    from bot.memory.opening import open_memory
    from bot.memory.store import MemoryStoreError
    from bot.settings.describe import files_in
    from bot.settings.reading import load_memory_path
    from pipeline.errors import SettingsError

    options = given_settings(arguments, SETTINGS)
    act = _forget if arguments.action == "forget" else _show
    try:
        path = load_memory_path(options, environ=os.environ, directory=Path.cwd(), origin="flag")
        asyncio.run(act(open_memory(path), arguments.identity, as_json=arguments.json))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n{files_in(Path.cwd())}\n")
        return ExitCode.SETTINGS
    except MemoryStoreError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.SETTINGS
    return ExitCode.OK


async def _forget(store: "MemoryStore", identity: str, *, as_json: bool) -> None:
    is_forgotten = await store.forget(identity)
    if as_json:
        write_json({"identity": identity, "forgotten": is_forgotten})
    else:
        write_lines([f"{identity} is forgotten" if is_forgotten else f"nothing was known of {identity}"])


async def _show(store: "MemoryStore", identity: str, *, as_json: bool) -> None:
    from bot.memory.encoding import as_fields
    from pipeline.text.record import record_line

    memory = await store.load(identity)
    if as_json:
        write_json(None if memory is None else as_fields(identity, memory))
    elif memory is None:
        write_lines([f"nothing is known of {identity}"])
    else:
        said = [f"  {record_line(message)}" for message in memory.messages]
        summary = memory.summary.splitlines() or ["no summary"]
        write_lines(
            [f"{identity}, last here on {memory.date}", *summary, *(["the last words then:", *said] * bool(said))]
        )

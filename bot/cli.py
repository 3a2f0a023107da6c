"""`python -m bot`: from the command line to an exit code."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from bot.command_line.commands import COMMANDS
from bot.command_line.output import write_text
from bot.process.exit_codes import ExitCode
from bot.settings.arguments import parse_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (without the program's name) begins with; without one, serve a room.

    Returns the exit code, but once the bot has run, ends the process with it: LiveKit's native threads go on calling
    into Python, and one that does so while the interpreter is being taken down aborts the process.
    """
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in COMMANDS:
        command = import_module(f"bot.commands.{argv[0]}")
        return int(command.main(argv[1:]))
    arguments = parse_arguments(argv)
    # Imported only now: --help must not wait for what the rest needs.
    from bot.process.signals import LeaveRequests

    requests = LeaveRequests()
    from bot.settings.reading import missing_providers, read_settings

    reading = read_settings(arguments.options, environ=os.environ, directory=Path.cwd(), origin="flag")
    notes: tuple[str, ...] = ()
    if reading.settings is not None and reading.settings.demo and not arguments.print_config:
        from bot.settings.demo import with_local_model

        environ, notes = with_local_model(reading, os.environ)
        reading = read_settings(arguments.options, environ=environ, directory=Path.cwd(), origin="flag")
    from bot.settings.describe import describe, files_read

    if arguments.print_config:
        write_text(describe(reading))
    faults = reading.faults if arguments.print_config else (*reading.faults, *missing_providers(reading))
    for line in (*reading.warnings, *faults):
        sys.stderr.write(line + "\n")
    if faults and not arguments.print_config:
        sys.stderr.write(files_read(reading.files, reading.directory) + "\n")
    if reading.settings is None or faults:
        return ExitCode.SETTINGS
    if arguments.print_config:
        return ExitCode.OK

    from bot.process.run_command import run

    code = run(reading.settings, requests, notes)
    sys.stdout.flush()
    os._exit(code)

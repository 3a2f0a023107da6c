"""A worker in a program of one's own: `run(entry)`."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot.worker.program import Entry, Prewarm, place_of
from bot.worker.program_places import ProgramPlaces, is_loading
from pipeline.errors import SettingsError


def run(entry: Entry, *, prewarm: Prewarm | None = None, argv: Sequence[str] | None = None) -> NoReturn:
    """Run a worker whose jobs `entry` serves, each in a process of its own, and end this process with it.

    Call it where only the program itself does: if __name__ == "__main__". Both functions stand at the top of their
    module, as the processes import it to find them. `prewarm(process)` is called in each process before it waits for
    its job; what it returns, or gives when it is awaited, is `job.prewarmed`. The flags are those of
    `python -m bot worker`, of the command line or of `argv`. Raises SettingsError for functions that no other process
    can find.
    """
    if is_loading():
        raise SettingsError(
            ['a process of the worker loads this module to find its entry: write if __name__ == "__main__": run(...).']
        )
    places = ProgramPlaces(place_of(entry), place_of(prewarm) if prewarm is not None else "")
    from bot.worker.arguments import parse
    from bot.worker.command import run as run_worker

    code = run_worker(parse(sys.argv[1:] if argv is None else argv, places))
    sys.stderr.flush()
    os._exit(code)  # as `bot.cli.main` does: native threads may still call into Python

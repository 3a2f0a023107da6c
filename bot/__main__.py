"""`python -m bot` and the program `rawbot`."""

import sys

from bot.process.exit_codes import ExitCode
from bot.process.interruption import end_on_request
from bot.process.standard_streams import reserve_stdout


def run() -> int:
    """Run the command line to its exit code; says what to do where a package is missing."""
    serves = not sys.argv[1:] or sys.argv[1].startswith("-")  # no command: a bot, which may leave at any time
    end_on_request(ExitCode.OK if serves else ExitCode.STOPPED)
    reserve_stdout()
    try:
        from bot.cli import main  # only now: a request to end is answered while the rest is imported, too

        return main()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("bot", "pipeline", "vad"):
            raise
        sys.stderr.write(
            f"{error.name} is not installed for {sys.executable}: use the Python of the environment that has this "
            "package (scripts/talk makes one, .venv/bin/python), or install it with pip install -e '.[demo,mcp]'\n"
        )
        return ExitCode.SETTINGS


if __name__ == "__main__":
    raise SystemExit(run())

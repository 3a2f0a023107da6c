"""`python -m bot`."""

import sys

from bot.cli import main
from bot.process.exit_codes import ExitCode

try:
    code = main()
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] in ("bot", "pipeline", "vad"):
        raise
    sys.stderr.write(
        f"{error.name} is not installed for {sys.executable}: use the Python of the environment that has this package "
        "(scripts/talk makes one, .venv/bin/python), or install it with pip install -e '.[demo,mcp]'\n"
    )
    code = ExitCode.SETTINGS
raise SystemExit(code)

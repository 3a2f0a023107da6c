"""`python -m bot doctor`: check whether a call would work, and say what to fix."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line.flags import add_json, command_parser
from bot.command_line.output import write_json, write_lines
from bot.settings.command_flags import add_settings, given_settings

if TYPE_CHECKING:
    from bot.doctor.finding import Finding

SETTINGS = (
    *("url", "language", "demo", "stt", "llm", "summary_llm", "tts", "voice", "temperature", "keyterms", "journal"),
    *("tools", "mcp", "webhooks"),
)

DESCRIPTION = (
    "Takes at most 10 seconds. Opens a test room on the server for a moment, and asks each provider for one word. "
    "Starts each MCP server to list its tools, and looks where webhooks lead; it calls none. "
    "Each line begins with ok, warn or fail."
)

EPILOG = (
    "Exit codes: 0 a call would work; otherwise the code with which a bot would end: 2 settings, 3 server or room, "
    "4 a provider, 1 this machine's installation; 9 stopped before the end."
)


def main(argv: Sequence[str]) -> int:
    """Print the findings and end the process with os._exit: LiveKit's native threads may abort a normal exit."""
    parser = command_parser("doctor", DESCRIPTION, EPILOG)
    add_json(parser)
    add_settings(parser, SETTINGS)
    arguments = parser.parse_args(argv)

    from bot.doctor.finding import Finding, exit_code

    try:
        findings = _examined(given_settings(arguments, SETTINGS))
    except ImportError as error:
        findings = [Finding("packages", "fail", f"{error}: install Rawbot anew")]
    code = exit_code(findings)
    if arguments.json:
        write_json({"ok": not code, "findings": [finding.as_dict() for finding in findings]})
    else:
        write_lines(map(str, findings))
    os._exit(code)


def _examined(options: dict[str, object]) -> "list[Finding]":
    import asyncio

    from bot.doctor.examination import collect, examine
    from bot.process import logs

    situation = collect(options, os.environ, Path.cwd())
    logs.configure("error", secrets=situation.secrets)
    return asyncio.Runner().run(examine(situation))  # not closed: that waits for threads

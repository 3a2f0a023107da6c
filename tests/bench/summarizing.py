"""`python -m bot` with a summary after every few turns, so that there are many to measure in a short talk."""

import sys
from functools import partial

from bot.__main__ import run
from bot.assembly import assemble
from pipeline.turn.policy import Policy

SUMMARY_MESSAGES = 6
"""Messages of the prompt after which a summary is made: three turns."""

if __name__ == "__main__":
    assemble.Policy = partial(Policy, summary_messages=SUMMARY_MESSAGES)  # type: ignore[assignment, attr-defined]
    sys.exit(run())

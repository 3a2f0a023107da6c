"""What a played question came to, for the terminal: stdout has what was said and measured, stderr what to do."""

import sys
from pathlib import Path

from bot.caller.call import Patience
from bot.caller.outcome import CallTurn
from bot.caller.report import advice, turn_lines
from pipeline.journal import read_journal
from pipeline.metrics import Meter
from pipeline.wav import save_sound


def report(turn: CallTurn, patience: Patience, record: Path | None) -> bool:
    """Print the transcript and the latency, write the answer; returns whether there was one, to its end.

    Raises WavError when the answer cannot be written.
    """
    for line in turn_lines(turn):
        print(line)
    for problem in advice(turn, patience):
        print(f"talk: {problem}", file=sys.stderr)
    if record is not None and turn.answer is not None:
        save_sound(record, turn.answer)
        print(f"answer: {record}, {turn.answer.duration:.1f} s")
    elif record is not None:
        print("talk: nothing was recorded", file=sys.stderr)
    return turn.is_answered


def print_latencies(journal: Path) -> None:
    """Print what the bot's journal tells of the talk; nothing when the bot has written none."""
    meter = Meter()
    try:
        for entry in read_journal(journal):
            meter.add(entry.event, entry.commands)
    except (OSError, ValueError) as failure:
        print(f"talk: the journal cannot be read: {failure}", file=sys.stderr)
        return
    print("As the bot itself has measured it:")
    for line in meter.metrics.lines():
        print(line)

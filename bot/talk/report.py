"""Reports a played question: transcript and measurements on stdout, problems on stderr."""

from pathlib import Path

from bot.caller.call import Patience
from bot.caller.outcome import CallTurn
from bot.caller.report import advice, turn_lines
from bot.command_line.output import write_lines
from bot.talk.output import say
from pipeline.journal import read_journal
from pipeline.metrics import Meter
from pipeline.wav import save_sound


def report(turn: CallTurn, patience: Patience, record: Path | None) -> bool:
    """Print the transcript and the latency and write the answer; return whether there was a whole one.

    Raises WavError when the answer cannot be written.
    """
    write_lines(turn_lines(turn))
    for problem in advice(turn, patience):
        say(problem)
    if record is not None and turn.answer is not None:
        save_sound(record, turn.answer)
        write_lines([f"answer: {record}, {turn.answer.duration:.1f} s"])
    elif record is not None:
        say("nothing was recorded: there was no answer")
    return turn.is_answered


def print_latencies(journal: Path) -> None:
    """Print the latencies in the bot's journal."""
    meter = Meter()
    try:
        for entry in read_journal(journal):
            meter.add(entry.event, entry.commands)
    except (OSError, ValueError) as failure:
        say(f"the journal cannot be read: {failure}")
        return
    write_lines(["Measured by the bot itself:", *meter.metrics.lines()])

"""What a played question came to, for the terminal: stdout has what was said and measured, stderr what to do."""

from pathlib import Path

from bot.caller.call import Patience
from bot.caller.outcome import CallTurn
from bot.caller.report import advice, turn_lines
from bot.commands.output import write_lines
from bot.talk.output import say
from pipeline.journal import read_journal
from pipeline.metrics import Meter
from pipeline.wav import save_sound


def report(turn: CallTurn, patience: Patience, record: Path | None) -> bool:
    """Print the transcript and the latency, write the answer; returns whether there was one, to its end.

    Raises WavError when the answer cannot be written.
    """
    write_lines(turn_lines(turn))
    for problem in advice(turn, patience):
        say(problem)
    if record is not None and turn.answer is not None:
        save_sound(record, turn.answer)
        write_lines([f"answer: {record}, {turn.answer.duration:.1f} s"])
    elif record is not None:
        say("nothing was recorded")
    return turn.is_answered


def print_latencies(journal: Path) -> None:
    """Print what the bot's journal tells of the talk; nothing when the bot has written none."""
    meter = Meter()
    try:
        for entry in read_journal(journal):
            meter.add(entry.event, entry.commands)
    except (OSError, ValueError) as failure:
        say(f"the journal cannot be read: {failure}")
        return
    write_lines(["As the bot itself has measured it:", *meter.metrics.lines()])

"""What a played question came to, for the terminal: stdout has what was said and measured, stderr what to do."""

import sys
from pathlib import Path

from talk_play import ANSWER_LIMIT_DELAY, SPEECH_LIMIT_DELAY, Outcome
from wav import save_sound

from pipeline.journal import read_journal
from pipeline.metrics import Meter


def report(outcome: Outcome, record: Path | None) -> bool:
    """Print the transcript and the latency, write the recording; returns whether there was an answer.

    Raises WavError when the recording cannot be written.
    """
    for own, text in outcome.transcript:
        print(f"{'you' if own else 'bot'}: {text}")
    if outcome.answer is None:
        _advise(outcome, record)
        return False
    if outcome.voice_to_voice is None:
        print("voice-to-voice: not measured, the bot spoke before the question had ended")
    else:
        print(
            f"voice-to-voice: {outcome.voice_to_voice * 1000:.0f} ms, the question's last sound to the answer's first"
        )
    if outcome.cut_off:
        print(f"talk: the answer was still going on after {SPEECH_LIMIT_DELAY:.0f} s", file=sys.stderr)
    if record is not None:
        save_sound(record, outcome.answer)
        print(f"answer: {record}, {outcome.answer.duration:.1f} s")
    return True


def print_latencies(journal: Path) -> None:
    """Print what the bot's journal tells of the talk; nothing when the bot has written none."""
    meter = Meter()
    try:
        for entry in read_journal(journal):
            meter.add(entry.event, entry.commands)
    except (OSError, ValueError) as failure:
        print(f"talk: the journal cannot be read: {failure}", file=sys.stderr)
        return
    for line in meter.metrics.lines():
        print(line)


def _advise(outcome: Outcome, record: Path | None) -> None:
    waited = f"no answer within {ANSWER_LIMIT_DELAY:.0f} s"
    if outcome.understood:
        advice = "the bot understood words but said nothing: add --log-level info to see why"
    else:
        advice = (
            "the bot understood no words: is there clear speech in the recording, in the bot's --language? "
            "Add --log-level info to see what it did"
        )
    print(f"talk: {waited}, {advice}{'; nothing was recorded' if record else ''}", file=sys.stderr)

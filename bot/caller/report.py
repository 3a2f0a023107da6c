"""Reports a call, in lines of text and as JSON; times in milliseconds."""

from collections.abc import Iterable

from bot.caller.call import Patience
from bot.caller.outcome import CallLine, CallOutcome, CallTurn, Ending
from pipeline.text.printable import printable


def lines_of(transcript: Iterable[CallLine]) -> list[str]:
    """Format a transcript, a line for each speaker."""
    return [f"{'you' if line.is_caller else 'bot'}: {printable(line.text)}" for line in transcript]


def turn_lines(turn: CallTurn) -> list[str]:
    """Format the transcript of a turn and the delay of its answer."""
    lines = lines_of(turn.transcript)
    if turn.answer is None:
        return lines
    if turn.voice_to_voice is not None:
        delay = f"{turn.voice_to_voice * 1000:.0f} ms, the question's last sound to the answer's first"
    else:
        delay = "not measured, the bot spoke before the question had ended"
    return [*lines, f"voice-to-voice: {delay}"]


def advice(turn: CallTurn, patience: Patience) -> list[str]:
    """List what went wrong in a turn and what to do; empty when nothing did."""
    lines = []
    match turn.ending:
        case Ending.CUT_OFF:
            lines.append(f"the answer was still going on after {patience.speech_delay:g} s")
        case Ending.LEFT:
            when = "before it answered" if turn.answer is None else "during its answer"
            lines.append(f"the bot left {when}: see its log")
        case Ending.SILENT:
            lines.append(f"no answer within {patience.answer_delay:g} s, {_why_silent(turn)}")
    if turn.dropouts:
        lines.append(f"this machine was too busy: the question had {turn.dropouts} gaps; ask again")
    return lines


def _why_silent(turn: CallTurn) -> str:
    if turn.is_understood:
        return "the bot understood words but said nothing: start it with --log-level info to see why"
    return (
        "the bot understood no words: check that the recording has clear speech in the bot's --language, and that the "
        "bot listens to this caller; start it with --log-level info to see what it did"
    )


def summary_lines(outcome: CallOutcome) -> list[str]:
    """Summarize several turns, and name the recording."""
    latencies, lines = outcome.latencies, []
    if latencies is not None and len(outcome.turns) > 1:
        answered = sum(turn.is_answered for turn in outcome.turns)
        lines.append(
            f"{answered} of {len(outcome.turns)} questions answered, voice-to-voice median "
            f"{latencies.median * 1000:.0f} ms, highest {latencies.highest * 1000:.0f} ms"
        )
    if outcome.recording is not None:
        lines.append(f"recording: {outcome.recording}")
    return lines


def problems(outcome: CallOutcome, patience: Patience) -> list[str]:
    """List everything that went wrong and what to do."""
    of_turns = [problem for turn in outcome.turns for problem in advice(turn, patience)]
    return [*of_turns, *([outcome.failure.text] if outcome.failure else [])]


def as_json(outcome: CallOutcome, patience: Patience) -> dict[str, object]:
    """Return the whole call for JSON."""
    latencies = outcome.latencies
    return {
        "room": outcome.room,
        "identity": outcome.identity,
        "bot": outcome.bot,
        "before": [_line(line) for line in outcome.before],
        "turns": [
            {
                "asked": turn.asked,
                "ending": turn.ending.value,
                "transcript": [_line(line) for line in turn.transcript],
                "voice_to_voice_ms": _ms(turn.voice_to_voice),
                "answer_ms": _ms(turn.answer.duration if turn.answer else None),
            }
            for turn in outcome.turns
        ],
        "voice_to_voice_ms": latencies and {"median": _ms(latencies.median), "highest": _ms(latencies.highest)},
        "recording": str(outcome.recording) if outcome.recording else None,
        "problems": problems(outcome, patience),
        "exit_code": int(outcome.code),
    }


def _line(line: CallLine) -> dict[str, str]:
    return {"who": "caller" if line.is_caller else "bot", "text": line.text}


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)

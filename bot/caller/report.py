"""What a call came to, in lines for people and as JSON for programs. Times are told in milliseconds."""

from collections.abc import Iterable

from bot.caller.call import Patience
from bot.caller.outcome import CallLine, CallOutcome, CallTurn, Ending
from pipeline.text.printable import printable


def lines_of(transcript: Iterable[CallLine]) -> list[str]:
    """Who said what."""
    return [f"{'you' if line.is_custom else 'bot'}: {printable(line.text)}" for line in transcript]


def turn_lines(turn: CallTurn) -> list[str]:
    """What was said in a turn, and how fast the answer was."""
    lines = lines_of(turn.transcript)
    if turn.answer is None:
        return lines
    if turn.voice_to_voice is not None:
        fast = f"{turn.voice_to_voice * 1000:.0f} ms, the question's last sound to the answer's first"
    else:
        fast = "not measured, the bot spoke before the question had ended"
    return [*lines, f"voice-to-voice: {fast}"]


def advice(turn: CallTurn, patience: Patience) -> list[str]:
    """What was wrong with a turn, each with what to do; nothing of one as it should be."""
    told = []
    match turn.ending:
        case Ending.CUT_OFF:
            told.append(f"the answer was still going on after {patience.speech_delay:g} s")
        case Ending.LEFT:
            when = "before it answered" if turn.answer is None else "in the middle of its answer"
            told.append(f"the bot left {when}: see its log")
        case Ending.SILENT:
            told.append(f"no answer within {patience.answer_delay:g} s, {_why_silent(turn)}")
    if turn.holes:
        told.append(f"this machine was too busy, which tore {turn.holes} holes into the question: ask again")
    return told


def _why_silent(turn: CallTurn) -> str:
    if turn.is_understood:
        return "the bot understood words but said nothing: add --log-level info to see why"
    return (
        "the bot understood no words: is there clear speech in the recording, in the bot's --language, "
        "and does it listen to nobody else? Add --log-level info to see what it did"
    )


def summary_lines(outcome: CallOutcome) -> list[str]:
    """What all turns together came to, nothing of a single one; and where the recording is."""
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
    """All that was wrong, each with what to do."""
    of_turns = [problem for turn in outcome.turns for problem in advice(turn, patience)]
    return [*of_turns, *([outcome.failure.text] if outcome.failure else [])]


def as_json(outcome: CallOutcome, patience: Patience) -> dict[str, object]:
    """The whole call."""
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
    return {"who": "caller" if line.is_custom else "bot", "text": line.text}


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)

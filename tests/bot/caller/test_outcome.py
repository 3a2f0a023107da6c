"""What a call comes to: its exit code, what is told of it, and what to do."""

from dataclasses import replace

import pytest

from bot.caller.call import Patience
from bot.caller.outcome import CallLine, CallOutcome, CallTurn, Ending, Failure
from bot.caller.report import advice, as_json, problems, summary_lines, turn_lines
from bot.process.exit_codes import ExitCode
from pipeline.wav import WavSound
from tests.support.tones import tone

ANSWERED = CallTurn(
    "q.wav", (CallLine(True, "hi"), CallLine(False, "hello")), WavSound(tone(500, 1.0), 48_000), 0.8, Ending.ANSWERED
)
SILENT = CallTurn("q.wav", (), None, None, Ending.SILENT)
PATIENCE = Patience(answer_delay=5.0, speech_delay=60.0)


def outcome(*turns: CallTurn, failure: Failure | None = None) -> CallOutcome:
    return CallOutcome("lobby", "caller", "bot", (), turns, failure)


@pytest.mark.parametrize(
    ("turns", "failure", "code"),
    [
        ([ANSWERED, ANSWERED], None, ExitCode.OK),
        ([ANSWERED, replace(ANSWERED, ending=Ending.CUT_OFF)], None, ExitCode.OK),
        ([ANSWERED, SILENT], None, ExitCode.NO_ANSWER),
        ([replace(ANSWERED, ending=Ending.LEFT)], None, ExitCode.NO_ANSWER),
        ([], Failure(ExitCode.NOBODY, "nobody"), ExitCode.NOBODY),
        ([ANSWERED], Failure(ExitCode.ROOM, "lost"), ExitCode.ROOM),
    ],
)
def test_the_exit_code(turns: list[CallTurn], failure: Failure | None, code: ExitCode) -> None:
    assert outcome(*turns, failure=failure).code is code


def test_what_was_said_and_how_fast() -> None:
    latency = "voice-to-voice: 800 ms, the question's last sound to the answer's first"
    assert turn_lines(ANSWERED) == ["you: hi", "bot: hello", latency]
    assert turn_lines(replace(ANSWERED, voice_to_voice=None))[-1].startswith("voice-to-voice: not measured")
    assert turn_lines(SILENT) == []
    assert turn_lines(replace(SILENT, transcript=(CallLine(False, "\x1b[2Jone\ntwo"),))) == ["bot: \\x1b[2Jone\\ntwo"]


def test_several_turns_are_summed_up() -> None:
    several = outcome(ANSWERED, replace(ANSWERED, voice_to_voice=1.0), replace(ANSWERED, voice_to_voice=None), SILENT)
    (line,) = summary_lines(several)
    assert line == "3 of 4 questions answered, voice-to-voice median 900 ms, highest 1000 ms"
    assert summary_lines(outcome(ANSWERED)) == summary_lines(outcome()) == []


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (SILENT, "no answer within 5 s, the bot understood no words: check that the recording has clear speech"),
        (
            replace(SILENT, transcript=(CallLine(True, "hi"),)),
            "no answer within 5 s, the bot understood words but said",
        ),
        (replace(SILENT, ending=Ending.LEFT), "the bot left before it answered"),
        (replace(ANSWERED, ending=Ending.LEFT), "the bot left during its answer"),
        (replace(ANSWERED, ending=Ending.CUT_OFF), "still going on after 60 s"),
        (replace(ANSWERED, dropouts=2), "too busy: the question had 2 gaps; ask again"),
    ],
)
def test_what_was_wrong_is_told_with_what_to_do(turn: CallTurn, told: str) -> None:
    (problem,) = advice(turn, PATIENCE)
    assert told in problem
    assert advice(ANSWERED, PATIENCE) == []


def test_json_tells_it_all() -> None:
    told = as_json(outcome(ANSWERED, SILENT, failure=Failure(ExitCode.ROOM, "lost")), PATIENCE)
    assert told["turns"] == [
        {
            "asked": "q.wav",
            "ending": "answered",
            "transcript": [{"who": "caller", "text": "hi"}, {"who": "bot", "text": "hello"}],
            "voice_to_voice_ms": 800,
            "answer_ms": 1000,
        },
        {"asked": "q.wav", "ending": "no answer", "transcript": [], "voice_to_voice_ms": None, "answer_ms": None},
    ]
    assert told["voice_to_voice_ms"] == {"median": 800, "highest": 800}
    assert (told["exit_code"], told["bot"]) == (3, "bot")
    assert told["problems"] == [*problems(outcome(SILENT), PATIENCE), "lost"]

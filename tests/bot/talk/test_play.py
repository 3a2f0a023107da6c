"""`talk --play`: one question, asked of a bot that may end, and what is told of its answer."""

from pathlib import Path

import numpy as np
import pytest

from bot.caller.call import Patience
from bot.caller.outcome import CallLine, CallTurn, Ending
from bot.talk.bot_process import BotEnded
from bot.talk.play import ask
from bot.talk.report import report
from pipeline.wav import WavSound, read_sound
from scripts.livekit.api import ServerInfo
from tests.support.access import server_access
from tests.support.tones import tone

ANSWER = WavSound(tone(500, 0.5), 48_000)
ANSWERED = CallTurn(
    "the question", (CallLine(True, "what is it"), CallLine(False, "a tone")), ANSWER, 0.8, Ending.ANSWERED
)


@pytest.mark.sfu
async def test_a_bot_that_ends_ends_the_question(livekit_server: ServerInfo, room_name: str) -> None:
    def ended() -> None:
        raise BotEnded(3)

    with pytest.raises(BotEnded, match="code 3: "):
        await ask(server_access(livekit_server), room_name, "caller", ANSWER, Patience(), check=ended, say=print)


def test_an_answer_is_told_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ANSWERED, Patience(), tmp_path / "answer.wav")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["you: what is it", "bot: a tone"]
    assert printed[2].startswith("voice-to-voice: 800 ms")
    assert np.array_equal(read_sound(tmp_path / "answer.wav").pcm, ANSWER.pcm)


def test_no_answer_is_told_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not report(CallTurn("the question", (), None, None, Ending.SILENT), Patience(), tmp_path / "answer.wav")
    told = capsys.readouterr().err
    assert "the bot understood no words: check that the recording has clear speech" in told
    assert "nothing was recorded" in told
    assert not (tmp_path / "answer.wav").exists()

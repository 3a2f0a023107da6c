"""The program of a job's process: what its end is, whatever becomes of its worker."""

import io
import os
import signal
from typing import NoReturn

import pytest

from bot.process.exit_codes import ExitCode
from bot.worker import job_process


class Ended(Exception):
    """The process would have ended."""


def test_a_process_whose_entry_does_not_leave_ends_without_its_worker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker that was killed can kill nobody, and a bot that stays keeps others from its room."""
    asked: list[int] = []

    def end(code: int) -> NoReturn:
        raise Ended(code)

    monkeypatch.setattr(signal, "raise_signal", asked.append)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(job_process, "LEAVE_LIMIT", 0.0)
    with pytest.raises(Ended, match=str(int(ExitCode.BUG))):
        job_process._watch(io.BytesIO(b""))
    assert asked == [signal.SIGTERM], "it was asked before"
    assert "did not leave" in capsys.readouterr().err

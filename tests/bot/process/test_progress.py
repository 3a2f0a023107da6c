"""Progress lines while something slow runs."""

import threading

import pytest

from bot.process.progress import progress_lines


class LinesWritten:
    """A stderr that knows when two lines were written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.two = threading.Event()

    def write(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) == 2:
            self.two.set()

    def flush(self) -> None: ...


def test_a_slow_start_is_reported_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = LinesWritten()
    monkeypatch.setattr("sys.stderr", stderr)
    with progress_lines("loading", interval=0.01):
        assert stderr.two.wait(60.0)
    written = len(stderr.lines)
    assert stderr.lines[0] == "still loading, 0 s so far\n"
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
    assert len(stderr.lines) == written


def test_a_quick_start_is_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_lines("loading", interval=3600.0):
        pass
    assert capsys.readouterr().err == ""

"""What a job's bot counts goes to the worker while it talks, and never waits for it."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bot import VoiceBot
from bot.telemetry.worker_totals import WorkerTotals
from bot.worker import job_process
from bot.worker.job_telemetry import REPORT_INTERVAL, JobTelemetry
from bot.worker.reports import COUNTED, Report
from pipeline.clock import loop_time
from pipeline.testing import Scene, virtual_time


class Worker:
    """Takes reports, as its process would."""

    def __init__(self) -> None:
        self.counted = WorkerTotals()
        self.reported_at: list[float] = []
        self.takes_reports = True

    def send(self, report: Report) -> bool:
        if self.takes_reports:
            assert report.what == COUNTED
            self.counted.count("job", Report.from_line(report.to_line().encode()).counts)
            self.reported_at.append(loop_time())
        return self.takes_reports


async def talk(telemetry: JobTelemetry, until: float = 20.0) -> None:
    scene = Scene()
    scene.person.says("Hello there, my friend.", at=1.0)
    scene.person.says("How are you today?", at=8.0)
    scene.closes(at=until)
    async with VoiceBot(room=scene, telemetry=telemetry) as bot:
        await bot.wait_closed()


@virtual_time
async def test_it_reports_every_few_seconds_and_at_the_end() -> None:
    worker = Worker()
    telemetry = JobTelemetry(worker.send)
    await talk(telemetry)
    before = worker.counted.totals.counters["turns", ("turn",)]
    telemetry.report()
    assert before == 2
    assert worker.counted.totals.counters["calls", ()] == 1
    assert worker.counted.totals.counters["replies", ("whole",)] == 2
    pauses = [later - earlier for earlier, later in zip(worker.reported_at, worker.reported_at[1:], strict=False)]
    assert all(pause >= REPORT_INTERVAL for pause in pauses[:-1] if pause)
    assert 4 <= len(set(worker.reported_at)) <= 6


@virtual_time
async def test_what_a_worker_does_not_take_is_sent_later_and_once() -> None:
    worker = Worker()
    telemetry = JobTelemetry(worker.send)
    worker.takes_reports = False
    await talk(telemetry)
    assert worker.reported_at == []
    worker.takes_reports = True
    telemetry.report()  # what waited since the first time
    telemetry.report()
    assert worker.counted.totals.counters["calls", ()] == 1
    assert worker.counted.totals.counters["turns", ("turn",)] == 2


@pytest.fixture
def full_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A stdout that nobody reads; its reading end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        monkeypatch.setattr(job_process, "stdout", lambda: out)
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while os.write(writing, b"x" * 4096):
                pass
        os.set_blocking(writing, True)
        yield reading
        os.close(reading)


def test_a_worker_that_reads_nothing_stops_no_bot(full_pipe: int) -> None:
    assert not job_process._report_if_taken(Report(COUNTED, counts={"counters": [["calls", [], 1.0]]}))
    os.read(full_pipe, 65_536)
    assert job_process._report_if_taken(Report(COUNTED, counts={"counters": [["calls", [], 1.0]]}))

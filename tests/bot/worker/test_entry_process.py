"""An entry of one's own in real processes of a worker: prepared, given one job, ended."""

import asyncio
from pathlib import Path

import pytest

from bot.worker.job import Job
from bot.worker.process import JobEnd, JobProcess, ProcessFailed
from tests.support.bot_process import environment
from tests.support.waiting import WAIT_LIMIT, until

FLAGS = ("--entry", "tests.support.own_entry:entry", "--prewarm", "tests.support.own_entry:prewarm")
SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret"}


FAULTY = '{"systemPrompt": 7}'


async def test_an_entry_serves_its_job_in_its_process(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It needs no providers: no key is set. Processes side by side, as a start takes a second or two of a core."""
    monkeypatch.chdir(tmp_path)
    joined: list[str] = []
    ends: dict[str, JobEnd] = {}

    async def serve(metadata: str) -> None:
        process = await JobProcess.start(FLAGS, environment(SERVER))
        try:
            job = Job("AJ_1", "lobby", "ws://127.0.0.1:1", "a-token", "rawbot-AJ_1", metadata)
            serving = group.create_task(process.serve(job, lambda: joined.append(metadata)))
            if metadata == "wait":
                await until(lambda: joined)
                process.ask_to_end()
            ends[metadata] = await serving
        finally:
            await process.kill()

    async def fail_to_start() -> None:
        with pytest.raises(ProcessFailed, match="exit code 2"):
            await JobProcess.start(("--entry", "tests.support.own_entry:nothing"), environment(SERVER))

    async with asyncio.timeout(WAIT_LIMIT), asyncio.TaskGroup() as group:
        for metadata in ("raise", "wait", FAULTY):
            group.create_task(serve(metadata))
        group.create_task(fail_to_start())
    log = capfd.readouterr().err
    assert joined == ["wait"]
    assert ends["wait"] == JobEnd("", is_crash=False)
    assert (tmp_path / "goodbye").read_text() == "rawbot-AJ_1", "it is cancelled, and not killed"
    assert ends["raise"] == JobEnd("the entry has failed: LookupError: nothing to do in lobby", is_crash=False)
    assert 'raise LookupError(f"nothing to do in {job.room}")' in log, "the traceback, to the line"
    assert ends[FAULTY] == JobEnd("the session's configuration is wrong: systemPrompt must be text", is_crash=False)
    assert "the room is not told why" in log, "there is no server here"
    assert "has no function 'nothing'" in log

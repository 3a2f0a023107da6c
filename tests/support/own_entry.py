"""An entry of one's own for the processes of a worker: does what the job's metadata ask for, in no room."""

import asyncio
import os
from pathlib import Path

from bot.worker import JobContext, ProcessContext


def prewarm(process: ProcessContext) -> int:
    """Prepare the process; the job is told by whom."""
    print("a print disturbs no protocol")
    assert process.vad is not None
    return os.getpid()


async def entry(job: JobContext) -> None:
    """Serve a job."""
    assert job.prewarmed == os.getpid()
    match job.metadata:
        case "raise":
            raise LookupError(f"nothing to do in {job.room}")
        case "wait":
            job.joined()
            job.joined()  # is reported once
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                (Path.cwd() / "goodbye").write_text(job.identity)
        case _:
            print(job.settings.instructions)

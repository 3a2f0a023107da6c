"""Bots that come and go in one process leave no thread of theirs.

The client library's own, and those of its runtimes, are the same number after twelve rooms as after one.
"""

import asyncio
from pathlib import Path

from bot import VoiceBot
from pipeline.testing import Scene
from tests.support.threads import no_more_than, own_threads


async def test_bots_one_after_the_other_leave_no_threads(tmp_path: Path) -> None:
    before = own_threads()
    for number in range(4):
        async with VoiceBot(room=Scene(), journal=tmp_path / f"{number}.jsonl"):
            await asyncio.sleep(0.01)
    await no_more_than(before)

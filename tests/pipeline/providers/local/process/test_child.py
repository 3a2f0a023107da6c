"""The process of an engine: what is logged while it loads."""

import asyncio
import logging
import re
from pathlib import Path

import psutil
import pytest

from pipeline.errors import Refused
from pipeline.providers.local.process import child
from pipeline.providers.local.process.child import Child
from tests.support.waiting import until

SLOW = """
import time
from pathlib import Path
from pipeline.providers.local.process.frames import Kind, Parent

parent = Parent()
while not Path(__file__).with_name("loaded").exists():
    time.sleep(0.01)
parent.answer(Kind.READY)
for _ in parent.orders(): ...
"""
"""An engine that loads until a file is there."""


class UntilLogged(logging.Handler):
    """Makes the file once a line is logged for the second time."""

    def __init__(self, loaded: Path) -> None:
        super().__init__()
        self._loaded = loaded
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        if len(self.lines) == 2:
            self._loaded.touch()


async def test_an_engine_that_loads_for_long_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "LOADING_INTERVAL", 0.05)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_engine.py").write_text(SLOW)
    handler = UntilLogged(tmp_path / "loaded")
    monkeypatch.setattr(child.log, "handlers", [handler])
    caplog.set_level(logging.INFO, child.log.name)
    engine = await Child.start("Slow", "slow_engine")
    await engine.close()
    first, second, *_, last = handler.lines
    assert all(re.fullmatch(r"Slow is still loading, \d+ s so far", line) for line in (first, second))
    assert last.startswith("Slow is ready after ")


LOADS = """
from pipeline.providers.local.process.frames import Kind, Parent
from pipeline.providers.local.process.loading import Unfit, loaded

def load():
    {statement}

parent = Parent()
loaded(parent, load)
parent.answer(Kind.READY)
"""
"""An engine that cannot be loaded."""


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("raise Unfit('it speaks no Latin: choose another voice')", "Engine: it speaks no Latin: choose another voice"),
        ("import a_package_that_is_not_there", r"Engine: it cannot be loaded \(ModuleNotFoundError: .*install its"),
        ("None.loudness", r"Engine: it cannot be loaded \(AttributeError: .*install its package again"),
        ("raise KeyError(chr(0xDCFF))", r"Engine: it cannot be loaded \(KeyError: .*install its package again"),
    ],
    ids=["unfit", "missing", "other version", "unreadable"],
)
async def test_an_engine_that_cannot_be_loaded_is_refused_whatever_the_error(
    statement: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would else be started again and again."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "unfit_engine.py").write_text(LOADS.format(statement=statement))
    with pytest.raises(Refused, match=told):
        await Child.start("Engine", "unfit_engine")


DEAF = """
import os, time
from pipeline.providers.local.process.frames import Kind, Parent

Parent().answer(Kind.READY)
os.close(0)
time.sleep(600)
"""
"""An engine that hears no more, and goes on."""


async def test_a_closing_that_is_called_off_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "deaf_engine.py").write_text(DEAF)
    engine = await Child.start("Deaf", "deaf_engine")
    [process] = psutil.Process().children()
    await until(lambda: not engine.is_alive)
    closing = asyncio.create_task(engine.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await until(lambda: not process.is_running())

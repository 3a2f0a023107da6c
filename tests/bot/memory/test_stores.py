"""Stores of memories on real files: safe names, whole files, and broken ones set aside."""

import asyncio
import json
import logging
import os
import sqlite3
import stat
import sys
from pathlib import Path
from subprocess import Popen

import pytest

from bot.memory.database import MemoryDatabase
from bot.memory.directory import MemoryDirectory
from bot.memory.one_memory import OneMemory
from bot.memory.opening import open_memory
from bot.memory.store import MemoryStore, MemoryStoreError
from pipeline.messages import Memory, Message

MEMORY = Memory(
    "2026-11-30", "Ann wants a pizza.", (Message("user", "Bye \ud83d!", 0.0), Message("assistant", "By", 0.0, cut=True))
)

IDENTITIES = [
    "ann",
    "../../etc/passwd",
    "a/b",
    "a\\b",
    ".",
    "..",
    "CON",
    "x" * 300,
    "Ö ü 漢字 🎈",
    "o'; DROP TABLE",
    "\ud83d",
]


@pytest.fixture(params=["people", "people.sqlite"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_a_path_names_its_kind_of_store(tmp_path: Path) -> None:
    assert isinstance(open_memory(tmp_path / "people"), MemoryDirectory)
    assert isinstance(open_memory(str(tmp_path / "people.DB")), MemoryDatabase)


async def test_what_is_saved_is_loaded_and_forgotten(path: Path) -> None:
    store = open_memory(path)
    assert isinstance(store, MemoryStore)
    for number, identity in enumerate(IDENTITIES):
        assert await store.load(identity) is None
        await store.save(identity, Memory(MEMORY.date, f"Number {number}.", MEMORY.messages))
    for number, identity in enumerate(IDENTITIES):
        assert await open_memory(path).load(identity) == Memory(MEMORY.date, f"Number {number}.", MEMORY.messages)
    assert {each.parent for each in files(path.parent)} <= {path, path.parent}
    for identity in IDENTITIES:
        assert await store.forget(identity)
        assert not await store.forget(identity)
        assert await store.load(identity) is None


async def test_a_session_has_one_memory_whoever_is_in_its_room(path: Path) -> None:
    store = OneMemory(open_memory(path), "customer-7")
    assert isinstance(store, MemoryStore)
    await store.save("some-random-identity", MEMORY)
    assert await store.load("another-one") == MEMORY
    assert await open_memory(path).load("customer-7") == MEMORY
    assert await open_memory(path).load("some-random-identity") is None
    assert await store.forget("whoever")
    assert await store.load("another-one") is None


async def test_files_are_for_their_owner_alone(path: Path) -> None:
    await open_memory(path).save("ann", MEMORY)
    (file,) = files(path.parent)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert file == path or stat.S_IMODE(os.stat(path).st_mode) == 0o700


async def test_what_is_forgotten_is_on_no_file_any_more(path: Path) -> None:
    store = open_memory(path)
    await store.save("ann", MEMORY)
    await store.forget("ann")
    assert not any(b"pizza" in each.read_bytes() for each in files(path.parent))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"identity": "bob"}', b"[" * 100_000])
async def test_a_broken_file_is_told_and_set_aside(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryDirectory(tmp_path)
    await store.save("ann", MEMORY)
    (file,) = files(tmp_path)
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert await store.load("ann") is None
    assert "is broken" in caplog.text
    (aside,) = files(tmp_path)
    assert (aside.suffix, aside.read_bytes()) == (".broken", content)
    await store.save("ann", MEMORY)
    assert await store.load("ann") == MEMORY
    assert await store.forget("ann")
    assert not files(tmp_path)


async def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "people.sqlite"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    with caplog.at_level(logging.WARNING):
        assert await MemoryDatabase(path).load("ann") is None
    assert "is broken" in caplog.text
    assert (tmp_path / "people.sqlite.broken").exists()
    await MemoryDatabase(path).save("ann", MEMORY)
    assert await MemoryDatabase(path).load("ann") == MEMORY


async def test_a_broken_row_is_told_and_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "people.sqlite"
    await MemoryDatabase(path).save("ann", MEMORY)
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE memory SET memory = 'nonsense'")
    database.close()
    assert await MemoryDatabase(path).load("ann") is None
    assert "is broken" in caplog.text
    await MemoryDatabase(path).save("ann", MEMORY)
    assert await MemoryDatabase(path).load("ann") == MEMORY


async def test_what_cannot_be_written_is_an_error_with_its_reason(path: Path) -> None:
    path.parent.joinpath("file").write_text("")
    store = open_memory(path.parent / "file" / path.name)
    with pytest.raises(MemoryStoreError, match="cannot be"):
        await store.save("ann", MEMORY)


async def test_a_save_that_breaks_off_leaves_the_last_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryDirectory(tmp_path)
    await store.save("ann", MEMORY)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MemoryStoreError, match="No space left"):
        await store.save("ann", Memory("2026-12-01", "Lost."))
    assert await store.load("ann") == MEMORY
    assert len(files(tmp_path)) == 1


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.memory.opening import open_memory
from pipeline.messages import Memory
store = open_memory(Path(sys.argv[1]))
async def write():
    for number in range(8):
        await store.save("ann", Memory("2026-12-01", f"{sys.argv[2]} {number} " + sys.argv[2] * 20_000))
asyncio.run(write())
"""


def writer(path: Path, letter: str) -> Popen[bytes]:
    return Popen([sys.executable, "-c", WRITER, str(path), letter])


async def test_two_processes_that_save_the_same_person_corrupt_nothing(path: Path) -> None:
    writers = [writer(path, letter) for letter in "AB"]
    store, seen = open_memory(path), 0
    try:
        while any(it.poll() is None for it in writers):
            if (memory := await store.load("ann")) is not None:
                seen += 1
                letter, _, text = memory.summary.split()
                assert text == letter * 20_000
            await asyncio.sleep(0.005)
        assert [it.returncode for it in writers] == [0, 0]
    finally:
        for process in writers:
            process.kill()
            process.wait()
    memory = await store.load("ann")
    assert memory is not None
    assert memory.summary.split()[1] == "7"
    assert seen
    assert len(files(path.parent)) == 1, "nothing is left over"


def test_a_file_is_readable_json_with_its_identity(tmp_path: Path) -> None:
    asyncio.run(MemoryDirectory(tmp_path / "people").save("ann/1", MEMORY))
    (file,) = (tmp_path / "people").iterdir()
    assert json.loads(file.read_text())["identity"] == "ann/1"

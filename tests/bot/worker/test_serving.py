"""Every way in which an entry can end: what the worker is told of it, and the exit code."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import pytest

from bot.process.exit_codes import ExitCode
from bot.settings.settings import Settings
from bot.settings.values import Secret
from bot.worker import JobContext, SessionRefused, program, serving
from bot.worker.job import Job
from bot.worker.job_context import ProcessContext
from bot.worker.program import Entry, JobProgram
from pipeline.errors import RoomClosed, RoomError, SettingsError, Unavailable

OPERATOR = Settings(livekit_api_key=Secret("some-key"), livekit_api_secret=Secret("some-secret-key"))


class Requests:
    """Requests to leave, made by the test."""

    made = False

    def call(self, leave: Callable[[], object]) -> None:
        self._leave = leave

    def make(self) -> None:
        self.made = True
        self._leave()


class Told:
    """What the room was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rooms: list[tuple[str, str]] = []

        async def tell(access: object, room: str, job_id: str, reason: str) -> None:
            self.rooms.append((room, reason))

        monkeypatch.setattr(serving, "tell_room", tell)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


async def served(entry: Entry, requests: Requests | None = None) -> tuple[ExitCode, list[str]]:
    """The exit code, and the failures that were reported."""
    failures: list[str] = []
    job = Job("AJ_1", "lobby", "ws://127.0.0.1:1", "a-token", "rawbot")
    context, asked = JobContext(job, ProcessContext(OPERATOR, cast(Any, None))), cast(Any, requests or Requests())
    return await serving.serve(JobProgram(entry), context, OPERATOR, asked, failures.append), failures


def raising(error: BaseException) -> Entry:
    async def entry(job: JobContext) -> None:
        raise error

    return entry


async def test_an_entry_that_returns_ends_the_job() -> None:
    async def entry(job: JobContext) -> str:
        return job.room

    assert await served(entry) == (ExitCode.OK, [])


@pytest.mark.parametrize(
    ("error", "code", "failures"),
    [
        (RoomClosed("ROOM_DELETED"), ExitCode.OK, []),
        (RoomError("the room is away"), ExitCode.ROOM, ["the room is away"]),
        (Unavailable("openai", "is away"), ExitCode.PROVIDER, ["openai: is away"]),
        (SettingsError(["no transcriber."]), ExitCode.SETTINGS, ["no transcriber."]),
        (ValueError("x"), ExitCode.BUG, ["the entry has failed: ValueError: x"]),
        (SystemExit(3), ExitCode.BUG, ["the entry has failed: SystemExit: 3"]),
        (asyncio.CancelledError(), ExitCode.BUG, []),
    ],
)
async def test_an_entry_that_raises_fails_the_job(
    error: BaseException, code: ExitCode, failures: list[str], told: Told
) -> None:
    assert await served(raising(error)) == (code, failures)
    assert told.rooms == []


async def test_the_traceback_of_an_entry_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await served(raising(ZeroDivisionError("of mine")))
    (record,) = caplog.records
    assert record.message == "the entry has failed"
    assert "raise error\nZeroDivisionError: of mine" in caplog.text


async def test_a_bug_of_the_bot_is_left_to_another_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own = raising(ValueError("x"))
    monkeypatch.setattr(program, "serve_voice_bot", own)
    assert await served(own) == (ExitCode.BUG, [])
    assert "a bug ended the bot; please report it" in caplog.text


async def test_a_refusal_is_reported_logged_and_told_to_the_room(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    assert await served(raising(SessionRefused("voice must be text"))) == (ExitCode.SETTINGS, ["voice must be text"])
    assert caplog.messages == ["voice must be text"]
    assert told.rooms == [("lobby", "voice must be text")]


async def test_no_reason_holds_a_secret(told: Told) -> None:
    """The room's metadata are for everybody in it."""
    for error in (
        SessionRefused("no some-secret-key here"),
        RoomError("some-secret-key"),
        ValueError("some-secret-key"),
    ):
        _, (failure,) = await served(raising(error))
        assert "[secret]" in failure
        assert "some-secret" not in failure
    assert told.rooms == [("lobby", "no [secret] here")]


async def test_a_request_cancels_the_entry_which_may_say_goodbye() -> None:
    requests, done = Requests(), list[str]()

    async def entry(job: JobContext) -> None:
        try:
            requests.make()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("goodbye")

    assert await served(entry, requests) == (ExitCode.OK, [])
    assert done == ["goodbye"]

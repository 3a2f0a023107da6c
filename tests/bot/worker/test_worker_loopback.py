"""The worker over its real protocol, with real processes that have no bot in them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.room.server_errors import KeyRefused
from bot.worker import calls, messages, pool, process, server_link
from bot.worker.worker import Worker
from pipeline.errors import first_error
from tests.support.agent_server import AgentServer, job
from tests.support.loopback_worker import CHILD, running, worker_of
from tests.support.waiting import WAIT_LIMIT, until


@pytest.fixture(autouse=True)
def processes_without_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MODULE", CHILD)
    monkeypatch.setattr(pool, "REFILL_DELAY", 0.0)


@asynccontextmanager
async def working(server: AgentServer, **options: float) -> AsyncIterator[Worker]:
    """A worker that is registered; in the end it has been drained, and has ended by itself."""
    async with running(worker_of(server.url, **options)) as worker:  # type: ignore[arg-type]
        await server.registered()
        yield worker


async def test_serves_a_job_to_its_end() -> None:
    async with AgentServer() as server, working(server):
        assert (server.registrations[0].agent_name, server.registrations[0].type) == ("jo", 0)
        await server.give(job("J1", metadata="leave"))
        assert server.answers["J1"].participant_identity == "rawbot-J1"
        await server.told("J1", "SUCCESS")
    assert server.updates == [("J1", "RUNNING"), ("J1", "SUCCESS")]


async def test_what_the_jobs_have_counted_is_added_up() -> None:
    async with AgentServer() as server, working(server, max_jobs=3) as worker:
        for name in ("J1", "J2"):
            await server.give(job(name, metadata="count"))
        await until(lambda: worker.counted.totals.counters.get(("calls", ())) == 2)
        assert worker.counted.totals.gauges["calls_active", ()] == 2
        for name in ("J1", "J2"):
            await server.terminate(name)
            await server.told(name, "SUCCESS")
        assert worker.counted.totals.counters["calls", ()] == 2
        assert worker.counted.totals.gauges == {}


async def test_a_process_that_dies_fails_its_own_job_alone() -> None:
    async with AgentServer() as server, working(server) as worker:
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        await server.give(job("J2", metadata="crash"))
        await server.told("J2", "FAILED")
        assert "signal 9" in server.errors["J2"]
        await server.give(job("J3", metadata="refuse"))
        await server.told("J3", "FAILED")
        assert "exit code 4" in server.errors["J3"]
        await server.give(job("J4", metadata="fail"))
        await server.told("J4", "FAILED")
        assert server.errors["J4"] == "there is no such tool", "its own words, and no second process"
        worker.drain()
        worker.drain()  # the second time it ends the calls
    assert [state for job_id, state in server.updates if job_id == "J1"] == ["RUNNING", "SUCCESS"]


async def test_a_process_that_says_nonsense_fails_its_own_job_alone() -> None:
    async with AgentServer() as server, working(server) as worker:
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        await server.give(job("J2", metadata="babble"))
        await server.told("J2", "FAILED")
        assert "no report" in server.errors["J2"]
        assert worker.state.running == 1
        worker.drain()
        worker.drain()


async def test_what_a_process_has_started_ends_with_it(tmp_path: Path) -> None:
    """A transcriber's or a tool's process of its own would wait for ever for one that was killed."""
    note = tmp_path / "pid"
    async with AgentServer() as server, working(server):
        await server.give(job("J1", metadata=f"orphan {note}"))
        await server.told("J1", "FAILED")
        await until(lambda: not _runs(int(note.read_text())))


def _runs(pid: int) -> bool:
    """Whether there is such a process that has not ended: one that has is a zombie until its parent asks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_process_that_dies_is_replaced_once() -> None:
    """Its job goes on: the server hears of an end only when there is one."""
    async with AgentServer() as server, working(server, max_jobs=1):
        await server.give(job("J1", metadata="crash once"))
        await server.told("J1", "RUNNING", times=2)
        assert not (await server.offer(job("J2"))).available, "it has kept its place"
        await server.terminate("J1")
        await server.told("J1", "SUCCESS")
        await server.give(job("J3", metadata="crash"))
        await server.told("J3", "FAILED")
    assert [state for job_id, state in server.updates if job_id == "J1"][-1] == "SUCCESS"
    assert server.updates.count(("J3", "FAILED")) == 1


async def test_a_bot_that_takes_too_much_memory_is_replaced_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is warned of before, and asked to leave; the second one's end is the job's."""
    taken = {"MB": 0}
    monkeypatch.setattr(calls, "MEMORY_INTERVAL", 0.01)
    monkeypatch.setattr(calls, "memory_of", lambda pid: taken["MB"] << 20)
    async with AgentServer() as server, working(server, max_memory=100 << 20) as worker:
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        taken["MB"] = 90
        await until(lambda: "its processes take 90 MB of the 100 that --max-memory allows" in caplog.text)
        assert worker.state.running == 1
        taken["MB"] = 101
        await until(lambda: "its room gets a fresh bot, once" in caplog.text)
        await server.told("J1", "FAILED")
    assert caplog.text.count("processes take 90 MB") == 1
    assert "took 101 MB of the 100 that --max-memory allows" in server.errors["J1"]


async def test_comes_back_and_tells_of_the_jobs_that_went_on() -> None:
    """And of what has ended meanwhile."""
    async with AgentServer() as server, working(server) as worker:
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        await server.drop()
        await server.registered(2)
        await server.told("J1", "RUNNING", times=2)
        await server.terminate("J1")
        await server.told("J1", "SUCCESS")
        worker.drain()
    assert len(server.registrations) == 2


async def test_comes_back_to_a_server_that_says_what_nobody_understands(caplog: pytest.LogCaptureFixture) -> None:
    async with AgentServer() as server, working(server):
        await server.send_garbage()
        await server.registered(2)
    assert "does not speak LiveKit's worker protocol" in caplog.text


async def test_registers_anew_when_it_is_asked_to() -> None:
    """At once, and its calls go on."""
    async with AgentServer() as server, working(server) as worker:
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        await server.send_away()
        await server.told("J1", "RUNNING", times=2)
        assert len(server.registrations) == 2
        assert worker.state.running == 1
        await server.terminate("J1")


async def test_gives_a_server_up_that_answers_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection stands, as a proxy keeps it, or a server that is stuck."""
    monkeypatch.setattr(messages, "PING_INTERVAL", 0)
    async with AgentServer() as server, working(server):
        await until(lambda: server.pings > 2)
        assert len(server.registrations) == 1
        monkeypatch.setattr(server_link, "PONG_TIMEOUT", 0.2)
        server.answers_pings = False
        await until(lambda: len(server.registrations) > 1)
        server.answers_pings = True
    assert "has not answered" in caplog.text


async def test_a_room_has_one_bot() -> None:
    """A job for a room that is served is settled; where the room is a new one of its name, the old bot may leave."""
    async with AgentServer() as server, working(server, max_jobs=5):
        await server.give(job("J1", "lobby", "RM_1"))
        await server.told("J1", "RUNNING")
        again = await server.offer(job("J2", "lobby", "RM_1"))
        assert (again.available, again.terminate) == (False, True)
        offering = asyncio.ensure_future(server.offer(job("J3", "lobby", "RM_2")))
        await server.terminate("J1")
        assert (await offering).available
        await server.assign(job("J3", "lobby", "RM_2", metadata="leave"))
        await server.told("J3", "SUCCESS")


async def test_tells_when_it_has_enough_to_do() -> None:
    """It stays under the load from which a server gives nothing, until it is full."""
    async with AgentServer() as server, working(server, max_jobs=1):
        assert server.statuses[-1].status == 0
        assert server.statuses[-1].load < 0.7
        await server.give(job("J1"))
        await until(lambda: server.statuses[-1].status == 1 and server.statuses[-1].job_count == 1)
        refused = await server.offer(job("J2"))
        assert (refused.available, refused.terminate) == (False, False)
        await server.terminate("J1")
        await until(lambda: server.statuses[-1].status == 0)


async def test_the_log_says_since_when_and_why_no_job_comes(caplog: pytest.LogCaptureFixture) -> None:
    """A server offers nothing to a worker that is full, so that there is no refusal to log."""
    caplog.set_level(logging.INFO)
    async with AgentServer() as server, working(server, max_jobs=1) as worker:
        assert "no more jobs" not in caplog.text
        await server.give(job("J1"))
        await until(lambda: server.statuses[-1].status == 1 and server.statuses[-1].job_count == 1)
        assert "no more jobs for now: all 1 places are taken" in caplog.messages
        assert "takes jobs again" not in caplog.messages
        await server.terminate("J1")
        await until(lambda: server.statuses[-1].status == 0)
        assert "takes jobs again" in caplog.messages
        caplog.clear()
        worker.drain()
        await until(lambda: server.statuses[-1].draining)
    assert not [said for said in caplog.messages if "for now" in said], "to drain has a line of its own"


async def test_says_how_it_stands() -> None:
    """For health checks and metrics: also while it is away from the server."""
    async with AgentServer() as server, working(server, max_jobs=2, idle=1) as worker:
        await until(lambda: worker.state.idle == 1)
        assert (worker.state.is_registered, worker.state.is_available, worker.state.places) == (True, True, 2)
        await server.give(job("J1"))
        await server.offer(job("J2"))
        await server.offer(job("J3"))
        await until(lambda: worker.state.running == 1)
        state = worker.state
        assert (state.offered, state.assigned, state.refused) == (1, 0, 1)
        assert (state.is_available, state.load) == (False, 1.0)
        await server.assign(job("J2", metadata="leave"))
        await until(lambda: worker.state.succeeded == 1)
        server.refuses = True
        await server.drop()
        await until(lambda: not worker.state.is_registered)
        server.refuses = False
        await until(lambda: worker.state.is_registered)
        await server.terminate("J1")
        await until(lambda: worker.state.succeeded == 2)
        worker.drain()
        assert worker.state.is_draining
    assert worker.state.failed == 0


async def test_drains_and_ends_what_does_not_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After --drain-timeout calls are asked to end, and killed if they do not."""
    monkeypatch.setattr(calls, "END_DELAY", 0.1)
    caplog.set_level(logging.INFO)
    async with AgentServer() as server, working(server, drain_delay=0.2) as worker:
        await server.give(job("J1", metadata="stay"))
        await server.told("J1", "RUNNING")
        worker.drain()
        assert "a second signal ends them" in caplog.text
        await until(lambda: server.statuses[-1].draining)
        assert not (await server.offer(job("J2"))).available
    assert "J1" in server.errors
    assert ("J1", "FAILED") in server.updates
    assert "did not leave its room in time" in caplog.text


async def test_a_job_may_end_before_it_has_a_process() -> None:
    async with AgentServer() as server, working(server):
        await server.give(job("J1"))
        await server.terminate("J1")
        await server.told("J1", "SUCCESS")
    assert ("J1", "FAILED") not in server.updates


async def test_processes_wait_for_jobs_and_are_replaced() -> None:
    async with AgentServer() as server, working(server, idle=1) as worker:
        waiting = worker._pool
        await until(lambda: len(waiting) == 1)
        first = waiting._waiting[0]
        await first.kill()
        await server.give(job("J1"))
        await server.told("J1", "RUNNING")
        await until(lambda: len(waiting) == 1)
        assert waiting._waiting[0].pid != first.pid
        await server.terminate("J1")


async def test_says_that_the_key_is_refused_and_ends() -> None:
    async with AgentServer() as server:
        server.refuses = True
        with pytest.raises(BaseExceptionGroup) as raised:
            await worker_of(server.url).run()
    error = first_error(raised.value)
    assert isinstance(error, KeyRefused)
    assert "LIVEKIT_API_SECRET" in str(error)


async def test_waits_for_a_server_that_is_not_there_yet(caplog: pytest.LogCaptureFixture) -> None:
    """One line says so, not one for each attempt."""
    async with AgentServer() as away:
        pass
    worker = worker_of(away.url)
    async with asyncio.timeout(WAIT_LIMIT), asyncio.TaskGroup() as group:
        run = group.create_task(worker.run())
        await until(lambda: "nothing can be reached" in caplog.text)
        worker.drain()
        await run
    assert caplog.text.count("nothing can be reached") == 1

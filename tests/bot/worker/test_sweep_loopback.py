"""Rooms whose dispatch was lost, and dispatches whose job is over: over the server's real protocols, without media."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest

from bot.room import dispatches
from bot.worker import calls, job_dispatches, process, sweep, sweeper
from bot.worker.worker import Worker
from tests.support.dispatch_server import DispatchServer
from tests.support.loopback_worker import CHILD, running, worker_of
from tests.support.waiting import WAIT_LIMIT, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MODULE", CHILD)
    monkeypatch.setattr(sweeper, "SWEEP_INTERVAL", 0.05)
    monkeypatch.setattr(job_dispatches, "WANTED_INTERVAL", 0.05)
    monkeypatch.setattr(calls, "END_DELAY", WAIT_LIMIT)


def serving(server: DispatchServer, max_jobs: int = 2) -> AbstractAsyncContextManager[Worker]:
    return running(worker_of(server.url, max_jobs=max_jobs), cut=True)


async def test_serves_rooms_that_were_dispatched_while_it_was_away() -> None:
    """With what the dispatch says; those with a bot, without people or of another agent are left alone."""
    async with DispatchServer() as server:
        server.open_room("lobby", "ann")
        server.lose_dispatch("lobby", metadata="who: ann")
        server.open_room("hall", "ben").bots["somebody's"] = "jo"
        server.lose_dispatch("hall")
        server.lose_dispatch("attic")
        server.open_room("cellar", "cleo")
        server.lose_dispatch("cellar", agent_name="another")
        async with serving(server, max_jobs=5):
            await server.has_served("lobby", "hall")
            assert server.served == [("lobby", "who: ann")]
            assert len(server.rooms["lobby"].dispatches) == 1


async def test_two_workers_that_come_back_serve_each_room_once() -> None:
    async with DispatchServer() as server, AsyncExitStack() as workers:
        names = [f"room {number}" for number in range(6)]
        for name in names:
            server.open_room(name, "ann")
            server.lose_dispatch(name)
            server.lose_dispatch(name, age=50.0)
        for _ in range(2):
            await workers.enter_async_context(serving(server, max_jobs=6))
        await server.has_served(*names)
        assert sorted(name for name, _ in server.served) == names
        assert all(len(room.dispatches) == 1 for room in server.rooms.values())


async def test_a_dispatch_that_may_still_be_served_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "OFFER_DELAY", 0.5)
    async with DispatchServer() as server:
        server.open_room("lobby", "ann")
        young = server.lose_dispatch("lobby", age=0.0)
        async with serving(server):
            await server.workers(1)
            assert list(server.rooms["lobby"].dispatches) == [young]
            await server.has_served("lobby")


async def test_a_room_that_nobody_had_a_place_for_is_served_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "OFFER_DELAY", 0.0)
    async with DispatchServer() as server, serving(server, max_jobs=1):
        await server.workers(1)
        server.open_room("lobby", "ann")
        first = await server.dispatch("lobby")
        await server.has_served("lobby")
        await server.full()
        server.open_room("hall", "ben")
        await server.dispatch("hall")
        server.delete("lobby", first)
        await server.has_served("hall")


async def test_a_job_that_has_ended_is_not_given_again() -> None:
    """Its person may stay in the room: the bot has said goodbye."""
    async with DispatchServer() as server, serving(server):
        await server.workers(1)
        server.open_room("lobby", "ann")
        await server.dispatch("lobby", metadata="leave")
        await until(lambda: server.served and not server.rooms["lobby"].dispatches)
        assert not server.rooms["lobby"].bots


async def test_a_bot_that_joins_again_keeps_its_job() -> None:
    """The server takes it for gone. Its dispatch stands, so it is wanted, until somebody deletes that."""
    async with DispatchServer() as server, serving(server) as worker:
        await server.workers(1)
        server.open_room("lobby", "ann")
        made = await server.dispatch("lobby")
        await server.has_served("lobby")
        (identity,) = server.rooms["lobby"].bots
        await server.leave("lobby", identity)
        server.rooms["lobby"].bots[identity] = "jo"
        asked = server.questions
        await until(lambda: server.questions > asked + 4)
        assert worker.state.running == 1
        server.delete("lobby", made)
        await until(lambda: worker.state.succeeded == 1)


async def test_a_server_that_has_forgotten_a_job_still_ends_it() -> None:
    """After it was away it says nothing more of the jobs from before."""
    async with DispatchServer() as server, serving(server) as worker:
        await server.workers(1)
        server.open_room("lobby", "ann")
        made = await server.dispatch("lobby")
        await server.has_served("lobby")
        server.drop_workers()
        await until(lambda: server.registrations == 2)
        server.delete("lobby", made)
        await until(lambda: worker.state.succeeded == 1)


async def test_a_node_that_does_not_answer_ends_no_job() -> None:
    """The room is listed: its bot is wanted as long as nobody can say that its dispatch has been deleted."""
    async with DispatchServer() as server, serving(server) as worker:
        await server.workers(1)
        server.open_room("lobby", "ann")
        await server.dispatch("lobby")
        await server.has_served("lobby")
        server.unanswered_rooms.add("lobby")
        server.drop_workers()
        await until(lambda: server.registrations == 2)
        asked = server.questions
        await until(lambda: server.questions > asked + 6)
        assert worker.state.running == 1


async def test_a_dispatch_that_cannot_be_made_anew_at_once_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one has been deleted by then: nobody else would look for it."""
    monkeypatch.setattr(dispatches, "CREATE_DELAYS", (0.0, 0.0, 0.0))
    async with DispatchServer() as server:
        server.open_room("lobby", "ann")
        server.lose_dispatch("lobby", metadata="who: ann")
        server.creations_that_fail = 3
        async with serving(server):
            await server.has_served("lobby")
            assert server.served == [("lobby", "who: ann")]


async def test_calls_that_a_drain_cuts_go_to_another_worker() -> None:
    async with DispatchServer() as server, AsyncExitStack() as workers:
        server.open_room("lobby", "ann")
        async with serving(server) as first:
            await server.workers(1)
            await server.dispatch("lobby", metadata="who: ann")
            await server.has_served("lobby")
            await workers.enter_async_context(serving(server))
            await server.workers(2)
            first.drain()
            first.drain()  # the second time it ends the calls
        await until(lambda: len(server.served) == 2)
        assert server.served[1] == ("lobby", "who: ann")


async def test_a_server_that_answers_no_questions_gives_jobs_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async with DispatchServer() as server:
        server.fails = True
        async with serving(server):
            await server.workers(1)
            await until(lambda: "rooms that wait for a bot cannot be looked for" in caplog.text)
            server.open_room("lobby", "ann")
            await server.dispatch("lobby", metadata="leave")
            await until(lambda: "its dispatch cannot be deleted" in caplog.text)
    assert server.served == [("lobby", "leave")]


async def test_a_dispatch_that_takes_the_place_of_a_jobs_is_served() -> None:
    """Somebody deletes one and makes another at once: for a bot that is configured otherwise, or of a slow worker."""
    async with DispatchServer() as server, serving(server):
        await server.workers(1)
        server.open_room("lobby", "ann")
        first = await server.dispatch("lobby", metadata="the old one")
        await server.has_served("lobby")
        server.delete("lobby", first)
        second = await server.dispatch("lobby", metadata="the new one")
        await until(lambda: server.served == [("lobby", "the old one"), ("lobby", "the new one")])
        assert list(server.rooms["lobby"].dispatches) == [second]


async def test_a_participant_of_a_kind_that_is_not_known_is_nobody() -> None:
    """The server may be newer than this program, and one room must not end the worker of all."""
    async with DispatchServer() as server:
        server.open_room("lobby", "ann")
        server.open_room("hall", "a robot")
        server.kinds["a robot"] = 99
        server.lose_dispatch("hall", age=70.0)
        server.lose_dispatch("lobby")
        async with serving(server):
            await server.has_served("lobby")

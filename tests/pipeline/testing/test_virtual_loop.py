"""The loop that other tests trust with their time."""

import asyncio
import socket
import time

import pytest

from pipeline.testing.virtual_loop import Deadlock, alarm, run, settle, virtual_time


@virtual_time
async def test_an_hour_passes_in_a_moment() -> None:
    loop, began_at = asyncio.get_running_loop(), time.perf_counter()
    assert loop.time() == 0
    await asyncio.sleep(3600)
    assert loop.time() == 3600
    assert time.perf_counter() - began_at < 5


@virtual_time
async def test_timers_fire_in_order_and_exactly_at_their_time() -> None:
    loop = asyncio.get_running_loop()
    fired: list[tuple[str, float]] = []

    async def note(name: str, at: float) -> None:
        async with asyncio.timeout_at(at + 1):
            await asyncio.sleep(at)
        fired.append((name, loop.time()))

    async with asyncio.TaskGroup() as group:
        for name, at in (("c", 0.3), ("a", 0.1), ("b", 0.1 + 0.1)):
            group.create_task(note(name, at))
    assert fired == [("a", 0.1), ("b", 0.2), ("c", 0.3)]


@virtual_time
async def test_timers_of_one_time_fire_in_the_order_of_their_setting() -> None:
    loop, fired = asyncio.get_running_loop(), list[int]()
    for number in range(100):
        loop.call_at(1.0, fired.append, number)
    loop.call_at(1.0 - 1e-12, fired.append, -1)
    await asyncio.sleep(2.0)
    assert fired == [-1, *range(100)]


@virtual_time
async def test_alarms_ring_among_timers_in_the_order_of_their_setting() -> None:
    """Also where the loop jumps to them: never over a timer, nor over what is ready to run."""
    loop, fired = asyncio.get_running_loop(), list[str]()

    async def rings(name: str, at: float) -> None:
        if (waiting := alarm(loop, at)) is not None:
            await waiting
        assert loop.time() == at
        fired.append(name)

    cancelled = asyncio.ensure_future(rings("never", 0.5))
    both = asyncio.gather(rings("first", 1.0), rings("second", 1.0))
    loop.call_later(1.0, fired.append, "timer")
    await asyncio.sleep(0)
    cancelled.cancel()
    await rings("last", 1.0)
    await both
    assert fired == ["timer", "first", "second", "last"]
    fired.clear()
    loop.call_later(0.5, fired.append, "timer")
    await rings("behind it", 2.0)
    assert alarm(loop, 3.0) is None
    assert loop.time() == 3.0
    assert fired == ["timer", "behind it"]


@virtual_time
async def test_timers_that_were_cancelled_do_not_pile_up_and_never_fire() -> None:
    loop, fired = asyncio.get_running_loop(), list[int]()
    kept = [loop.call_later(10.0 + number, fired.append, number) for number in range(3)]
    for _ in range(1000):
        loop.call_later(5000.0, fired.append, -1).cancel()
        loop.call_later(0.5, fired.append, -1).cancel()
        await asyncio.sleep(0.001)
    assert len(loop._timers) < 300  # type: ignore[attr-defined]
    kept[1].cancel()
    await asyncio.sleep(6000.0)
    assert fired == [0, 2]


@virtual_time
async def test_a_callback_that_fails_is_told_and_the_others_run() -> None:
    loop, told, ran = asyncio.get_running_loop(), list[dict[str, object]](), list[int]()
    loop.set_exception_handler(lambda _, context: told.append(context))
    loop.call_soon(lambda: 1 / 0)
    loop.call_at(1.0, lambda: 1 / 0)
    loop.call_soon(ran.append, 1)
    await asyncio.sleep(2.0)
    assert ran == [1]
    assert [type(context["exception"]) for context in told] == [ZeroDivisionError] * 2


@virtual_time
async def test_what_a_socket_has_to_say_is_heard() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.send(b"hello")
        assert await asyncio.get_running_loop().sock_recv(ours, 5) == b"hello"


@virtual_time
async def test_a_timeout_ends_a_wait_at_its_time() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await asyncio.Event().wait()
    assert asyncio.get_running_loop().time() == 2


def test_a_wait_that_nobody_ends_is_a_deadlock() -> None:
    async def wait_for_nothing() -> None:
        await asyncio.sleep(1)
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(wait_for_nothing())


@virtual_time
async def test_settle_lets_no_time_pass() -> None:
    seen: list[str] = []

    async def soon() -> None:
        await asyncio.sleep(0)
        seen.append("soon")
        await asyncio.sleep(1e-6)
        seen.append("later")

    async with asyncio.TaskGroup() as group:
        group.create_task(soon())
        await settle()
        assert seen == ["soon"]
        assert asyncio.get_running_loop().time() == 0
    assert seen == ["soon", "later"]


@virtual_time
async def test_the_clock_does_not_jump_over_an_executor() -> None:
    """Something slow in a thread ends before any timer, as if it took no time."""
    async with asyncio.timeout(0.01):
        result = await asyncio.to_thread(_slow)
    assert result == "done"
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 / 0)


def _slow() -> str:
    time.sleep(0.05)
    return "done"

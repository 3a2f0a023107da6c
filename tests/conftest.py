"""What every test may ask for: a LiveKit server, a room of its own, the recordings; and when a skip is a failure."""

import gc
import os
import re
import signal
import sys
import uuid
from collections.abc import Callable, Generator, Iterator, Set
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from scripts.livekit.api import ServerInfo
from scripts.livekit.server import LocalServer, ServerMissing, find_or_build, running_server, say
from tests.support.room_workers import LIFE, RoomWorkers
from tests.support.stalls import RunAgain

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

settings.register_profile("on a busy machine", settings(), deadline=None)
settings.load_profile("on a busy machine")

MakeServer = Callable[..., LocalServer]

_server_binary = pytest.StashKey[Path | ServerMissing]()
_skip_is_legitimate = pytest.StashKey[bool]()


TOOLS = tuple(ROOT / "tests" / folder for folder in ("support", "scripts", "bench"))
"""Folders whose tests are marked `tools`: they try what the tests and the developers use, not the bot."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run every tier: slow, tools, and all rooms")
    parser.addoption(
        "--rooms",
        choices=["without", "together", "alone", "only"],
        help="run tests that need no livekit-server, those that may share the machine, those that may not, or both",
    )


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts background jobs so, and programs under test would inherit it and be deaf to Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(RunAgain("sfu"))
    if config.pluginmanager.hasplugin("xdist"):
        in_rooms = config.getoption("--rooms") not in (None, "without")
        config.pluginmanager.register(RoomWorkers(LIFE if in_rooms else None))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Load nothing of which no test would run: each worker would take seconds to import what it needs."""
    rooms, every_tier = config.getoption("--rooms"), _is_every_tier(config)
    if collection_path.is_dir():
        return True if collection_path in TOOLS and not every_tier else None
    if collection_path.suffix != ".py" or rooms in (None, "without"):
        return None
    wanted = {"sfu"} | ({"alone"} if rooms == "alone" else set()) | (set() if every_tier else {"smoke"})
    return None if _names_marks(collection_path, wanted) else True


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if _asks_for(item, "livekit_server", "server_binary"):
            item.add_marker("sfu")
        for mark in ("sfu", "alone", "smoke"):
            if _is_marked(item, mark) and not _names_marks(item.path, {mark}):
                raise pytest.UsageError(f"{item.nodeid} would not be found: name pytest.mark.{mark} in its file")
        if any(item.path.is_relative_to(folder) for folder in TOOLS):
            item.add_marker("tools")
    rooms = config.getoption("--rooms")
    every_tier = _is_every_tier(config)
    unwanted = [item for item in items if not (_is_of(item, rooms) and (every_tier or _is_default(item)))]
    items[:] = [item for item in items if _is_of(item, rooms) and (every_tier or _is_default(item))]
    config.hook.pytest_deselected(items=unwanted)


def _is_every_tier(config: pytest.Config) -> bool:
    """Is all of it asked for, or each test by its name?"""
    return bool(config.getoption("--all")) or all("::" in argument for argument in config.args)


def _names_marks(path: Path, marks: Set[str]) -> bool:
    """Does the file name all of them? Whoever loads it to see would have paid already."""
    text = _text_of(path)
    return all(f"mark.{mark}" in text for mark in marks)


@cache
def _text_of(path: Path) -> str:
    return path.read_text("utf-8")


def _is_of(item: pytest.Item, rooms: str | None) -> bool:
    """Is the test one of those that --rooms asks for?"""
    in_room, alone = _is_marked(item, "sfu"), _is_marked(item, "alone")
    match rooms:
        case "without":
            return not in_room
        case "together":
            return in_room and not alone
        case "alone":
            return in_room and alone
        case "only":
            return in_room
    return True


def _is_default(item: pytest.Item) -> bool:
    """Does the test run without --all? In rooms only a few do."""
    return not _is_marked(item, "slow", "tools") and (_is_marked(item, "smoke") or not _is_marked(item, "sfu"))


def _is_marked(item: pytest.Item, *marks: str) -> bool:
    return any(item.get_closest_marker(mark) for mark in marks)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Get the server before the first test: building one takes longer than a test may, and shows its progress."""
    wanted = ("server_binary",) if os.environ.get("LIVEKIT_URL") else ("livekit_server", "server_binary")
    gc.collect()
    gc.freeze()  # what was loaded stays: else each full collection walks all of it, for 100 to 300 ms
    if session.config.option.collectonly or not any(_asks_for(item, *wanted) for item in session.items):
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        try:
            session.config.stash[_server_binary] = find_or_build(progress=say)
        except ServerMissing as missing:
            session.config.stash[_server_binary] = missing


def _asks_for(item: pytest.Item, *fixtures: str) -> bool:
    return not set(fixtures).isdisjoint(getattr(item, "fixturenames", ()))  # with those that fixtures ask for


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("sfu"):
        # A full collection of a process that has loaded all tests and three SDKs takes 100 to 300 ms, several times a
        # minute: longer than what a microphone has queued, so it would tear holes into every voice.
        gc.collect()
        gc.freeze()
    if (mark := item.get_closest_marker("platform")) and sys.platform not in mark.args:
        item.stash[_skip_is_legitimate] = True
        pytest.skip(f"only on {', '.join(mark.args)}: {mark.kwargs['reason']}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """A LiveKit client that is still open when its loop has been closed fails its test, and disturbs no other one.

    The client library logs an error for every event that it cannot deliver: a hundred a second for each microphone.
    """
    yield
    library = sys.modules.get("livekit.rtc._ffi_client")
    client = library and library.FfiClient._instance
    if not client or not _undeliverable(client):
        return
    gc.collect()  # what was only dropped unsubscribes by itself
    if left := _undeliverable(client):
        for queue in left:
            client.queue.unsubscribe(queue)
        pytest.fail(f"{len(left)} rooms, streams or sources of the LiveKit client were left open", pytrace=False)


def _undeliverable(client: Any) -> list[Any]:
    """Subscriptions to the client's events in loops that are closed."""
    return [queue for queue, loop, _ in client.queue._subscribers if loop.is_closed()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that skips is a test that nobody runs: a failure, unless its reason cannot be mended there."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and not item.stash.get(_skip_is_legitimate, False):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    if IN_CI and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"In CI (the variable CI is set) a skipped test is a failure. {reason}"


@pytest.fixture(scope="session")
def server_binary(request: pytest.FixtureRequest) -> Path:
    """The program livekit-server."""
    found = request.config.stash[_server_binary]
    if isinstance(found, ServerMissing):
        (pytest.fail if IN_CI else pytest.skip)(str(found))
    return found


@pytest.fixture(scope="session")
def livekit_server(request: pytest.FixtureRequest) -> Iterator[ServerInfo]:
    """A LiveKit server shared by all tests: that of LIVEKIT_URL when set, else one of our own on free ports."""
    if os.environ.get("LIVEKIT_URL"):
        running = running_server()
        assert running is not None
        yield running
        return
    with LocalServer(request.getfixturevalue("server_binary")) as server:
        yield server.info


@pytest.fixture
def make_server(server_binary: Path) -> Iterator[MakeServer]:
    """Start servers of the test's own: `make_server(empty_timeout=2, departure_timeout=1, max_participants=3)`.

    The settings are the server's defaults for rooms, times in seconds. For restart(), stop() and crash().
    """
    with ExitStack() as servers:

        def make(**room_settings: Any) -> LocalServer:
            return servers.enter_context(LocalServer(server_binary, config={"room": room_settings}))

        yield make


@pytest.fixture
def room_name(request: pytest.FixtureRequest) -> str:
    """The name of a room that no other test uses."""
    return f"{re.sub('[^a-z0-9]+', '-', request.node.name.lower()).strip('-')[:40]}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def recordings(request: pytest.FixtureRequest) -> Path:
    """The folder of recorded speech: RAWBOT_AUDIO, else `../shared/audio`, which not everybody has."""
    if given := os.environ.get("RAWBOT_AUDIO"):
        folder = Path(given)
        assert folder.is_dir(), f"RAWBOT_AUDIO is {given}, which is no folder: correct or unset it"
        return folder
    folder = ROOT.parent / "shared" / "audio"
    if not folder.is_dir():
        request.node.stash[_skip_is_legitimate] = True
        pytest.skip(f"recorded speech is missing: set RAWBOT_AUDIO to its folder (no {folder})")
    return folder

"""Events for any number of readers, early and late ones."""

import pytest

from bot.event_feed import EVENT_BACKLOG, BotEvent, EventFeed
from pipeline.events import (
    ConnectionLost,
    ConnectionRestored,
    Joined,
    PersonAway,
    PersonBack,
    PersonLeft,
    PersonLinked,
    RoomEnded,
    RoomEvent,
)

JOINED, REJOINED = Joined(1, "room", "bot"), Joined(2, "room", "bot")
ANNA, BEN = PersonLinked(3, "anna"), PersonLinked(4, "ben")
AWAY, BACK, LEFT = PersonAway(5, "anna"), PersonBack(6, "anna"), PersonLeft(7, "anna")
LOST, RESTORED = ConnectionLost(8), ConnectionRestored(9)


async def read_all(feed: EventFeed) -> list[BotEvent]:
    events = feed.read()
    feed.close()
    return [event async for event in events]


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        ([], []),
        ([JOINED, ANNA], [JOINED, ANNA]),
        ([JOINED, ANNA, AWAY], [JOINED, ANNA, AWAY]),
        ([JOINED, ANNA, AWAY, BACK], [JOINED, ANNA]),
        ([JOINED, ANNA, AWAY, LEFT], [JOINED]),
        ([JOINED, ANNA, AWAY, LEFT, BEN], [JOINED, BEN]),
        ([JOINED, ANNA, LOST], [JOINED, ANNA, LOST]),
        ([JOINED, ANNA, LOST, RESTORED], [JOINED, ANNA]),
        ([JOINED, ANNA, LOST, REJOINED], [ANNA, REJOINED]),
    ],
)
async def test_a_late_reader_begins_with_how_things_stand(told: list[RoomEvent], stands: list[RoomEvent]) -> None:
    feed = EventFeed()
    for event in told:
        feed.emit(event)
    assert await read_all(feed) == stands


async def test_each_reader_gets_everything_from_its_call_on() -> None:
    feed = EventFeed()
    early = feed.read()
    feed.emit(JOINED)
    late = feed.read()
    feed.emit(ANNA)
    feed.emit(RoomEnded(10, "ROOM_DELETED"))
    feed.close()
    for reader in (early, late):
        assert [event async for event in reader] == [JOINED, ANNA, RoomEnded(10, "ROOM_DELETED")]
    assert [event async for event in feed.read()] == []


async def test_a_reader_that_stands_still_loses_the_oldest_with_one_warning_and_one_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = EventFeed()
    slow = feed.read()
    for at in range(3 * EVENT_BACKLOG):
        feed.emit(ConnectionLost(at))
    assert len(caplog.records) == 1
    assert "behind" in caplog.text
    assert (await anext(slow)).at == 2 * EVENT_BACKLOG
    assert len(caplog.records) == 1, "it is not back yet"
    for _ in range(EVENT_BACKLOG - 1):
        last = await anext(slow)
    assert last.at == 3 * EVENT_BACKLOG - 1
    assert caplog.records[1].getMessage().endswith(f"it has lost {2 * EVENT_BACKLOG}")
    assert len(caplog.records) == 2

"""Which rooms count as forgotten. Numbers for the clock."""

import pytest

from bot.room.dispatches import Dispatch, DispatchedRoom
from bot.worker.sweep import JOIN_DELAY, OFFER_DELAY, SweepFindings, find_forgotten

MADE_AT = 1000.0
LATER = MADE_AT + OFFER_DELAY


def dispatch(room: str = "lobby", *, created_at: float = MADE_AT, assigned_at: float = 0.0) -> Dispatch:
    return Dispatch("AD_1", room, "jo", "", {}, created_at, assigned_at)


def room(name: str = "lobby", *dispatches: Dispatch, people: bool = True, bot: bool = False) -> DispatchedRoom:
    return DispatchedRoom(name, people, bot, dispatches or (dispatch(name),))


def names(findings: SweepFindings) -> list[str]:
    return [found.name for found in findings.forgotten]


def test_somebody_waits_and_nobody_comes() -> None:
    assert names(find_forgotten([room()], set(), LATER)) == ["lobby"]


@pytest.mark.parametrize(
    "served",
    [room(people=False), room(bot=True)],
    ids=["nobody there", "a bot there"],
)
def test_nobody_waits(served: DispatchedRoom) -> None:
    assert find_forgotten([served], set(), LATER) == SweepFindings((), None)


def test_the_bot_is_this_workers_and_on_its_way() -> None:
    assert find_forgotten([room("lobby"), room("hall")], {"lobby"}, LATER).forgotten == (room("hall"),)


def test_a_dispatch_that_may_still_be_offered_is_looked_at_again() -> None:
    assert find_forgotten([room()], set(), LATER - 1.0) == SweepFindings((), LATER)


def test_a_bot_that_may_still_join_is_waited_for() -> None:
    """Its job is in the list for ever; once it has had its time, it is gone with its worker."""
    given = room("lobby", dispatch(assigned_at=MADE_AT + 1.0))
    assert find_forgotten([given], set(), LATER) == SweepFindings((), MADE_AT + 1.0 + JOIN_DELAY)
    assert names(find_forgotten([given], set(), MADE_AT + 1.0 + JOIN_DELAY)) == ["lobby"]


def test_the_youngest_dispatch_of_a_room_decides() -> None:
    """One that was just made may bring a bot, and two would be one too many."""
    both = room("lobby", dispatch(), dispatch(created_at=LATER))
    assert find_forgotten([both], set(), LATER) == SweepFindings((), LATER + OFFER_DELAY)


def test_who_waits_longest_comes_first() -> None:
    rooms = [room(name, dispatch(name, created_at=at)) for name, at in (("b", 3.0), ("a", 5.0), ("c", 1.0), ("d", 3.0))]
    assert names(find_forgotten(rooms, set(), LATER)) == ["c", "b", "d", "a"]

"""Frames: whatever pieces a pipe gives, what went in comes out."""

from collections.abc import Iterator
from itertools import pairwise
from queue import SimpleQueue

from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.local.process.frames import Frame, FrameReader, Kind, OrdersAhead, encode
from tests.support.waiting import wait_until

frames = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=40)), max_size=8)


@given(frames, st.lists(st.integers(0, 400)))
def test_frames_come_out_of_any_pieces(sent: list[Frame], cuts: list[int]) -> None:
    wire = b"".join(encode(kind, payload) for kind, payload in sent)
    bounds = [0, *sorted(cuts), len(wire)]
    reader = FrameReader()
    got = [frame for start, end in pairwise(bounds) for frame in reader.feed(wire[start:end])]
    assert got == sent


class Orders:
    """A parent that gives orders when the test does; None when it goes."""

    def __init__(self) -> None:
        self.given: SimpleQueue[Frame | None] = SimpleQueue()

    def orders(self) -> Iterator[Frame]:
        while (order := self.given.get()) is not None:
            yield order


def test_orders_are_seen_before_they_are_taken_and_taken_in_their_order() -> None:
    parent = Orders()
    ahead = OrdersAhead(parent)
    assert not ahead.is_waiting()
    sent: list[Frame] = [(Kind.HEAR, b"1"), (Kind.HEAR, b"2"), (Kind.FINALIZE, b"")]
    for order in sent:
        parent.given.put(order)
    wait_until(lambda: ahead.is_waiting(Kind.FINALIZE))
    assert ahead.is_waiting()
    assert not ahead.is_waiting(Kind.FINISH)
    taken = iter(ahead)
    assert [next(taken) for _ in sent] == sent
    assert not ahead.is_waiting()
    assert not ahead.have_ended


def test_what_was_ordered_before_the_parent_went_is_still_taken() -> None:
    parent = Orders()
    ahead = OrdersAhead(parent)
    parent.given.put((Kind.FINISH, b""))
    parent.given.put(None)
    wait_until(lambda: ahead.have_ended)
    assert list(ahead) == [(Kind.FINISH, b"")]

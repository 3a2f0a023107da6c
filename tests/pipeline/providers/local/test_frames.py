"""Frames: whatever pieces a pipe gives, what went in comes out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.local.frames import Frame, FrameReader, Kind, encode

frames = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=40)), max_size=8)


@given(frames, st.lists(st.integers(0, 400)))
def test_frames_come_out_of_any_pieces(sent: list[Frame], cuts: list[int]) -> None:
    wire = b"".join(encode(kind, payload) for kind, payload in sent)
    bounds = [0, *sorted(cuts), len(wire)]
    reader = FrameReader()
    got = [frame for start, end in pairwise(bounds) for frame in reader.feed(wire[start:end])]
    assert got == sent

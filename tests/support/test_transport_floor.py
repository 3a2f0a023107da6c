"""What the network, the server and two clients cost before a bot has thought about anything."""

import pytest

from .access import Server
from .floor import measure_floor

pytestmark = [pytest.mark.sfu, pytest.mark.alone]


async def test_every_burst_comes_back(
    livekit_server: Server, room_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or most of them, and not at once, for the machine may be busy. The figure itself is printed."""
    floor = await measure_floor(livekit_server, bursts=8, room=room_name)
    with capsys.disabled():
        print(f"\n{floor}")
    assert len(floor.samples) > floor.sent / 2, "bursts were lost, came out of order or unrecognizable"
    assert 0.020 < floor.median < 1.0, "an echo cannot be faster than its packets are long"

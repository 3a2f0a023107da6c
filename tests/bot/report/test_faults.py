"""What counts as a fault of a call."""

import pytest

from bot.report.faults import Faults
from pipeline import events
from pipeline.events import Event


def faults(*happened: Event) -> list[tuple[str, str, float, float]]:
    found = Faults()
    for event in happened:
        found.add(event)
    found.close(9.0)
    return [(fault.stage, fault.provider, fault.at, fault.until) for fault in found.all]


@pytest.mark.parametrize(
    ("happened", "wanted"),
    [
        pytest.param(
            [events.TranscriberLost(1, "deepgram: gone"), events.TranscriberBack(3)],
            ("stt", "deepgram", 1, 3),
            id="lost",
        ),
        pytest.param([events.TranscriberLost(1, "deepgram: gone")], ("stt", "deepgram", 1, 9), id="lost to the end"),
        pytest.param([events.ConnectionLost(1), events.Joined(2, "r", "b")], ("room", "", 1, 2), id="room"),
        pytest.param([events.PersonAway(1, "ann"), events.PersonBack(4, "ann")], ("person", "", 1, 4), id="away"),
        pytest.param([events.ReplyFailed(1, "r", "openai: no")], ("reply", "openai", 1, 1), id="failed"),
        pytest.param([events.ReplyEnded(1, "r", "", False, "x y: no")], ("reply", "", 1, 1), id="no provider's"),
        pytest.param(
            [events.RequestRepeated(1, "llm", "failover", "groq", "openai: 429")],
            ("llm", "openai", 1, 1),
            id="failover",
        ),
        pytest.param([events.RequestRepeated(1, "tts", "retry", "cartesia", "")], ("tts", "cartesia", 1, 1), id="late"),
        pytest.param([events.PlayoutUnderrun(2, "r", 0.5)], ("playout", "", 1.5, 2), id="underrun"),
        pytest.param([events.LoopLagged(2, 0.5)], ("loop", "", 1.5, 2), id="loop"),
    ],
)
def test_faults(happened: list[Event], wanted: tuple[str, str, float, float]) -> None:
    assert faults(*happened) == [wanted]


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param([events.PersonAway(1, "ann"), events.PersonLeft(4, "ann")], id="who leaves has hung up"),
        pytest.param([events.PersonAway(1, "ann")], id="also when the bot leaves first"),
        pytest.param([events.ReplyEnded(1, "r", "All", False)], id="a reply"),
        pytest.param([events.LoopLagged(2, 0.06)], id="a loop that is a little late"),
        pytest.param([events.RequestRepeated(1, "llm", "second", "groq", "")], id="a second request beside the first"),
    ],
)
def test_no_faults(happened: list[Event]) -> None:
    assert faults(*happened) == []

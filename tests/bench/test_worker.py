"""The worker's benchmark: what it computes of delays and of logs."""

import pytest

from tests.bench.worker.burst import LATE, fates
from tests.bench.worker.calls import CallsAtOnce, calls_table
from tests.bench.worker.greeting import parts_of
from tests.bench.worker.knee import knee
from tests.bench.worker.log import jobs_of

WORKER_LOG = """\
2026-03-01 12:00:01,000 INFO    bot.worker.worker: job AJ_one: room a
2026-03-01 12:00:01,100 INFO    bot.worker.calls: job AJ_one: process 7
2026-03-01 12:00:01,200 INFO    bot.worker.worker: job AJ_late: room b
2026-03-01 12:00:01,300 INFO    bot.worker.worker: job AJ_no is not taken: all 2 places are taken; room c
AJ_one: 2026-03-01 12:00:01,900 INFO    bot.room: joined the room a
2026-03-01 12:00:02,000 INFO    bot.worker.worker: job AJ_gone: room f
AJ_gone: 2026-03-01 12:00:50,000 INFO    bot.room: joined the room f
2026-03-01 12:00:55,000 INFO    bot.worker.calls: job AJ_one ended
"""
SERVER_LOG = (
    'WARN livekit.agents no worker available to handle job {"agentName": "measured", "room": "d", "error": "full"}\n'
    'INFO livekit failed to send job request {"error": "full", "agentName": "measured"}\n'
    'INFO livekit failed to send job request {"error": "no response", "agentName": ""}\n'
    'INFO livekit.api API CreateDispatch {"room": "e", "error": "none"}\n'
)


@pytest.mark.parametrize(
    ("delays", "most"),
    [
        ({1: 0.50, 2: 0.55, 4: 0.60, 8: 0.61}, 4),
        ({8: 0.50, 4: 0.50, 2: 0.50, 1: 0.50}, 8),
        ({1: 0.50, 2: 0.70, 4: 0.50}, 1),  # what comes after the first slow one is chance
        ({1: 0.50, 2: None, 4: 0.50}, 1),
        ({1: None, 2: 0.50}, 0),
    ],
)
def test_the_knee_is_the_last_before_answers_take_a_fifth_longer(delays: dict[int, float | None], most: int) -> None:
    assert knee(delays) == most


def test_there_is_no_knee_without_one_call_to_compare_with() -> None:
    with pytest.raises(ValueError, match="measure 1"):
        knee({2: 0.5, 4: 0.6})


def test_the_table_has_the_knee_below_it_and_says_what_was_not_to_be_had() -> None:
    rows = [
        CallsAtOnce(1, [0.4, 0.5, 0.6], cpu=0.125),
        CallsAtOnce(2, [0.5, 0.5, 1.5], unanswered=1, left_out=7, cpu=0.25),
        CallsAtOnce(4, [0.5], failure="no bot came"),
    ]
    _, one, two, _, failure, last = calls_table(rows).splitlines()
    assert one.split()[:7] == ["1", "3", "0", "0", "500", "ms", "590"]
    assert "12.5%" in one
    assert two.split()[:4] == ["2", "4", "7", "1"]
    assert failure == "4 calls: no bot came"
    assert last.startswith("knee: 2 calls")
    assert "the most that was tried" not in last


def test_every_dispatch_of_a_burst_has_its_bot_a_reason_or_is_called_silent() -> None:
    began_at = jobs_of(WORKER_LOG)["AJ_one"].assigned_at - 0.5
    found = fates("abcdef", WORKER_LOG, SERVER_LOG, began_at)
    assert found.joined == pytest.approx((1.4,))
    assert found.silent == ("e",)
    assert not found.is_settled
    assert found.others == {
        LATE: 2,
        "refused by the worker: all 2 places are taken": 1,
        "refused by the server: full": 1,
    }


def test_a_refusal_without_the_room_s_name_counts_for_one_of_the_silent_rooms() -> None:
    unnamed = 'INFO livekit failed to send job request {"error": "nobody answers", "agentName": "measured"}\n'
    found = fates("deg", "", SERVER_LOG + unnamed, 0.0)
    assert len(found.silent) == 1
    assert found.others == {
        "refused by the server: full": 1,
        "refused by the server, without the room's name: nobody answers": 1,
    }
    assert fates("de", "", SERVER_LOG + 2 * unnamed, 0.0).is_settled


def test_the_log_tells_how_long_a_job_took_to_its_process_and_from_there_to_the_room() -> None:
    assert parts_of(WORKER_LOG) == [pytest.approx((0.1, 0.8))]
    assert jobs_of(WORKER_LOG)["AJ_one"].ended_at == pytest.approx(jobs_of(WORKER_LOG)["AJ_one"].assigned_at + 54.0)

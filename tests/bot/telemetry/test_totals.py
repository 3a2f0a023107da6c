"""Numbers of many bots and processes are added up, without loss and within bounds."""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry.catalog import METRICS
from bot.telemetry.exposition import TotalsCollector, exposed
from bot.telemetry.totals import MOST_SERIES, Totals
from bot.telemetry.worker_totals import WorkerTotals
from bot.worker.reports import COUNTED, LONGEST_LINE, Report, count_reports

UNBOUNDED = ("room", "identity", "participant", "session", "job", "call_id", "reply", "text")


def shown(totals: Totals) -> dict[str, float]:
    """Every sample as Prometheus reads it, by name and labels."""
    families = text_string_to_metric_families(exposed(TotalsCollector(lambda: totals)).decode())
    return {
        sample.name + json.dumps(sample.labels, sort_keys=True): sample.value
        for family in families
        for sample in family.samples
    }


def test_names_are_by_the_conventions_of_prometheus() -> None:
    names = [row.shown_name for row in METRICS]
    assert len(set(names)) == len(names)
    for row in METRICS:
        assert re.fullmatch(r"rawbot_[a-z]+(_[a-z]+)*", row.shown_name)
        assert row.shown_name.endswith("_total") == (row.kind == "counter")
        assert (row.kind == "histogram") == bool(row.buckets)
        assert list(row.buckets) == sorted(set(row.buckets))
        if row.kind == "histogram":
            assert row.name.endswith("_seconds"), "a base unit"
        assert not re.search(r"_(ms|milliseconds|minutes|count)\b", row.name)
        assert not any(word in label for label in row.labels for word in UNBOUNDED)
        assert row.meaning.endswith(".")


def test_what_nothing_was_counted_for_is_there_with_a_zero() -> None:
    samples = shown(Totals())
    assert samples["rawbot_calls_total{}"] == 0
    assert samples["rawbot_calls_active{}"] == 0
    assert samples["rawbot_voice_to_voice_seconds_count{}"] == 0
    assert not any("turns" in name for name in samples), "labels are not guessed"


def test_a_histogram_counts_up_to_each_bound() -> None:
    totals = Totals()
    for seconds in (0.05, 0.3, 0.31, 99.0, -0.2, None):
        totals.observe("voice_to_voice_seconds", seconds)
    samples = shown(totals)
    name = "rawbot_voice_to_voice_seconds"
    assert samples[f'{name}_bucket{{"le": "0.05"}}'] == 2, (
        "a bound belongs to its bucket, and what is early counts as 0"
    )
    assert samples[f'{name}_bucket{{"le": "0.3"}}'] == 3
    assert samples[f'{name}_bucket{{"le": "0.4"}}'] == 4
    assert samples[f'{name}_bucket{{"le": "10.0"}}'] == 4
    assert samples[f'{name}_bucket{{"le": "+Inf"}}'] == samples[f"{name}_count{{}}"] == 5
    assert samples[f"{name}_sum{{}}"] == pytest.approx(0.05 + 0.3 + 0.31 + 99.0)


def test_labels_that_grow_without_bound_end_as_other() -> None:
    totals = Totals()
    for number in range(MOST_SERIES + 50):
        totals.add("tts_characters", ("vendor", f"model-{number}"), 1)
    totals.add("tts_characters", ("vendor", "model-7"), 1)
    assert len(totals.counters) == MOST_SERIES + 1
    assert totals.counters["tts_characters", ("other", "other")] == 50
    assert totals.counters["tts_characters", ("vendor", "model-7")] == 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("calls"), st.just(()), st.integers(1, 5)),
        st.tuples(st.just("turns"), st.tuples(st.sampled_from(["turn", "backchannel"])), st.integers(1, 5)),
        st.tuples(st.just("voice_to_voice_seconds"), st.just(()), st.integers(0, 20)),
    ),
    max_size=20,
)


def count(totals: Totals, steps: Iterable[tuple[str, tuple[str, ...], int]]) -> None:
    for name, labels, value in steps:
        if name.endswith("_seconds"):
            totals.observe(name, value, labels)
        else:
            totals.add(name, labels, value)


@given(st.lists(STEPS, max_size=5))
def test_the_sum_of_the_processes_is_what_one_would_have_counted(processes: list[Any]) -> None:
    whole, counted = Totals(), WorkerTotals()
    for number, steps in enumerate(processes):
        own = Totals()
        for half in (steps[::2], steps[1::2]):
            count(own, half)
            count(whole, half)
            for report in count_reports(own.take()):
                read = Report.from_line(report.to_line().encode())
                assert read.what == COUNTED
                counted.count(f"job-{number}", read.counts)
    assert shown(counted.totals) == shown(whole)


def test_gauges_are_those_of_the_jobs_that_run() -> None:
    counted = WorkerTotals()
    for job in ("a", "b"):
        own = Totals()
        own.set("calls_active", 1)
        counted.count(job, own.take())
    assert counted.totals.gauges == {("calls_active", ()): 2.0}
    counted.count("b", {"counters": [["calls", [], 1]]})
    assert counted.totals.gauges == {("calls_active", ()): 2.0}, "a report in several pieces has them once"
    counted.ended("a")
    assert counted.totals.gauges == {("calls_active", ()): 1.0}


@pytest.mark.parametrize(
    "counts",
    [
        {"counters": [["nothing", [], 1]]},
        {"counters": [["calls", ["a label"], 1]]},
        {"counters": [["turns", [3], 1]]},
        {"counters": [["calls", [], "many"]]},
        {"counters": 3},
        {"histograms": [["voice_to_voice_seconds", [], [1]]]},
        {"histograms": [["calls", [], [1]]]},
        {"gauges": [["calls", [], 1]]},
    ],
    ids=str,
)
def test_nonsense_of_a_process_is_left_out(counts: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    counted = WorkerTotals()
    with caplog.at_level(logging.WARNING):
        counted.count("a", counts)
    assert "job a counts what cannot be added" in caplog.text
    assert shown(counted.totals) == shown(Totals())


def test_a_report_is_short_enough_to_be_written_at_once() -> None:
    totals = Totals()
    for number in range(150):
        totals.add("llm_tokens", ("a-vendor", f"a-model-of-it-{number}", "prompt"), 12_345)
        totals.observe("first_token_seconds", 0.3, ("a-vendor", f"a-model-of-it-{number}"))
    reports = list(count_reports(totals.take()))
    assert len(reports) > 5
    assert max(len(report.to_line()) for report in reports) <= LONGEST_LINE
    assert totals.take() == {}

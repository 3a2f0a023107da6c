"""Many calls: their figures, the slowest answers, faults, and journals that are broken."""

import gc
import json
import re
from pathlib import Path

import pytest

from bot.report import writing
from bot.report.as_json import fleet_figures
from bot.report.call import ReportedCall, read_call
from bot.report.fleet import WORST, journals_in, read_fleet
from bot.report.writing import report_folder
from pipeline.journal import Entry
from pipeline.metrics import Latencies
from pipeline.metrics.waterfall import Waterfall
from tests.bot.report.recorded import record_answers, record_hostile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three calls, two in folders of their own, and files that are no journals or broken ones."""
    for name, delays in (("a", [0.7, 0.8]), ("b", [0.9, 2.5]), ("c", [0.8])):
        (tmp_path / name).mkdir()
        record_answers(tmp_path / name / "call.jsonl", delays, f"What is the time in {name}?")
    (tmp_path / "notes.txt").write_text("not a journal")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "other.jsonl").write_text('{"some": "lines"}\n')
    old = (tmp_path / "a" / "call.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "old.log").write_text(old[0].replace('"journal":', '"journal":-') + "\n", "utf-8")
    strange = json.loads(old[1])
    strange["event"]["identity"] = ["not", "a", "text"]
    (tmp_path / "strange.log").write_text("\n".join([old[0], json.dumps(strange), ""]), "utf-8")
    return tmp_path


def test_journals_are_found_by_what_they_begin_with(folder: Path) -> None:
    found = [path.relative_to(folder).as_posix() for path in journals_in(folder)]
    assert found == [
        *("a/call.jsonl", "b/call.jsonl", "c/call.jsonl", "empty.jsonl", "old.log", "other.jsonl", "strange.log")
    ]


def test_a_broken_journal_is_listed_with_the_reason_and_ends_nothing(folder: Path) -> None:
    fleet = read_fleet(journals_in(folder))
    assert [call.journal.parent.name for call in fleet.calls[:3]] == ["a", "b", "c"]
    why = {it.journal.name: it.why for it in fleet.broken}
    assert "holds no step" in why["empty.jsonl"]
    assert "line 1 is no line of a journal" in why["other.jsonl"]
    assert "its format is" in why["old.log"]


def test_the_slowest_answers_come_first_and_are_those_of_their_calls(folder: Path) -> None:
    fleet = read_fleet(journals_in(folder))
    worst = fleet.worst[0]
    assert worst.total == pytest.approx(2.5, abs=0.2)
    assert (fleet.calls[worst.call].journal.parent.name, worst.turn) == ("b", 2)
    assert worst.question == "What is the time in b?"
    assert "llm" in worst.sentence
    assert [turn.total for turn in fleet.worst] == sorted((turn.total for turn in fleet.worst), reverse=True)


def test_only_so_many_of_them_are_kept(tmp_path: Path) -> None:
    record_answers(tmp_path / "long.jsonl", [0.6 + 0.02 * number for number in range(WORST + 5)])
    fleet = read_fleet([tmp_path / "long.jsonl"])
    assert len(fleet.worst) == WORST
    assert min(turn.total for turn in fleet.worst) >= sorted(fleet.delays["voice_to_voice_delay"])[4]


def test_faults_by_stage_and_provider(tmp_path: Path) -> None:
    fleet = read_fleet([record_hostile(tmp_path / "call.jsonl", "it is gone")])
    assert fleet.faults["stt", "deepgram"] == 1
    assert fleet.faults["reply", "openai"] == 1
    assert fleet.repeats["llm", "failover", "it is gone"] == 1
    assert fleet.calls[0].faults >= 3


def test_its_page_and_those_of_the_worst_calls(folder: Path) -> None:
    report = report_folder(folder)
    assert report.pages[0] == folder / "report.html"
    page = report.pages[0].read_text("utf-8")
    links = set(re.findall(r'href="\./(report/[^"#]+)(#turn-\d+)?"', page))
    assert {target for target, _ in links} == {str(it.relative_to(folder)) for it in report.pages[1:]}
    for target, anchor in links:
        if anchor:
            assert f'id="{anchor[1:]}"' in (folder / target).read_text("utf-8")
    for wanted in (
        "3 calls" if False else "<b>",
        "old.log",
        "response rate",
        "95 % interval",
        "What is the time in b?",
    ):
        assert wanted in page, wanted
    assert report_folder(folder).fleet is not None, "its own pages are no journals"


def test_a_call_of_which_no_page_can_be_made_ends_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(name: str, entries: list[Entry]) -> ReportedCall:
        if entries[0].header.wall_time == broken:
            raise KeyError("a reply that nobody began")
        return read_call(name, entries)

    fleet = read_fleet(journals_in(folder))
    broken = fleet.calls[fleet.worst[0].call].began
    monkeypatch.setattr(writing, "read_call", read)
    report = report_folder(folder)
    page = report.pages[0].read_text("utf-8")
    assert len(report.pages) == 3
    assert "no page can be made of call" in page
    assert "What is the time in b?" in page, "its answers are in the figures all the same"


def test_a_folder_without_journals_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text("nothing\n")
    with pytest.raises(ValueError, match=r"(?s)no journal that can be read.*other.jsonl"):
        report_folder(tmp_path)


def test_its_figures_for_programs(folder: Path) -> None:
    figures = fleet_figures(read_fleet(journals_in(folder)))
    assert json.loads(json.dumps(figures))["interaction"]["response_rate"]["value"] == 1.0
    assert figures["latencies"]["voice_to_voice_delay"]["count"] == 5


def kept_steps() -> list[object]:
    """What is made of single steps of journals and is still there."""
    gc.collect()
    return [it for it in gc.get_objects() if isinstance(it, Entry | Latencies | Waterfall)]


def test_nothing_of_a_journal_stays_in_memory_but_its_figures(tmp_path: Path) -> None:
    journal = record_answers(tmp_path / "call.jsonl", [0.7] * 5)
    before = {id(it) for it in kept_steps()}  # of other tests in this process
    fleet = read_fleet([journal] * 3)
    assert len(fleet.calls) == 3
    assert [it for it in kept_steps() if id(it) not in before] == []

"""Writing the pages: of a journal beside it, of a folder into it; for their owner alone, as people spoke in private."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.report.call import ReportedCall, read_call, sessions_of
from bot.report.call_page import PlayedSound, call_page
from bot.report.fleet import BrokenJournal, Fleet, journals_in, read_fleet, why_not
from bot.report.fleet_page import fleet_page
from bot.report.recording import find_recordings, with_recorded_words


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """What was written, and what it is of: the calls of a journal, or those of a folder."""

    pages: Sequence[Path]
    calls: Sequence[ReportedCall] = ()
    fleet: Fleet | None = None


def report_journal(journal: Path, out: Path | None = None, recordings: Path | None = None) -> WrittenReport:
    """Write a page for each session of a journal: `out`, with a number before its suffix from the second one on.

    `recordings` is where they are, if not beside the journal. Raises OSError, or ValueError for what is no journal.
    """
    calls = [read_call(name, entries) for name, entries in sessions_of(journal)]
    pages = list(_pages(out or journal.with_suffix(".html"), len(calls)))
    for call, page in zip(calls, pages, strict=True):
        write_call(call, journal, page, recordings)
    return WrittenReport(pages, calls)


def report_folder(folder: Path, out: Path | None = None, recordings: Path | None = None) -> WrittenReport:
    """Write a page for a folder, and in a folder beside it one for each call that has one of the slowest answers.

    Raises OSError, or ValueError where there is no journal that can be read.
    """
    page = out or folder / "report.html"
    fleet = read_fleet(journals_in(folder))
    if not fleet.calls:
        broken = "".join(f"\n{it.journal}: {it.why}" for it in fleet.broken)
        raise ValueError(f"{folder} has no journal that can be read: name a folder with files of --journal{broken}")
    pages: dict[int, Path] = {}
    for number in dict.fromkeys(turn.call for turn in fleet.worst):
        summary = fleet.calls[number]
        target = page.with_suffix("") / f"{number + 1:04}-{summary.journal.stem}.html"
        try:
            _, entries = list(sessions_of(summary.journal))[summary.session]
            call = read_call(summary.name, entries)
        except Exception as error:  # noqa: BLE001 - what stands in a file of others may break anything, but not the rest
            fleet.broken.append(
                BrokenJournal(summary.journal, f"no page can be made of {summary.name}: {why_not(error)}")
            )
            continue
        write_call(call, summary.journal, target, recordings)
        pages[number] = target
    write_private(page, fleet_page(folder, fleet, pages, page))
    return WrittenReport([page, *pages.values()], fleet=fleet)


def write_call(call: ReportedCall, journal: Path, page: Path, recordings: Path | None = None) -> None:
    """Write the page of a call, with its recordings. Raises OSError."""
    found = find_recordings(call, journal, recordings)
    sounds = [PlayedSound(recording.source(page), recording.offset) for recording in found]
    page.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(page, call_page(with_recorded_words(call, found), sounds))


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all. Raises OSError."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=path.suffix, delete=False) as file:
        try:
            file.write(text)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _pages(first: Path, count: int) -> Iterator[Path]:
    for number in range(1, count + 1):
        yield first if number == 1 else first.with_name(f"{first.stem}-{number}{first.suffix}")

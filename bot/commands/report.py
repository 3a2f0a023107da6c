"""`python -m bot report`: a call as a page, from its journal and its recording; or all calls of a folder."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.command_line.flags import add_json, command_parser
from bot.command_line.output import write_json, write_lines
from bot.process.exit_codes import ExitCode

if TYPE_CHECKING:
    from bot.report.writing import WrittenReport

EPILOG = (
    "The page is one file that fetches nothing. It holds what was said: keep it as private as the call. It plays the "
    "recordings of --record that lie beside the journal, or in --recordings. Of a folder, the calls with the slowest "
    "answers get pages of their own in a folder beside the page, and a journal that is broken is listed there. "
    f"Exit codes: 0 written, {ExitCode.SETTINGS.value} no journal that can be read, or a page that cannot be written."
)


def main(argv: Sequence[str]) -> int:
    """Write the report; return the exit code."""
    parser = command_parser("report", "Needs no server and no provider.", EPILOG)
    parser.add_argument("journal", metavar="JOURNAL|DIR", type=Path, help="a file of --journal, or a folder with some")
    parser.add_argument("--out", metavar="FILE.html", type=Path, help="the page (default: beside the journal)")
    parser.add_argument("--png", metavar="FILE", type=Path, help="write a picture, too; needs the extra 'report'")
    parser.add_argument("--recordings", metavar="DIR", type=Path, help="where the recordings are (or the Ogg file)")
    add_json(parser)
    arguments = parser.parse_args(argv)

    from pipeline.errors import SettingsError

    try:
        report = _write(arguments.journal, arguments.out, arguments.png, arguments.recordings)
    except OSError as error:
        return _refused(f"{error.filename or arguments.journal}: {error.strerror}")
    except (ValueError, SettingsError) as error:
        return _refused(str(error))
    _print(report, arguments.png, as_json=arguments.json)
    return ExitCode.OK


def _refused(fault: str) -> int:
    sys.stderr.write(f"{fault}\n")
    return ExitCode.SETTINGS


def _write(journal: Path, out: Path | None, png: Path | None, recordings: Path | None) -> "WrittenReport":
    from bot.report.fleet_picture import save_fleet
    from bot.report.picture import need_matplotlib, save_call
    from bot.report.writing import report_folder, report_journal

    if png is not None:
        need_matplotlib()
    write = report_folder if journal.is_dir() else report_journal
    report = write(journal, out, recordings)
    if png is not None and report.fleet is not None:
        save_fleet(report.fleet, png)
    elif png is not None:
        save_call(report.calls[-1], png)
    return report


def _print(report: "WrittenReport", png: Path | None, *, as_json: bool) -> None:
    from bot.report.as_json import call_figures, fleet_figures

    pages = [*map(str, report.pages), *([str(png)] if png is not None else [])]
    if as_json:
        fleet = report.fleet
        figures = [call_figures(call) for call in report.calls] if fleet is None else fleet_figures(fleet)
        write_json({"pages": pages, "figures": figures})
        return
    if report.fleet is not None:
        broken = len(report.fleet.broken)
        write_lines([f"{len(report.fleet.calls)} calls{f', {broken} broken journals' if broken else ''}"])
    for call in report.calls:
        write_lines([str(turn.waterfall) for turn in call.turns if turn.waterfall is not None])
    write_lines(pages)

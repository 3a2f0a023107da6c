"""`python -m bot replay`: what a bot decided in a call, when and why, from its journal alone."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.command_line.flags import add_json, command_parser
from bot.command_line.output import write_json, write_lines
from bot.process.exit_codes import ExitCode

if TYPE_CHECKING:
    from pipeline.commands import Command
    from pipeline.journal import Entry, Header, Replayed
    from pipeline.journal.moments import Moment
    from pipeline.metrics import Metrics

EPILOG = (
    "KEY is a field of Policy in pipeline/turn/policy.py, or a text of AgentProfile in pipeline/agent.py. Only the "
    "first difference that the changes make is shown, as the call would have gone on in another way from there. "
    "Windows of audio that the journal leaves out are rebuilt from those around them. Exit codes: 0 the present code "
    "decides as the journal says, "
    f"{ExitCode.DIFFERENT.value} it does not, {ExitCode.SETTINGS.value} no journal that can be read."
)


@dataclass(frozen=True, slots=True)
class ReplayedSession:
    """One session of a journal, decided again; a difference is the first step with another decision."""

    header: "Header"
    entries: "Sequence[Entry]"
    moments: "tuple[Moment, ...]"
    metrics: "Metrics"
    difference: "Replayed | None"
    other: "Replayed | None"
    """The first difference under the changed policy, if one was given."""


def main(argv: Sequence[str]) -> int:
    """Print the sessions of a journal; return the exit code."""
    parser = command_parser("replay", "Needs no server and no provider.", EPILOG)
    parser.add_argument("journal", metavar="JOURNAL", type=Path, help="the file that a bot wrote with --journal")
    parser.add_argument(
        "--policy",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="show also what a policy with these changes would have decided in another way first",
    )
    add_json(parser)
    arguments = parser.parse_args(argv)

    from bot.settings.policy_changes import read_changes

    try:
        changes = read_changes(arguments.policy)
        sessions = _read(arguments.journal, changes)
    except OSError as error:
        return _refused(f"{arguments.journal} cannot be read: {error.strerror}")
    except ValueError as error:
        return _refused(str(error))
    if arguments.json:
        write_json([_as_json(session, changes) for session in sessions])
    else:
        write_lines(line for session in sessions for line in _lines(session, changes))
    if _is_torn(arguments.journal):
        sys.stderr.write("its last line is torn, as a bot that was killed leaves it, and was left out\n")
    return ExitCode.DIFFERENT if any(session.difference for session in sessions) else ExitCode.OK


def _refused(fault: str) -> int:
    sys.stderr.write(f"{fault}\n")
    return ExitCode.SETTINGS


def _read(path: Path, changes: dict[str, Any]) -> "list[ReplayedSession]":
    from pipeline.journal import read_journal

    sessions: list[list[Entry]] = []
    for entry in read_journal(path):
        if not sessions or sessions[-1][0].header is not entry.header:
            sessions.append([])
        sessions[-1].append(entry)
    if not sessions:
        raise ValueError(f"{path} holds no step of a session: is it a journal, and did the bot get into its room?")
    return [_session(entries, changes) for entries in sessions]


def _session(entries: "Sequence[Entry]", changes: dict[str, Any]) -> ReplayedSession:
    from pipeline.journal import replay
    from pipeline.journal.moments import timeline
    from pipeline.metrics import Meter

    header = entries[0].header
    replayed = tuple(replay(entries))
    moments, difference = tuple(timeline(replayed)), _difference(iter(replayed))
    meter = Meter()
    for entry in entries:
        meter.add(entry.event, entry.commands)
    other = _difference(_replay_changed(entries, changes)) if changes else None
    return ReplayedSession(header, entries, moments, meter.metrics, difference, other)


def _replay_changed(entries: "Sequence[Entry]", changes: dict[str, Any]) -> "Iterator[Replayed]":
    from pipeline.agent import AgentProfile
    from pipeline.journal import replay
    from pipeline.turn.policy import Policy

    header = entries[0].header
    of_policy, of_agent = (
        {name: value for name, value in changes.items() if name in {field.name for field in fields(kind)}}
        for kind in (Policy, AgentProfile)
    )
    return replay(entries, replace(header.policy, **of_policy), agent=replace(header.agent, **of_agent))


def _difference(replayed: "Iterator[Replayed]") -> "Replayed | None":
    return next((step for step in replayed if not step.is_same), None)


def _is_torn(path: Path) -> bool:
    if not path.is_file():  # a pipe has been read by now
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) != b"\n"


# --- for people ---


def _lines(session: ReplayedSession, changes: dict[str, Any]) -> Iterator[str]:
    header, last = session.header, session.entries[-1].event
    began = header.wall_time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    yield f"session of {began}, {last.at - header.at:.1f} s, written by rawbot {header.rawbot}"
    if header.redacted:
        yield f"redacted: {', '.join(header.redacted)}; it decides by the marks that stand for words"
    for moment in session.moments:
        at = f"{moment.at:9.2f}  "
        if moment.text is not None:
            yield at + moment.text
            at = " " * len(at)
        for decision in moment.decisions:
            reason = f"  ({decision.rule}{decision.grounds and f': {decision.grounds}'})" if decision.rule else ""
            yield f"{at}-> {decision.text}{reason}"
            at = " " * len(at)
    yield from _answers(session)
    yield from (f"  {waterfall}" for waterfall in session.metrics.waterfalls)
    yield from (f"  {line}" for line in session.metrics.lines())
    if session.difference is None:
        yield f"the present code decides all {len(session.entries)} steps in the same way"
    else:
        yield from _difference_lines("the present code decides otherwise, first", session, session.difference)
    if changes:
        asked = f"with {', '.join(f'{name}={value}' for name, value in changes.items())}"
        if session.other is None:
            yield f"{asked} everything would have been decided in the same way"
        else:
            yield from _difference_lines(f"{asked} it would have gone otherwise, first", session, session.other)


def _answers(session: ReplayedSession) -> Iterator[str]:
    """Format a line for each answer, with delays in seconds from the person's last word."""
    if not session.metrics.latencies:
        return
    yield "  answers       asked at   words   begun    text   audio  turn over  released  voice to voice"
    for answer in session.metrics.latencies:
        delays = (answer.transcript_delay, answer.start_delay, answer.text_delay, answer.audio_delay)
        columns = "".join(f"{_seconds(delay):>8}" for delay in delays)
        extra = f"{' draft' if answer.is_draft else ''}{f', {answer.requests} requests' if answer.requests > 1 else ''}"
        yield (
            f"  {answer.reply_id:<12}{answer.asked_at - session.header.at:>10.2f}{columns}"
            f"{_seconds(answer.endpoint_delay):>11}{_seconds(answer.release_delay):>10}"
            f"{_seconds(answer.voice_to_voice_delay):>16}{extra and f'  {extra.strip(chr(44)).strip()}'}"
        )


def _seconds(delay: float | None) -> str:
    return "-" if delay is None else f"{delay:.2f}"


def _difference_lines(title: str, session: ReplayedSession, step: "Replayed") -> Iterator[str]:
    from pipeline.journal.descriptions import describe_event, describe_grounds

    event, why = step.entry.event, describe_grounds(step.entry.why)
    yield f"{title} at {event.at - session.header.at:.2f} s: {describe_event(event)}{why and f' ({why})'}"
    yield f"  in the journal: {_described(step.entry.commands)}"
    yield f"  now:            {_described(step.commands)}"


def _described(commands: "Sequence[Command]") -> str:
    from pipeline.journal.descriptions import describe_command

    return ", ".join(describe_command(command) for command in commands) or "nothing"


# --- for programs ---


def _as_json(session: ReplayedSession, changes: dict[str, Any]) -> dict[str, Any]:
    from pipeline.journal import codec

    header = session.header
    moments = [
        {
            "at": round(moment.at, 3),
            "event": codec.encode(moment.event),
            "text": moment.text,
            "decisions": [
                {
                    "rule": decision.rule,
                    "commands": [codec.encode(codec.summarized(command)) for command in decision.commands],
                    "text": decision.text,
                    "grounds": decision.grounds,
                }
                for decision in moment.decisions
            ],
        }
        for moment in session.moments
    ]
    content = {
        "rawbot": header.rawbot,
        "began_at": header.wall_time.isoformat(),
        "duration": round(session.entries[-1].event.at - header.at, 3),
        "steps": len(session.entries),
        "redacted": list(header.redacted),
        "timeline": moments,
        "metrics": session.metrics.as_dict(),
        "is_same": session.difference is None,
        "difference": _difference_json(session, session.difference),
    }
    if changes:
        content["policy"] = {name: codec.encode(value) for name, value in changes.items()}
        content["policy_difference"] = _difference_json(session, session.other)
    return content


def _difference_json(session: ReplayedSession, step: "Replayed | None") -> dict[str, Any] | None:
    if step is None:
        return None
    from pipeline.journal import codec

    return {
        "at": round(step.entry.event.at - session.header.at, 3),
        "event": codec.encode(step.entry.event),
        "why": step.entry.why,
        "journal": [codec.encode(command) for command in step.entry.commands],
        "now": [codec.encode(codec.summarized(command)) for command in step.commands],
    }

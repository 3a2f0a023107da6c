"""What a worker's log and the server's tell of dispatches. Pure."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})")
REFUSED = re.compile(r"job AJ_\w+ is not taken: (.*); room (\S+)$")
NO_WORKER = "no worker available to handle job"
"""Logged by the server with the room and an error, when no worker says that it has a place, or none takes the job."""

NOT_SENT = "failed to send job request"
"""Logged by the server with the agent's name and an error, after NO_WORKER, and alone where no node asks a worker."""


@dataclass(slots=True)
class JobTimes:
    """What became of a job that a worker was given; seconds since 1970, None for what has not come."""

    room: str
    assigned_at: float
    process_at: float | None = None
    joined_at: float | None = None
    ended_at: float | None = None


def jobs_of(log: str) -> dict[str, JobTimes]:
    """Return the jobs in a worker's log, by their ids."""
    jobs: dict[str, JobTimes] = {}
    for line in log.splitlines():
        stamp, found = STAMP.search(line), re.search(r"AJ_\w+", line)
        if not stamp or not found:
            continue
        at, job_id = _seconds(stamp[1]), found[0]
        if assigned := re.search(r": room (\S+)$", line):
            jobs.setdefault(job_id, JobTimes(assigned[1], at))
        elif job := jobs.get(job_id):
            if ": process " in line:
                job.process_at = job.process_at or at
            elif "joined the room" in line:
                job.joined_at = job.joined_at or at
            elif f"job {job_id} ended" in line:
                job.ended_at = at
    return jobs


def refusals_of(log: str) -> dict[str, str]:
    """Return why a worker did not take a job, by room; the last reason of each."""
    return {found[2]: found[1] for line in log.splitlines() if (found := REFUSED.search(line))}


def server_refusals_of(log: str) -> dict[str, str]:
    """Return why the server gave a job to no worker, by room; the last reason of each."""
    found: dict[str, str] = {}
    for line in log.splitlines():
        room, error = re.search(r'"room": "([^"]+)"', line), re.search(r'"error": "([^"]+)"', line)
        if NO_WORKER in line and room and error:
            found[room[1]] = error[1]
    return found


def unnamed_refusals_of(log: str, agent_name: str) -> Counter[str]:
    """Count why the server gave jobs of an agent to no worker where it does not say of which rooms."""
    found = Counter[str]()
    for line in log.splitlines():
        error = re.search(r'"error": "([^"]+)"', line)
        if error and f'"agentName": "{agent_name}"' in line:
            found[error[1]] += (NOT_SENT in line) - (NO_WORKER in line)
    return +found


def _seconds(stamp: str) -> float:
    """Seconds since 1970 of a stamp in the machine's own time, as logging writes it."""
    zone = datetime.now(UTC).astimezone().tzinfo
    return datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=zone).timestamp()

"""How much memory a process has, with all that it has started."""

from pathlib import Path

PROC = Path("/proc")


def can_be_read() -> bool:
    """Whether this system tells."""
    return (PROC / "self/smaps_rollup").is_file()


def memory_of(pid: int) -> int:
    """Return the bytes of a process and its descendants; those that have ended count nothing.

    It is the proportional set size (PSS): pages that several processes share, such as libraries, count for each of them
    by its part, so that the sizes add up to what the machine has lost. See proc_pid_smaps(5).
    """
    total = 0
    for line in _lines(PROC / f"{pid}/smaps_rollup"):
        if line.startswith("Pss:"):
            total += int(line.split()[1]) * 1024
    for children in (PROC / f"{pid}/task").glob("*/children"):
        total += sum(memory_of(int(child)) for line in _lines(children) for child in line.split())
    return total


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("ascii", errors="replace").splitlines()
    except OSError:  # it has ended
        return []

"""Files in the user's cache, each made by one process at a time. Standard library only."""

from collections.abc import Callable
from pathlib import Path

from scripts.file_lock import locked


def made_once(
    target: Path,
    lock: str,
    make: Callable[[], None],
    *,
    progress: Callable[[str], None],
    failure: Callable[[str], Exception],
    needed: str,
) -> Path:
    """Return `target`, and make it first when it is not there; safe to call from several processes at once.

    `lock` is the name of a file beside it; `progress` gets a line every ten seconds of a wait for another process.
    An OSError is raised as `failure`, which says to use `needed`.
    """
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.parent / lock, progress):
            if not target.exists():  # another process may have made it while this one waited
                make()
    except OSError as error:
        raise failure(f"{target.parent} cannot be used ({error}): set XDG_CACHE_HOME to {needed}") from error
    return target

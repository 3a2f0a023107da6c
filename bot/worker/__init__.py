"""The worker: LiveKit's dispatch sends it to rooms, and each room gets a bot in a process of its own.

For a program of one's own, all of it from here:

    run               a worker whose jobs a function of the program serves
    JobContext        the job, for that function
    ProcessContext    the process, for the function that prepares it
    SessionConfig     the configuration that came with a job: `JobContext.config`
    SessionRefused    raised for a job that cannot be served as it is configured
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.worker.embedding import run as run
    from bot.worker.job_context import JobContext as JobContext
    from bot.worker.job_context import ProcessContext as ProcessContext
    from bot.worker.session_config import SessionConfig as SessionConfig
    from bot.worker.session_config import SessionRefused as SessionRefused

_PLACES = {
    "JobContext": "bot.worker.job_context",
    "ProcessContext": "bot.worker.job_context",
    "SessionConfig": "bot.worker.session_config",
    "SessionRefused": "bot.worker.session_config",
    "run": "bot.worker.embedding",
}

__all__ = ["JobContext", "ProcessContext", "SessionConfig", "SessionRefused", "run"]


def __getattr__(name: str) -> Any:
    """Load each name at its first use: whatever is imported from below passes through here."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

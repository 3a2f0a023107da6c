"""Where the operator's own entry, its preparation and its agents are: the flags for them. Standard library only."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_loading = False


@contextmanager
def loading() -> Iterator[None]:
    """Note that code of the operator is being loaded meanwhile, see `is_loading`."""
    global _loading
    before, _loading = _loading, True
    try:
        yield
    finally:
        _loading = before


def is_loading() -> bool:
    """Whether code of the operator is being loaded: a worker that it starts would load it again, and so on."""
    return _loading


@dataclass(frozen=True, slots=True)
class ProgramPlaces:
    """Places are package.module:function or FILE.py:function; empty for a bot as the settings say."""

    entry: str = ""
    prewarm: str = ""
    agents: tuple[str, ...] = ()
    """Modules or files whose agents a job may name."""

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that say so."""
        named = {"--entry": self.entry, "--prewarm": self.prewarm, "--agents": ",".join(self.agents)}
        return tuple(word for flag, value in named.items() if value for word in (flag, value))


def add_program_flags(parser: argparse.ArgumentParser) -> None:
    """Add --entry, --prewarm and --agents."""
    parser.add_argument(
        "--entry",
        default="",
        metavar="MODULE:FUNCTION",
        help="serve each job by this async function (of a module, or FILE.py) instead of a bot as the settings say",
    )
    parser.add_argument(
        "--prewarm",
        default="",
        metavar="MODULE:FUNCTION",
        help="call this function in each process before it waits for its job",
    )
    parser.add_argument(
        "--agents",
        type=_names,
        default=(),
        metavar="FILE.py|MODULE",
        help="agents that the metadata of a job may name, separated by commas",
    )


def given_places(arguments: argparse.Namespace) -> ProgramPlaces:
    """Return what these flags say."""
    return ProgramPlaces(arguments.entry, arguments.prewarm, arguments.agents)


def _names(text: str) -> Sequence[str]:
    return tuple(name for part in text.split(",") if (name := part.strip()))

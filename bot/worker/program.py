"""What the processes of jobs run: the operator's own entry, or a bot; and where that is found.

Places are written by the operator alone, on the command line or by `run`: to load one is to run code.
"""

import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.agent import Agent
from bot.process.loading import load_module
from bot.worker.job_context import JobContext, ProcessContext, serve_voice_bot
from bot.worker.program_places import ProgramPlaces, loading
from pipeline.errors import SettingsError

Entry = Callable[[JobContext], Awaitable[object]]
"""Serves one job, and returns when it is over."""

Prewarm = Callable[[ProcessContext], object]
"""Prepares a process before its job; what it returns, or what that gives when awaited, is `JobContext.prewarmed`."""


@dataclass(frozen=True, slots=True)
class JobProgram:
    """What the process of a job runs."""

    entry: Entry = serve_voice_bot
    prewarm: Prewarm | None = None
    agents: tuple[Agent, ...] = ()
    """Those that a job may name."""

    @property
    def is_own(self) -> bool:
        """Whether the entry is the operator's."""
        return self.entry is not serve_voice_bot


def load_program(places: ProgramPlaces) -> JobProgram:
    """Load what stands at these places. Raises SettingsError with every fault."""
    faults: list[str] = []
    entry = _function("entry", places.entry, faults)
    if entry is not None and not inspect.iscoroutinefunction(entry):
        faults.append(f"--entry names {places.entry}, which is no async function: write async def entry(job).")
    prewarm = _function("prewarm", places.prewarm, faults)
    agents = _agents(places.agents, faults)
    if faults:
        raise SettingsError(faults)
    return JobProgram(entry or serve_voice_bot, prewarm, agents)


async def prepare(program: JobProgram, process: ProcessContext) -> object:
    """Call `prewarm`, in the event loop of the job, and return what it gives."""
    if program.prewarm is None:
        return None
    prepared = program.prewarm(process)
    return await prepared if inspect.isawaitable(prepared) else prepared


def _function(flag: str, place: str, faults: list[str]) -> Callable[..., Any] | None:
    if not place:
        return None
    module_name, _, name = place.rpartition(":")
    if not module_name or not name.isidentifier():
        faults.append(f"--{flag} is {place!r}: write package.module:function or FILE.py:function.")
        return None
    try:
        with loading():
            found = getattr(load_module(module_name), name, None)
    except ValueError as error:
        faults.append(f"--{flag} {error}.")
        return None
    if not callable(found):
        faults.append(f"--{flag} names {place}, and {module_name} has no function {name!r}: correct it.")
        return None
    return found  # type: ignore[no-any-return]


def _agents(names: Sequence[str], faults: list[str]) -> tuple[Agent, ...]:
    agents: dict[str, Agent] = {}
    for name in names:
        try:
            with loading():
                module = load_module(name)
        except ValueError as error:
            faults.append(f"--agents {error}.")
            continue
        found = {id(it): it for key, it in vars(module).items() if isinstance(it, Agent) and not key.startswith("_")}
        if not found:
            faults.append(f"--agents names {name}, which has no agents: write NAME = Agent(...) there.")
        for agent in found.values():
            if agents.setdefault(agent.name, agent) is not agent:
                faults.append(f"--agents: there are two agents of the name {agent.name}: rename one of them.")
    return tuple(agents.values())


def place_of(function: Callable[..., object]) -> str:
    """Return where a process of its own finds this function. Raises SettingsError where it cannot."""
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", "")
    if not name.isidentifier():
        raise SettingsError([f"{function!r} cannot be found by another process: define it at the top of its module."])
    if module == "__main__":
        main = sys.modules["__main__"]
        spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
        if spec is None and file is None:
            raise SettingsError([f"{name} is in no file, where another process would find it: write it into one."])
        module = spec.name if spec is not None else str(Path(str(file)).resolve())
    return f"{module}:{name}"

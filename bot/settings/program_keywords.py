"""The keywords of `VoiceBot` that only a program can give, or give as objects: agent, tools, hooks, memory ..."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from bot.agent import Agent
from bot.assembly.tools import BotTools
from bot.hooks.hooks import Hooks
from bot.memory.store import MemoryStore
from bot.settings.options import Keywords
from bot.settings.redaction_settings import FindNames
from bot.settings.settings import Settings
from bot.settings.tool_checks import NO_SDK
from bot.telemetry.telemetry import Telemetry
from bot.tools.callable_tool import CallableTool
from bot.tools.decorator import FunctionTool
from bot.tools.mcp.server_config import McpServer, read_servers
from pipeline.port_check import PORTS, violation
from pipeline.ports import LanguageModel

log = logging.getLogger(__name__)

OF_AGENTS = ("instructions", "greeting", "greeting_instructions", "tools")
"""The settings that an agent takes the place of."""


class ProgramKeywords(Keywords, total=False):
    """The keywords of `VoiceBot`: settings, and what only a program can give."""

    tools: Iterable[FunctionTool[..., Any] | str]
    """Functions with `@tool`, and names of built-in tools; instead of those of the settings."""
    mcp_servers: Mapping[str, Mapping[str, Any]]
    """MCP servers by name, as in a file's mcpServers, taken literally; instead of those of the settings."""
    hooks: Hooks
    """Functions that are called when something happens in the conversation."""
    metadata: Mapping[str, Any]
    """For tools and hooks: `ToolContext.metadata`."""
    agent: Agent
    """Who begins the conversation; instead of instructions, greeting and tools."""
    redact: str | FindNames | Sequence[str | FindNames]
    """What is hidden, as the flag names it, and functions that find names: each is given a text and returns the parts
    of it that are to be hidden, within some milliseconds."""
    redact_file: Path | str
    """A file of names and patterns that are hidden, as for the flag."""
    summary_llm: LanguageModel | str
    """The language model for summaries, an object or a name as for the flag; that of `llm` if it is left out."""
    memory: MemoryStore | Path | str
    """What remembers people between calls: a store of your own, or the path of a folder or a SQLite file."""
    telemetry: Telemetry | None
    """Reports on all bots of the process: metrics, and spans by a provider of its own."""


@dataclass(frozen=True, slots=True)
class GivenTools:
    """What the program gives; None where the settings choose."""

    functions: tuple[CallableTool, ...] | None
    servers: tuple[McpServer, ...] | None
    metadata: Mapping[str, Any]

    def instead_of(self, options: ProgramKeywords) -> dict[str, object]:
        """Return the other keywords, with no functions from the environment where the program gives its own."""
        return {**options} if self.functions is None else {**options, "tools": ()}

    def resolved(self, settings: Settings) -> BotTools:
        """Return the tools of the bot. Raises SettingsError for those that cannot be used."""
        return BotTools(
            _named(settings.tools) if self.functions is None else self.functions,
            settings.webhook_tools,
            settings.mcp_servers if self.servers is None else self.servers,
            self.metadata,
            settings.limits.offered_tools,
        )


def take_agent(options: ProgramKeywords, faults: list[str]) -> Agent | None:
    """Take the agent out of `options`; what is wrong with it, or said beside it, is added to `faults`."""
    if "agent" not in options:
        return None
    agent: object = options.pop("agent")
    if not isinstance(agent, Agent):
        faults.append(f"agent={agent!r} is no agent: give an Agent(...) (from bot import Agent).")
        return None
    twice = [name for name in OF_AGENTS if name in options]
    faults += [f"{name}= is said beside agent=: give it to the agent, Agent({name}=...)." for name in twice]
    return agent


def warn_of_unused(agent: Agent | None, settings: Settings) -> None:
    """Warn of settings that the agent takes the place of: it may be forgotten that the environment has them."""
    unused = [name for name in OF_AGENTS if getattr(settings, name)] if agent is not None else []
    if agent is not None and unused:
        log.warning("not used: %s; the agent %r says that itself: give it to Agent(...)", ", ".join(unused), agent.name)


def take_tools(options: ProgramKeywords, agent: Agent | None, faults: list[str]) -> GivenTools:
    """Take the keywords for tools out of `options`; what is wrong with them is added to `faults`."""
    own = agent.functions if agent is not None else None
    return GivenTools(
        _functions(options.pop("tools"), faults) if "tools" in options else own,
        _servers(options.pop("mcp_servers"), faults) if "mcp_servers" in options else None,
        options.pop("metadata", {}),
    )


def take_hooks(options: ProgramKeywords, faults: list[str]) -> Hooks:
    """Take the hooks out of `options`; what is wrong with them is added to `faults`."""
    given = options.pop("hooks", None)
    if given is not None and not isinstance(given, Hooks):
        faults.append(f"hooks={given!r} are no hooks: write hooks=Hooks(on_enter=...).")
    return given if isinstance(given, Hooks) else Hooks()


def take_memory(options: ProgramKeywords, faults: list[str]) -> MemoryStore | None:
    """Take a store of the program's own out of `options`; a path stays there, as a setting."""
    if isinstance(options.get("memory"), str | Path | None):
        return None
    store = options.pop("memory")
    if isinstance(store, MemoryStore):
        return store
    faults.append(f"memory={store!r} is no memory: give a path, or an object with the methods load, save and forget.")
    return None


def take_redaction_hooks(options: ProgramKeywords, faults: list[str]) -> tuple[FindNames, ...]:
    """Take the functions that find names out of `options`; the kinds stay there, as a setting."""
    given: object = options.pop("redact", None)
    if given is None or isinstance(given, str):
        entries: list[object] = [given] if given else []
    else:
        entries = list(given) if isinstance(given, Iterable) else [given]
    hooks = tuple(cast(FindNames, it) for it in entries if callable(it))
    kinds = [it for it in entries if not callable(it) and not (hooks and it == "names")]  # the hooks find them
    if unfit := [it for it in kinds if not isinstance(it, str)]:
        faults.append(f"redact={unfit[0]!r} is nothing that hides: give a kind such as 'numbers', or a function.")
    elif given is not None and (kinds or not hooks):
        options["redact"] = ",".join(str(it) for it in kinds)
    return hooks


def take_summary_model(options: ProgramKeywords, faults: list[str]) -> LanguageModel | None:
    """Take a language model of the program's own out of `options`; a name stays there, as a setting."""
    if isinstance(options.get("summary_llm"), str | None):
        return None
    model = cast(LanguageModel, options.pop("summary_llm"))
    if fault := violation(model, PORTS["llm"]):
        faults.append(f"summary_llm={model!r} is no language model: it {fault}.")
    return model


def take_telemetry(options: ProgramKeywords, faults: list[str]) -> Telemetry | None:
    """Take what reports on the bot out of `options`."""
    given: object = options.pop("telemetry", None)
    if given is None or isinstance(given, Telemetry):
        return given
    faults.append(f"telemetry={given!r} is none: give a Telemetry() (from bot import Telemetry).")
    return None


def _functions(given: Iterable[object], faults: list[str]) -> tuple[CallableTool, ...]:
    from bot.tools.references import bind_given  # here: most bots need no schemas

    bound, wrong = bind_given(given)
    faults += wrong
    return bound


def _servers(given: Mapping[str, Any], faults: list[str]) -> tuple[McpServer, ...]:
    """Read MCP servers in the form of a file's mcpServers, literally: no variable is put in."""
    if not isinstance(given, Mapping):
        faults.append(f'mcp_servers={given!r} is no mapping: write {{"NAME": {{"command": ...}}}}.')
        return ()
    servers, wrong = read_servers({"mcpServers": dict(given)}, None)
    faults += wrong if find_spec("mcp") is not None else [*wrong, NO_SDK]
    return servers


def _named(names: Iterable[str]) -> tuple[CallableTool, ...]:
    if not names:
        return ()
    from bot.tools.references import named_tools  # here: most bots need no schemas

    return named_tools(names)

"""Agents: those who lead a conversation, one after the other. A tool hands over from one to another."""

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any

from bot.providers.registry import KIND_NOUNS, KINDS, ProviderKind, offering
from bot.settings import values
from bot.settings.provider_list import read_choices
from pipeline.agent import INSTRUCTIONS
from pipeline.errors import SettingsError
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

if TYPE_CHECKING:
    from bot.hooks.hooks import Hooks
    from bot.tools.callable_tool import CallableTool
    from bot.tools.decorator import FunctionTool


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Agent:
    """What a bot is while this agent leads: `VoiceBot(agent=...)`, or a tool returns it.

    Raises SettingsError with every fault.
    """

    name: str
    """For frontends, the log and the language model that reads of a hand-over."""
    instructions: str = INSTRUCTIONS
    """The system prompt."""
    _: KW_ONLY
    tools: "Iterable[FunctionTool[..., Any] | str]" = ()
    """Functions with `@tool`, and names of built-in ones. Those of MCP servers and webhooks come with every agent."""
    greeting: str | None = None
    """The first words, said when the conversation begins or is handed over to it."""
    greeting_instructions: str | None = None
    """What the language model is asked to begin with, when there is no fixed greeting. Without either it goes on from
    the result of the call that handed over."""
    apology: str | None = None
    """What it says when no answer could be made; None for the default of its language, "" for nothing."""
    idle_text: str | None = None
    """What it asks when nobody has said anything for `idle_after`; None for the bot's, or that of its language..."""
    idle_instructions: str | None = None
    """...or by what instructions the language model asks that..."""
    idle_farewell: str | None = None
    """...and what it says before it then hangs up."""
    farewell: str | None = None
    """What it says before a call ends that has reached a limit; None for the bot's, or that of its language."""
    language: str | None = None
    """A language tag such as en-US, or `multi`; None for the bot's."""
    voice: str | None = None
    """Name of the voice, as the bot's synthesizer knows it, or that of `tts`; None for the bot's."""
    stt: str | Transcriber | None = None
    """A name as for the flag, or an object of your own, which stays yours to close; None for the bot's."""
    llm: str | LanguageModel | None = None
    """The same."""
    tts: str | Synthesizer | None = None
    """The same."""
    hooks: "Hooks | None" = None
    """`on_enter`, `on_exit` and `on_user_turn_completed` of this agent; None for the bot's."""
    functions: "tuple[CallableTool, ...]" = field(init=False, repr=False)
    """`tools`, ready to be called."""

    def __post_init__(self) -> None:
        from bot.tools.references import bind_given  # here: most bots need no schemas

        functions, wrong = bind_given(self.tools)
        object.__setattr__(self, "functions", functions)
        if faults := [*_wrong_texts(self), *_wrong_providers(self), *wrong, *_wrong_hooks(self.hooks)]:
            raise SettingsError([f"the agent {self.name!r}: {fault}" for fault in faults])


def _wrong_texts(agent: Agent) -> Iterator[str]:
    reads = {
        "name": values.read_name,
        "instructions": values.read_text,
        "greeting": values.read_text,
        "greeting_instructions": values.read_text,
        "apology": values.read_text,
        "idle_text": values.read_text,
        "idle_instructions": values.read_text,
        "idle_farewell": values.read_text,
        "farewell": values.read_text,
        "language": values.read_language,
        "voice": values.read_text,
    }
    for name, read in reads.items():
        given = getattr(agent, name)
        if given is None and name not in ("name", "instructions"):
            continue
        try:
            read(given)
        except ValueError as error:
            yield f"{name} {error}."
    if agent.greeting and agent.greeting_instructions:
        yield "greeting and greeting_instructions exclude each other; keep one of them."


def _wrong_hooks(hooks: "Hooks | None") -> Iterator[str]:
    if hooks is None:
        return
    from bot.hooks.hooks import OF_AGENTS, Hooks

    if not isinstance(hooks, Hooks):
        yield f"hooks={hooks!r} are no hooks: write hooks=Hooks(on_enter=...)."
    elif others := [name for name in hooks.given() if name not in OF_AGENTS]:
        yield f"{', '.join(others)} belongs to the whole bot: give it to VoiceBot(hooks=...)."


def _wrong_providers(agent: Agent) -> Iterator[str]:
    for kind in KINDS:
        if (given := getattr(agent, kind)) is not None and (fault := _provider_fault(kind, given)):
            yield f"{kind} {fault}."


def _provider_fault(kind: ProviderKind, given: object) -> str | None:
    from pipeline.port_check import PORTS, violation

    if not isinstance(given, str):
        fault = violation(given, PORTS[kind])
        return f"is no {KIND_NOUNS[kind]}: it {fault}" if fault else None
    try:
        choice = read_choices(given, kind, offering(kind), may_load=False)
    except ValueError as error:
        return str(error)
    return f"is {given}: an agent has a {KIND_NOUNS[kind]}; leave it out for the bot's" if choice.is_none else None

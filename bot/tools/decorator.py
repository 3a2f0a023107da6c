"""`@tool`: makes a function a tool. What is wrong with it is reported when a bot is made, all faults at once."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOptions:
    """What is said of a tool beside its function; None leaves it to the function."""

    name: str | None = None
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    on_interrupt: Literal["finish", "cancel"] = "finish"
    filler: str | None = None
    timeout: float = 15.0


class FunctionTool(Generic[P, R]):
    """A function that a bot offers to its language model; called, it is the function."""

    def __init__(self, function: Callable[P, R], options: ToolOptions) -> None:
        self.function = function
        self.options = options
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Call the function itself, as a program or a test does."""
        return self.function(*arguments, **keywords)

    def __get__(self, instance: object, owner: type | None = None) -> "FunctionTool[..., Any]":
        """Bind the function of a class, as the class would: `VoiceBot(tools=[shop.book])`."""
        bind = getattr(self.function, "__get__", None)
        bound = bind(instance, owner) if bind is not None else self.function
        return self if bound is self.function else FunctionTool(bound, self.options)

    @property
    def name(self) -> str:
        """The name that the model calls."""
        return self.options.name or str(getattr(innermost(self.function), "__name__", type(self.function).__name__))

    @property
    def place(self) -> str:
        """Where the function stands, for people: `tools.py:12`."""
        code = getattr(innermost(self.function), "__code__", None)
        return f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}" if code else repr(self.function)


def innermost(function: Any) -> Any:
    """Return the function in a `functools.partial`, which has no name and no docstring of its own."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    on_interrupt: Literal["finish", "cancel"] = "finish",
    filler: str | None = None,
    timeout: float = 15.0,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...
def tool(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Make a function a tool, with or without options: `@tool`, `@tool(filler="One moment.")`.

    The function may be async; one that is not runs in a thread, so that it may wait for a database or a file. Its
    docstring says to the model what it does and, in one of the usual forms (Google, numpy, Sphinx), what each parameter
    is; its type hints are the types. A parameter of type `ToolContext` is given the conversation, and is not shown to
    the model. The model reads what it returns: a text as it is, anything else as JSON. A ToolError that it raises
    is read with its text, any other exception is logged and read as a failure.

    `name`, `description`: instead of those of the function. `parameters`: a JSON Schema of an object instead of the
    type hints; the function is called with its properties as keywords. `on_interrupt`: what happens to a call when the
    person interrupts, "finish" or "cancel". `filler`: said once when a call takes long. `timeout`: seconds after which
    a call is given up.
    """
    if function is not None and not (callable(function) or isinstance(function, classmethod)):
        raise TypeError(f"{function!r} is no function: write @tool above one, and options by name: @tool(name=...)")
    made = ToolOptions(**options)
    return FunctionTool(function, made) if function is not None else lambda given: FunctionTool(given, made)

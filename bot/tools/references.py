"""Tools named in a setting: the functions of a file or a module, and those that come with the bot."""

from collections.abc import Iterable
from typing import Any

from bot.process.loading import load_module
from bot.tools.builtin import BUILT_IN
from bot.tools.decorator import FunctionTool
from bot.tools.function_call import BoundFunction, bind
from pipeline.errors import SettingsError

Given = FunctionTool[..., Any]


def load_tools(name: str) -> list[Given]:
    """Return the tools that FILE.py, package.module or the name of a built-in one stand for.

    Raises ValueError with half a sentence that says what to do.
    """
    if name in BUILT_IN:
        return [BUILT_IN[name]]
    module = load_module(name, hint=f"; built in are {', '.join(BUILT_IN)}")
    found = {id(it): it for key, it in vars(module).items() if isinstance(it, FunctionTool) and not key.startswith("_")}
    if not found:
        raise ValueError(f"names {name}, which has no tools: write @tool above each function (from bot import tool)")
    return list(found.values())


def tool_of(given: object) -> Given:
    """Return a tool that a program gives: a function, or the name of a built-in one. A name loads no file.

    Raises ValueError with half a sentence that says what to do.
    """
    if isinstance(given, FunctionTool):
        return given
    if isinstance(given, str) and given in BUILT_IN:
        return BUILT_IN[given]
    if isinstance(given, str):
        raise ValueError(f"is no tool of this bot: give the function itself, or one of {', '.join(BUILT_IN)}")
    raise ValueError("is no tool: write @tool above the function (from bot import tool)")


def named_tools(names: Iterable[str]) -> tuple[BoundFunction, ...]:
    """Make ready what a setting names. Raises SettingsError with every fault."""
    try:
        bound, faults = bind_tools(tool for name in names for tool in load_tools(name))
    except ValueError as error:
        raise SettingsError([f"the setting tools {error}."]) from None
    if faults:
        raise SettingsError(faults)
    return bound


def bind_given(given: Iterable[object]) -> tuple[tuple[BoundFunction, ...], list[str]]:
    """Make ready what a program gives: functions, and names of built-in tools; return them, and each fault."""
    found, faults = [], []
    for each in [given] if isinstance(given, str) else given:
        try:
            found.append(tool_of(each))
        except ValueError as error:
            faults.append(f"tools={each!r} {error}.")
    bound, wrong = bind_tools(found)
    return bound, [*faults, *wrong]


def bind_tools(given: Iterable[Given]) -> tuple[tuple[BoundFunction, ...], list[str]]:
    """Make tools ready to be called; return them, and a sentence for each fault."""
    bound: dict[str, BoundFunction] = {}
    places: dict[str, str] = {}
    faults = []
    for each in given:
        name = each.name
        if name in places:
            faults.append(f"the tool {name} ({each.place}) has the name of the one at {places[name]}: rename one.")
            continue
        places[name] = each.place
        try:
            bound[name] = bind(each)
        except ValueError as error:
            faults.append(f"the tool {name} ({each.place}) {error}.")
    return tuple(bound.values()), faults

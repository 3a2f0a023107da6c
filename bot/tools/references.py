"""Tools named in a setting: the functions of a file or a module, and those that come with the bot."""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.tools.builtin import BUILT_IN
from bot.tools.decorator import FunctionTool
from bot.tools.function_call import BoundFunction, bind
from pipeline.errors import SettingsError

Given = FunctionTool[..., Any]

_FILES: dict[Path, ModuleType] = {}
"""Files that have been loaded: each runs once in a process, as a module does."""


def is_file(name: str) -> bool:
    """Whether this names a file, and no module."""
    return name.endswith(".py")


def load_tools(name: str) -> list[Given]:
    """Return the tools that FILE.py, package.module or the name of a built-in one stand for.

    Raises ValueError with half a sentence that says what to do.
    """
    if name in BUILT_IN:
        return [BUILT_IN[name]]
    if is_file(name) and not Path(name).is_file():
        raise ValueError(f"names {name}, and there is no such file: correct the path")
    module = _loaded(name, lambda: _file(Path(name)) if is_file(name) else importlib.import_module(name))
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


def _loaded(name: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except ModuleNotFoundError as error:
        known = ", ".join(BUILT_IN)
        raise ValueError(
            f"names {name}, which cannot be imported: there is no module {error.name!r}; correct it, or install it "
            f"(a file ends with .py; built in are {known})"
        ) from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"names {name}, which cannot be imported: {_told(error)}") from error


def _told(error: BaseException) -> str:
    """Say what was raised, and in which line of what was imported."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}" if error.lineno is not None else error.msg
    frames = traceback.extract_tb(error.__traceback__)
    last = [frames[0], *(each for each in frames if Path(each.filename).parent != Path(__file__).parent)][-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


def _file(path: Path) -> ModuleType:
    """Run a file as a module. What stands beside it can be imported, after all else of that name."""
    path = path.resolve()
    if path not in _FILES:
        name = f"_rawbot_tools_{len(_FILES)}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        if (folder := str(path.parent)) not in sys.path:
            sys.path.append(folder)
        sys.modules[name] = module  # dataclasses and type hints look there
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        _FILES[path] = module
    return _FILES[path]

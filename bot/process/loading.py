"""Modules that the operator names, package.module or FILE.py: imported, or run as one. Never for names from outside."""

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

_FILES: dict[Path, ModuleType] = {}
"""Files that have been loaded: each runs once in a process, as a module does."""


def is_file(name: str) -> bool:
    """Whether this names a file, and no module."""
    return name.endswith(".py")


def load_module(name: str, *, hint: str = "") -> ModuleType:
    """Return the module of this name. Raises ValueError with half a sentence that says what to do.

    `hint` is added where there is none.
    """
    if is_file(name) and not Path(name).is_file():
        raise ValueError(f"names {name}, and there is no such file: correct the path")
    try:
        return _file(Path(name)) if is_file(name) else importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"names {name}, which cannot be imported: there is no module {error.name!r}; correct it, or install it "
            f"(a file ends with .py{hint})"
        ) from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"names {name}, which cannot be imported: {_explained(error)}") from error


def _explained(error: BaseException) -> str:
    """Say what was raised, and in which line of what was imported."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}" if error.lineno is not None else error.msg
    frames = traceback.extract_tb(error.__traceback__)
    own = Path(__file__).parents[1]
    last = [frames[0], *(each for each in frames if not Path(each.filename).is_relative_to(own))][-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


def _file(path: Path) -> ModuleType:
    """Run a file as a module. What stands beside it can be imported, after all else of that name."""
    path = path.resolve()
    if path not in _FILES:
        name = f"_rawbot_file_{len(_FILES)}_{path.stem}"
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

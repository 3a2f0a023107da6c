"""Providers that are not built in, named by their class: `package.module:Class`.

The class has the methods of its port in `pipeline.ports` and is called without arguments; what it needs to know it
reads from the environment.
"""

import importlib
import re
from collections.abc import Callable
from typing import Any

from bot.providers.registry import KIND_NOUNS, ProviderKind

_REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def is_reference(text: str) -> bool:
    """Whether this may be the name of a class: `package.module:Class`."""
    return _REFERENCE.fullmatch(text) is not None


def load(reference: str, kind: ProviderKind) -> Callable[[], Any]:
    """Import the class. Raises ValueError with half a sentence that says what is wrong with it."""
    from pipeline.port_check import PORTS, class_violation  # here: it imports numpy, and --help has to stay quick

    module, _, name = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot be imported: there is no module {error.name!r}; correct it, or install it") from None
    except AttributeError:
        raise ValueError(f"names nothing: the module {module!r} has no {name!r}") from None
    except Exception as error:
        raise ValueError(f"cannot be imported: {type(error).__name__}: {error}") from error
    fault = class_violation(found, PORTS[kind]) if isinstance(found, type) else "is no class"
    if fault:
        raise ValueError(f"names {reference}, which is no class of a {KIND_NOUNS[kind]}: it {fault}")
    return found  # type: ignore[no-any-return]

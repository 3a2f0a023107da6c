"""Checks that a provider of your own has all that its port asks for, when it is given and not in mid-call."""

import inspect
from collections.abc import Mapping
from typing import Literal

from pipeline.errors import Malformed
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

PORTS: Mapping[Literal["stt", "llm", "tts"], type] = {"stt": Transcriber, "llm": LanguageModel, "tts": Synthesizer}
"""What a provider of each stage has to be like."""


def violation(given: object, port: type) -> str | None:
    """What keeps an object from being a provider, as the rest of a sentence that begins with it; None if nothing."""
    if isinstance(given, str):
        return f"is a name, where an object is needed: see {port.__name__} in pipeline/ports"
    if isinstance(given, type):
        return f"is the class itself; give an object of it: {given.__name__}()"
    return _misfit(given, type(given).__name__, port, _members(port))


def class_violation(given: type, port: type) -> str | None:
    """The same of a class. Only its methods are looked at: the rest may be set when an object of it is made."""
    return _misfit(given, given.__name__, port, _methods(port))


def unexpected(piece: object, port: type, wanted: str) -> Malformed:
    """The failure of a provider that yielded something else than its port allows; `wanted` names what it does."""
    name = port.__name__
    return Malformed(name, f"it yielded {_short(piece)}, and has to yield {wanted}: see {name} in pipeline/ports")


def _misfit(given: object, name: str, port: type, asked: list[str]) -> str | None:
    where = f"see {port.__name__} in pipeline/ports"
    methods = _methods(port)
    missing = [it for it in asked if not (callable(getattr(given, it, None)) if it in methods else hasattr(given, it))]
    if missing:
        return f"lacks {', '.join(missing)}: add to the class {name} what is missing, {where}"
    for stream in _streams(port):
        if inspect.iscoroutinefunction(getattr(given, stream)):
            return f"has a {stream} without a yield: make {name}.{stream} an async generator, {where}"
    return None


def _members(port: type) -> list[str]:
    return [name for name in vars(port) if not name.startswith("_")]


def _methods(port: type) -> list[str]:
    return [name for name in _members(port) if inspect.isfunction(vars(port)[name])]


def _streams(port: type) -> list[str]:
    return [name for name in _methods(port) if not inspect.iscoroutinefunction(vars(port)[name])]


def _short(piece: object) -> str:
    text = repr(piece)
    return f"{text if len(text) <= 40 else text[:40] + '...'} ({type(piece).__name__})"

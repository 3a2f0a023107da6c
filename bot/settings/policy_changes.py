"""Changes of a policy or an agent, written as KEY=VALUE: the keys are fields of Policy, and texts of AgentProfile."""

import difflib
from collections.abc import Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from bot.settings import values
from pipeline.agent import AgentProfile
from pipeline.turn.policy import Policy


def read_changes(written: Sequence[str]) -> dict[str, Any]:
    """The fields to change and their values. Raises ValueError with a line for each fault."""
    hints = _hints()
    changes: dict[str, Any] = {}
    faults = []
    for text in written:
        name, is_given, value = text.partition("=")
        name = name.strip()
        if name not in hints or not is_given:
            faults.append(_unknown(name) if is_given else f"{text!r} is no KEY=VALUE, such as complete_delay=0.3")
            continue
        try:
            changes[name] = _read(value.strip(), hints[name])
        except ValueError as fault:
            faults.append(f"{name} {fault}")
    if faults:
        raise ValueError("\n".join(faults))
    return changes


def _hints() -> dict[str, Any]:
    of_agent = get_type_hints(AgentProfile)
    return get_type_hints(Policy) | {name: hint for name, hint in of_agent.items() if hint in (str, str | None)}


def _unknown(name: str) -> str:
    names = list(_hints())
    near = difflib.get_close_matches(name, names, n=1)
    return f"a policy has no {name!r}; " + (f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}")


def _read(text: str, kind: Any) -> object:
    options = get_args(kind)
    if NoneType in options:
        (kind,) = (option for option in options if option is not NoneType)
        return None if text in ("", "none") else _read(text, kind)
    if get_origin(kind) is Literal:
        if text not in options:
            raise ValueError(f"must be one of {', '.join(options)}, not {text!r}")
        return text
    if get_origin(kind) is frozenset:
        return frozenset(values.read_keyterms(text))
    if kind is bool:
        return values.read_switch(text)
    if kind is str:
        return text
    try:
        number = kind(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):  # a NaN neither
        whole = "whole " if kind is int else ""
        raise ValueError(f"must be a {whole}number from 0 on, not {text!r}")
    return number

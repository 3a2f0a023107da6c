"""Fields of the agent and the policy that a scene takes by their names."""

from dataclasses import fields
from difflib import get_close_matches
from inspect import signature
from typing import Any

from pipeline.agent import AgentProfile
from pipeline.testing.errors import SceneError
from pipeline.turn.policy import Policy


def fields_of(kind: type[Policy] | type[AgentProfile], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that are fields of `kind`."""
    return {name: value for name, value in changes.items() if name in _names_of(kind)}


def check_names(changes: dict[str, Any], scene: type) -> None:
    """Raise SceneError for names that are no fields; `scene` is the class with the scene's own keywords."""
    of_agent, of_policy = _names_of(AgentProfile), _names_of(Policy)
    if unknown := sorted(set(changes) - {*of_agent, *of_policy}):
        own = [name for name, it in signature(scene).parameters.items() if it.kind is it.KEYWORD_ONLY]
        wrong = ", ".join(_meant(name, [*own, *of_agent, *of_policy]) for name in unknown)
        raise SceneError(
            f"Scene has no {wrong}. It takes {', '.join(own)}, of Agent {', '.join(of_agent)}, "
            f"and of Policy {', '.join(of_policy)}."
        )


def _names_of(kind: type[Policy] | type[AgentProfile]) -> list[str]:
    return [field.name for field in fields(kind)]


def _meant(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f"{name} (did you mean {near[0]}?)" if near else name

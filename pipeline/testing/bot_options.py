"""The bot of a scene: how it converses, what it is, and what was said before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from pipeline.agent import Agent
from pipeline.messages import Message
from pipeline.testing.errors import SceneError
from pipeline.turn.policy import Policy


@dataclass(frozen=True, slots=True)
class BotOptions:
    """The options of a session that are not parts of the scene."""

    policy: Policy
    agent: Agent
    history: tuple[Message, ...]
    answers: bool
    are_default: bool
    """Whether the scene was given none of them."""

    @classmethod
    def made(
        cls,
        policy: Policy | None,
        agent: Agent | None,
        history: Iterable[Message],
        answers: bool,
        changes: Mapping[str, Any],
        *,
        scene_options: Sequence[str],
    ) -> "BotOptions":
        """Make them, with `changes` by the name of a field of the policy or the agent.

        Raises SceneError for a name that is no field; the text lists those and the `scene_options`.
        """
        _check_names(changes, scene_options)
        earlier = tuple(history)
        return cls(
            replace(policy or Policy(), **_fields_of(Policy, changes)),
            replace(agent or Agent(), **_fields_of(Agent, changes)),
            earlier,
            answers,
            are_default=(policy or agent) is None and not changes and not earlier and answers,
        )


def _names_of(kind: type[Policy] | type[Agent]) -> list[str]:
    return [field.name for field in fields(kind)]


def _fields_of(kind: type[Policy] | type[Agent], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in _names_of(kind)}


def _check_names(changes: Mapping[str, Any], scene_options: Sequence[str]) -> None:
    of_agent, of_policy = _names_of(Agent), _names_of(Policy)
    if unknown := sorted(set(changes) - {*of_agent, *of_policy}):
        wrong = ", ".join(_meant(name, [*scene_options, *of_agent, *of_policy]) for name in unknown)
        raise SceneError(
            f"Scene has no {wrong}. It takes {', '.join(scene_options)}, of Agent {', '.join(of_agent)}, "
            f"and of Policy {', '.join(of_policy)}."
        )


def _meant(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f"{name} (did you mean {near[0]}?)" if near else name

"""The bot of a scene: how it converses, what it is, and what was said before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pipeline.agent import AgentProfile
from pipeline.messages import Message
from pipeline.testing.changes import check_names, fields_of
from pipeline.turn.policy import Policy


@dataclass(frozen=True, slots=True)
class BotOptions:
    """The options of a session that are not parts of the scene."""

    policy: Policy
    agent: AgentProfile
    history: tuple[Message, ...]
    answers: bool
    are_default: bool
    """Whether the scene was given none of them."""

    @classmethod
    def made(
        cls,
        policy: Policy | None,
        agent: AgentProfile | None,
        history: Iterable[Message],
        answers: bool,
        changes: dict[str, Any],
        *,
        scene: type,
    ) -> "BotOptions":
        """Make them, with `changes` by the name of a field of the policy or the agent.

        Raises SceneError for a name that is no field; `scene` is the class with the scene's own keywords.
        """
        check_names(changes, scene)
        earlier = tuple(history)
        return cls(
            replace(policy or Policy(), **fields_of(Policy, changes)),
            replace(agent or AgentProfile(), **fields_of(AgentProfile, changes)),
            earlier,
            answers,
            are_default=(policy or agent) is None and not changes and not earlier and answers,
        )

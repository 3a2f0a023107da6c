"""The limits of one call, in one table: what has been used, and how much the policy allows."""

from collections.abc import Callable

from pipeline.commands import EndReason
from pipeline.turn.care import Care
from pipeline.turn.due import NEVER
from pipeline.turn.policy import Policy
from pipeline.turn.state import State

USED: dict[EndReason, tuple[Callable[[Care], float], Callable[[Policy], float]]] = {
    "turns": (lambda care: care.usage.turns, lambda policy: policy.max_call_turns),
    "tokens": (lambda care: care.usage.tokens, lambda policy: policy.max_call_tokens),
    "characters": (lambda care: care.usage.characters, lambda policy: policy.max_call_characters),
    "cost": (lambda care: care.usage.cost, lambda policy: policy.max_call_cost),
}
"""By the reason for which the call ends; its duration is a time, and no sum."""


def reached(state: State, policy: Policy) -> EndReason | None:
    """Return the first limit that the conversation has reached; None within all of them. 0 is no limit."""
    care = state.care
    if care.began_at == NEVER:
        return None
    if state.at >= over_at(state, policy):
        return "duration"
    return next((reason for reason, (used, bound) in USED.items() if 0 < bound(policy) <= used(care)), None)


def over_at(state: State, policy: Policy) -> float:
    """Loop time at which the call has lasted for long enough; NEVER where that has no limit."""
    return state.care.began_at + policy.max_call_duration if policy.max_call_duration else NEVER

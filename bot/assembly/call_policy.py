"""How a bot takes turns and ends calls: the policy of the program, with what the settings say of it."""

from dataclasses import replace

from bot.settings.care_settings import CAPS
from bot.settings.settings import Settings
from pipeline.turn.policy import Policy


def call_policy(policy: Policy, settings: Settings) -> Policy:
    """Return a policy with what the settings say of calls.

    Of two limits, the operator's and that of the session's order, the smaller one holds.
    """
    names = ("idle_after", *CAPS)
    said = {name: value for name in names if (value := getattr(settings, name)) is not None}
    for name, cap in settings.limits.caps.items():
        own = said.get(name, getattr(policy, name))
        said[name] = min(own, cap) if own else cap
    return replace(policy, **said) if said else policy

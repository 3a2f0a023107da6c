"""The shape of a rule: what holds in a state, and what follows from it."""

from collections.abc import Callable

from pipeline.commands import Command
from pipeline.turn.policy import Policy
from pipeline.turn.state import State

Decision = tuple[State, tuple[Command, ...]]
"""The next state, and what is to be done."""

Rule = Callable[[State, Policy], Decision | None]
"""Decides one thing from the state alone, or says that it is not to be decided now.

A rule changes the state so that it does not apply again: rules are level-triggered, and no event is special to them.
"""

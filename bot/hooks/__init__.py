"""Hooks: functions of the embedding program that are called when something happens in its bot's conversation."""

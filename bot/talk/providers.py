"""The providers of a talk: vendors whose keys are there, else what runs on this machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.providers import registry
from bot.settings.demo import chosen_by_demo, find_model, model_settings, notes
from bot.settings.reading import Reading
from pipeline.providers.local.probe import LocalModel


@dataclass(frozen=True)
class Choice:
    """Environment to add to the bot's, and a line about each provider."""

    environment: Mapping[str, str]
    notes: tuple[str, ...]
    greeting: str | None = None
    """With which a local language model introduces itself, when it is used because nothing else was chosen."""


def choose(reading: Reading, look: Callable[[], LocalModel | None]) -> Choice:
    """Take what the settings choose; a model that `look` finds on a server of this machine goes before a local one."""
    model = find_model(reading, look)
    local = chosen_by_demo(reading, "llm") if model is None else None
    place = local.services["llm"].greeting if local is not None else None
    greeting = None if place is None else str(registry.load(place))
    return Choice(model_settings(reading, model), notes(reading, model), greeting)

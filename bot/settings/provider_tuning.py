"""How the chosen providers are used."""

from dataclasses import dataclass

from bot.settings.option import option
from bot.settings.output_settings import OutputSettings
from bot.settings.values import read_keyterms, read_switch, read_temperature


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTuning(OutputSettings):
    """A part of `Settings`."""

    temperature: float | None = option(
        "LLM_TEMPERATURE",
        "Providers",
        "NUMBER",
        "temperature of the language model, 0 to 2",
        read_temperature,
        "the provider's",
    )
    hedge: bool = option(
        "LLM_HEDGE",
        "Providers",
        "",
        "ask the language model a second time, beside, when its first token is later than usual; costs tokens",
        read_switch,
        "only after 3 s",
        default=False,
        is_switch=True,
    )
    keyterms: tuple[str, ...] = option(
        "STT_KEYTERMS", "Providers", "WORDS", "words to listen for, separated by commas", read_keyterms, default=()
    )

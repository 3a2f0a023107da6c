"""The providers of a list of names, as one: see `pipeline.resilience.chained`."""

from collections.abc import Callable
from typing import Any

from bot.assembly.resampled_voice import ResampledVoice
from bot.providers.factory import each_by_itself
from bot.providers.registry import ProviderKind
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.resilience.breaker import Breakers
from pipeline.resilience.chain import Link
from pipeline.resilience.chained import LanguageModelChain, SynthesizerChain, TranscriberChain
from pipeline.resilience.first_tokens import FIRST_TOKENS

BREAKERS = Breakers()
"""Of this process: what one session has found out about a provider spares the others the same."""

CHAINS: dict[ProviderKind, Any] = {"stt": TranscriberChain, "llm": LanguageModelChain, "tts": SynthesizerChain}


def make_chain(kind: ProviderKind, settings: Settings, make: Callable[[Settings], Any]) -> Any:
    """Return what `make` makes of the choice of a kind, or a chain where it is a list.

    The voices of a list speak at the rate of the first; the name of a voice is the first one's.
    """
    choice: ProviderChoice | None = getattr(settings, kind)
    if choice is None or not choice.others:
        provider = make(settings)
        if kind == "llm" and choice is not None:
            FIRST_TOKENS.share(provider, str(choice))
        return provider
    links = list[Link[Any]]()
    for alone in each_by_itself(kind, settings):
        one, provider = getattr(alone, kind), make(alone)
        if kind == "tts" and links and provider.rate != links[0].provider.rate:
            provider = OwnedResampledVoice(provider, links[0].provider.rate)
        if kind == "llm":
            FIRST_TOKENS.share(provider, str(one))
        links.append(Link(provider, str(one), BREAKERS.of(f"{kind} {one}")))
    return CHAINS[kind](*links)


class OwnedResampledVoice(ResampledVoice):
    """One that closes the voice, too."""

    async def aclose(self) -> None:
        """Close the voice."""
        await self._voice.aclose()

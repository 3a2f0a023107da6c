"""The providers by the names that the settings know. Each is imported only when it is chosen: their SDKs are heavy."""

import gc
import importlib
import logging
import threading

from bot.providers import custom as custom
from bot.settings.settings import Settings
from bot.settings.values import BaseUrl, Secret
from pipeline.ports import LanguageModel, Synthesizer, Transcriber

log = logging.getLogger(__name__)

SDKS = {"deepgram": "deepgram", "openai": "openai", "cartesia": "cartesia"}
"""The packages that take a second or two to import, by the providers that need them."""


def make_transcriber(settings: Settings) -> Transcriber | None:
    """The chosen transcriber; None when the bot is to have none."""
    choice = settings.stt
    if choice is None or choice.is_none:
        return None
    if choice.is_custom:
        return custom.load(choice.name, "stt")()  # type: ignore[no-any-return]
    if choice.name == "pocketsphinx":
        from pipeline.providers.local.pocketsphinx import PocketsphinxTranscriber

        return PocketsphinxTranscriber(language=settings.language)
    from pipeline.providers.deepgram import DEFAULT_MODEL, DeepgramTranscriber

    return DeepgramTranscriber(
        api_key=_key(settings.deepgram_api_key),
        language=settings.language,
        keyterms=settings.keyterms,
        base_url=_http(settings.deepgram_base_url),
        model=choice.model or DEFAULT_MODEL,
    )


def make_language_model(settings: Settings) -> LanguageModel | None:
    """The chosen language model; None when the bot is to have none."""
    choice = settings.llm
    if choice is None or choice.is_none:
        return None
    if choice.is_custom:
        return custom.load(choice.name, "llm")()  # type: ignore[no-any-return]
    if choice.name == "responder":
        from pipeline.providers.local.responder import Responder

        return Responder()
    from pipeline.providers.openai import DEFAULT_MODEL, OpenAIChat

    return OpenAIChat(
        api_key=settings.openai_api_key.reveal() if settings.openai_api_key else None,
        base_url=_http(settings.openai_base_url),
        model=choice.model or DEFAULT_MODEL,
    )


def make_synthesizer(settings: Settings) -> Synthesizer | None:
    """The chosen voice; None when the bot is to have none."""
    choice = settings.tts
    if choice is None or choice.is_none:
        return None
    if choice.is_custom:
        return custom.load(choice.name, "tts")()  # type: ignore[no-any-return]
    if choice.name == "espeak":
        from pipeline.providers.local.espeak import EspeakSynthesizer

        return EspeakSynthesizer(language=settings.language, voice=settings.voice)
    from pipeline.providers.cartesia import DEFAULT_MODEL, DEFAULT_VOICE, CartesiaSynthesizer

    return CartesiaSynthesizer(
        api_key=_key(settings.cartesia_api_key),
        language=settings.language,
        base_url=_http(settings.cartesia_base_url),
        model=choice.model or DEFAULT_MODEL,
        voice=settings.voice or DEFAULT_VOICE,
    )


def import_sdks(settings: Settings) -> None:
    """Begin to import what the chosen providers need, in a thread: the bot joins meanwhile."""
    chosen = [choice.name for choice in (settings.stt, settings.llm, settings.tts) if choice is not None]
    packages = [SDKS[name] for name in chosen if name in SDKS]
    threading.Thread(target=_import_all, args=(packages,), name="sdk-imports", daemon=True).start()


def _import_all(packages: list[str]) -> None:
    for package in packages:
        try:
            importlib.import_module(package)
        except Exception as error:  # noqa: BLE001 - the provider that needs it will say so, where it can be handled
            log.debug("importing %s ahead of its use failed: %s", package, error)
    # What was loaded stays: a collection that looks through it takes 76 ms, longer than the voice's queue lasts.
    gc.freeze()


def _key(secret: Secret | None) -> str:
    """A key; servers of one's own, which a base URL leads to, may want none."""
    return secret.reveal() if secret else "no-key"


def _http(url: BaseUrl | None) -> str | None:
    return url.http if url else None

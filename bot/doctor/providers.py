"""The providers that a bot would have: each is asked, through its own class, for the least that shows that it works."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from bot.doctor.finding import Finding
from bot.providers import registry
from bot.providers.factory import make_language_model, make_synthesizer, make_transcriber
from bot.providers.registry import ProviderKind
from bot.settings.provider_list import links_of
from bot.settings.reading import Reading
from bot.settings.settings import Settings
from bot.settings.values import ProviderChoice
from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.errors import Malformed, ProviderError
from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import LanguageModel, StreamLost, Synthesizer, TextDelta, Transcriber
from pipeline.speech import Finalize, Speech

SLOW_ANSWER = 1.5
"""Seconds for a first answer from which a conversation suffers: people expect an answer within that time."""

SILENCE_DURATION = 0.2
"""Seconds of audio for the transcriber to find nothing in."""

TEXT = "Hello."

CLOSE_DELAY = 0.5


async def examine_provider(kind: ProviderKind, settings: Settings, reading: Reading) -> list[Finding]:
    """Ask the provider of a kind; find nothing where none was chosen.

    One that is to take over from another is not needed for a call: that it fails is a warning.
    """
    choice: ProviderChoice | None = getattr(settings, kind)
    if choice is None:
        return []
    if choice.is_none:
        return [Finding(kind, "ok", "none, as chosen: the bot does without")]
    name = f"{_name(choice, kind)} ({reading.sources[kind]})"
    try:
        round_trip = await ask(kind, settings)
    except ProviderError as error:
        if not _is_first(kind, choice, reading):
            return [Finding(kind, "warn", f"{name}: {error}; calls work, and it would not take over")]
        return [Finding(kind, "fail", f"{name}: {error}")]
    text = f"{name} answers within {1000 * round_trip:.0f} ms"
    if round_trip > SLOW_ANSWER:
        return [Finding(kind, "warn", f"{text}: that is slow for a conversation, choose a faster model", round_trip)]
    return [Finding(kind, "ok", text, round_trip)]


async def examine_summary_model(settings: Settings, reading: Reading) -> list[Finding]:
    """Ask the language model that was chosen for summaries; find nothing where that of the replies makes them.

    Without it a call works all the same, and how long it takes keeps nobody waiting.
    """
    choice = settings.summary_llm
    if choice is None or choice.is_none:
        return []
    name = f"for summaries {_name(choice, 'llm')} ({reading.sources['summary_llm']})"
    try:
        round_trip = await ask("llm", replace(settings, llm=choice))
    except ProviderError as error:
        return [Finding("summary", "warn", f"{name}: {error}; calls work, and nothing is summarized")]
    return [Finding("summary", "ok", f"{name} answers within {1000 * round_trip:.0f} ms", round_trip)]


def _is_first(kind: ProviderKind, choice: ProviderChoice, reading: Reading) -> bool:
    chosen = reading.checked.get(kind)
    return not isinstance(chosen, ProviderChoice) or links_of(chosen)[0] == choice


def _name(choice: ProviderChoice, kind: ProviderKind) -> str:
    """The provider and its model, also when that is the provider's default."""
    provider = registry.find(choice.name)
    if choice.model is None and provider is not None and (model := provider.services[kind].default_model):
        return f"{choice.name}:{model}"
    return str(choice)


async def ask(kind: ProviderKind, settings: Settings) -> float:
    """Ask the chosen provider of a kind; return the seconds until its answer. Raises ProviderError."""
    match kind:
        case "stt" if transcriber := make_transcriber(settings):
            return await _timed(transcriber, partial(_hears, transcriber))
        case "llm" if model := make_language_model(settings):
            return await _timed(model, partial(_answers, model, settings.temperature))
        case "tts" if voice := make_synthesizer(settings):
            return await _timed(voice, partial(_speaks, voice))
    raise AssertionError(f"nothing was chosen for {kind}")


async def _timed(
    provider: Transcriber | LanguageModel | Synthesizer, ask: Callable[[], Coroutine[Any, Any, None]]
) -> float:
    """Measure the seconds until the answer, without loading and connecting, which happen before a call."""
    now = asyncio.get_running_loop().time
    try:
        await provider.warm()
        asked_at = now()
        await ask()
        return now() - asked_at
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_DELAY):
                await provider.aclose()


async def _hears(transcriber: Transcriber) -> None:
    """Wait until it has said all about some silence."""
    async with aclosing(transcriber.transcribe(_silence())) as heard:
        async for item in heard:
            if isinstance(item, StreamLost):
                raise item.error


async def _silence() -> AsyncIterator[Pcm | Finalize]:
    yield silence(round(SILENCE_DURATION * LISTEN_RATE))


async def _answers(model: LanguageModel, temperature: float | None) -> None:
    """Wait for its first text."""
    question = Prompt("Answer with one word.", (PromptMessage("user", "Hello!"),), temperature=temperature)
    async with aclosing(model.generate(question)) as parts:
        async for part in parts:
            if isinstance(part, TextDelta) and part.text.strip():
                return
    raise Malformed("the language model", "it answered without a word: choose another model")


async def _speaks(synthesizer: Synthesizer) -> None:
    """Wait for its first audio."""
    async with aclosing(synthesizer.speak(_text())) as parts:
        async for part in parts:
            if isinstance(part, Speech) and part.samples.size:
                return
    raise Malformed("the synthesizer", "it gave no audio: choose another voice or model")


async def _text() -> AsyncIterator[str]:
    yield TEXT

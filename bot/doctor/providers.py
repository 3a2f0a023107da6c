"""The providers that a bot would have: each is asked the least that shows it at work, through its own class."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from bot.doctor.finding import Finding
from bot.providers.factory import make_language_model, make_synthesizer, make_transcriber
from bot.settings.options import NO_PROVIDER, ProviderKind
from bot.settings.settings import Reading, Settings
from bot.settings.values import ProviderChoice
from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.errors import Malformed, ProviderError
from pipeline.messages import Prompt, PromptMessage
from pipeline.ports import LanguageModel, StreamLost, Synthesizer, TextDelta, Transcriber
from pipeline.providers.local.probe import SERVERS, find_local_model
from pipeline.speech import Finalize, Speech

SLOW_ANSWER = 1.5
"""Seconds for a first answer from which it is told that a conversation suffers: people expect one within that time."""

SILENCE_DURATION = 0.2
"""Seconds of audio for the transcriber to find nothing in."""

TEXT = "Hello."

CLOSE_DELAY = 0.5

_MODULES: Mapping[str, str] = {
    "deepgram": "pipeline.providers.deepgram",
    "openai": "pipeline.providers.openai",
    "cartesia": "pipeline.providers.cartesia",
}
"""Where the names of the default models are."""

_PACKAGES: Mapping[str, str] = {"pocketsphinx": "pocketsphinx", "espeak": "espeakng_loader"}
"""What the local providers need."""


async def examine_provider(stage: ProviderKind, settings: Settings, reading: Reading) -> list[Finding]:
    """Ask the provider of a stage; nothing where none was chosen."""
    choice: ProviderChoice | None = getattr(settings, stage)
    if choice is None:
        return []
    if choice.is_none:
        return [Finding(stage, "ok", "none, as was chosen: the bot does without")]
    name = f"{_name(choice)} ({reading.sources[stage]})"
    try:
        round_trip = await _ask(stage, settings)
    except ProviderError as error:
        return [Finding(stage, "fail", f"{name}: {error}")]
    text = f"{name} answers within {1000 * round_trip:.0f} ms"
    if round_trip > SLOW_ANSWER:
        return [Finding(stage, "warn", f"{text}: that is slow for a conversation, choose a faster model", round_trip)]
    return [Finding(stage, "ok", text, round_trip)]


async def examine_local_model(*, is_missed: bool) -> list[Finding]:
    """Look for a model server on this machine, and say how to use it; that there is none, only when it is missed."""
    model = await find_local_model()
    if model is not None:
        use = f"to use it set OPENAI_BASE_URL={model.base_url} and LLM_MODEL={model.model}"
        return [Finding("local", "ok", f"{model.server} serves {model.model} on this machine; {use}")]
    if not is_missed:
        return []
    text = f"no language model is served on this machine: start one ({', '.join(SERVERS)}), or try --llm responder"
    return [Finding("local", "warn", text)]


def examine_local_speech() -> Finding:
    """Whether the ears and the voice that need no key are installed, and the command that talks without keys."""
    missing = [name for name, package in _PACKAGES.items() if find_spec(package) is None]
    chosen = {"stt": "pocketsphinx", "llm": "responder", "tts": "espeak"}
    flags = " ".join(f"--{stage} {NO_PROVIDER if name in missing else name}" for stage, name in chosen.items())
    text = f"to talk without keys: python -m bot --room NAME {flags}"
    if missing:
        text += f"; for {' and '.join(missing)} install Rawbot with its extra demo"
    return Finding("local", "ok", text)


def _name(choice: ProviderChoice) -> str:
    """With the model, when it is the provider's default, too."""
    if choice.model is None and (module := _MODULES.get(choice.name)):
        return f"{choice.name}:{import_module(module).DEFAULT_MODEL}"
    return str(choice)


async def _ask(stage: ProviderKind, settings: Settings) -> float:
    match stage:
        case "stt" if ears := make_transcriber(settings):
            return await _timed(ears, partial(_hears, ears))
        case "llm" if model := make_language_model(settings):
            return await _timed(model, partial(_answers, model, settings.temperature))
        case "tts" if voice := make_synthesizer(settings):
            return await _timed(voice, partial(_speaks, voice))
    raise AssertionError(f"nothing was chosen for {stage}")


async def _timed(
    provider: Transcriber | LanguageModel | Synthesizer, ask: Callable[[], Coroutine[Any, Any, None]]
) -> float:
    """Seconds that the answer takes; loading and connecting, which happen before a call, are not counted."""
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
    """Until it has said all about some silence."""
    async with aclosing(transcriber.transcribe(_silence())) as heard:
        async for item in heard:
            if isinstance(item, StreamLost):
                raise item.error


async def _silence() -> AsyncIterator[Pcm | Finalize]:
    yield silence(round(SILENCE_DURATION * LISTEN_RATE))


async def _answers(model: LanguageModel, temperature: float | None) -> None:
    """Until its first text."""
    question = Prompt("Answer with one word.", (PromptMessage("user", "Hello!"),), temperature=temperature)
    async with aclosing(model.generate(question)) as parts:
        async for part in parts:
            if isinstance(part, TextDelta) and part.text.strip():
                return
    raise Malformed("the language model", "it answered without a word: choose another model")


async def _speaks(synthesizer: Synthesizer) -> None:
    """Until its first audio."""
    async with aclosing(synthesizer.speak(_text())) as parts:
        async for part in parts:
            if isinstance(part, Speech) and part.samples.size:
                return
    raise Malformed("the synthesizer", "it gave no audio: choose another voice or model")


async def _text() -> AsyncIterator[str]:
    yield TEXT

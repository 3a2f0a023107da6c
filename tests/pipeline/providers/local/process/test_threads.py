"""Engines in processes of their own leave no thread of this one behind."""

from collections.abc import Callable

import pytest

from pipeline.ports import LanguageModel, Synthesizer, Transcriber
from pipeline.providers.local.hearing.engines import MoonshineTranscriber, PocketsphinxTranscriber
from pipeline.providers.local.speaking.espeak import EspeakSynthesizer
from pipeline.providers.local.speaking.hibari import HibariSynthesizer
from pipeline.providers.local.thinking.smollm2 import SmolLM2
from tests.support.threads import no_more_than, own_threads

Engine = Transcriber | LanguageModel | Synthesizer


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "engine", [EspeakSynthesizer, HibariSynthesizer, MoonshineTranscriber, PocketsphinxTranscriber, SmolLM2]
)
async def test_an_engine_that_is_closed_leaves_no_thread(engine: Callable[[], Engine]) -> None:
    before = own_threads()
    for _ in range(3):
        provider = engine()
        await provider.warm()
        await provider.aclose()
    await no_more_than(before)

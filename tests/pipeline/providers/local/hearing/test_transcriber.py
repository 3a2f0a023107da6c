"""What is the same with every transcriber in a child process: silence, deaths, warming, refusals."""

from typing import Protocol

import numpy as np
import pytest

from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, silence
from pipeline.errors import Refused
from pipeline.ports import StreamLost, StreamRestored
from pipeline.providers.local import packages
from pipeline.providers.local.hearing import transcriber as module
from pipeline.providers.local.hearing.engines import MoonshineTranscriber, PocketsphinxTranscriber
from pipeline.providers.local.hearing.transcriber import ChildTranscriber
from tests.support.waiting import until

from ..conftest import Engines
from .ear import listening, recorded

pytestmark = [
    pytest.mark.usefixtures("demo"),
    pytest.mark.parametrize("engine", [MoonshineTranscriber, PocketsphinxTranscriber]),
]


class EngineClass(Protocol):
    """The class of a transcriber, as the registry makes one."""

    def __call__(self, *, language: str = "en") -> ChildTranscriber: ...


async def test_silence_is_answered_with_nothing(engine: EngineClass) -> None:
    async with listening(engine()) as ear:
        for _ in range(2):
            ear.play(silence(3 * LISTEN_RATE))
            assert (await ear.finalize()).text == ""
    assert all(not transcript.text for transcript in ear.transcripts)
    assert sum(transcript.is_final for transcript in ear.transcripts) == len(ear.answers) == 2


async def test_a_process_that_dies_is_replaced_and_no_word_is_lost(engine: EngineClass, engines: Engines) -> None:
    """In the middle of a phrase; times go on."""
    phrase = await recorded("Hello, how are you?")
    async with listening(engine()) as ear:
        ear.play(phrase)
    unharmed = ear.transcripts[-1]  # the last words come when the audio ends
    assert unharmed.is_final
    assert len(unharmed.words) >= 2
    async with listening(engine()) as ear:
        half = len(phrase) // 2 // LISTEN_WINDOW * LISTEN_WINDOW
        ear.play(phrase[:half])
        await until(lambda: bool(ear.transcripts))
        engines()[0].kill()
        ear.play(phrase[half:])
        answer = await ear.finalize()
        ear.play(phrase)
        assert (await ear.finalize()).words[0].start > len(phrase) / LISTEN_RATE
    assert (answer.text, answer.words) == (unharmed.text, unharmed.words)
    assert ear.breaks == [StreamLost, StreamRestored]
    [lost] = [heard for heard in ear.heard if isinstance(heard, StreamLost)]
    assert "process was killed by signal 9" in str(lost.error)


async def test_a_process_that_hangs_is_replaced(
    engine: EngineClass, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcriber = engine()
    await transcriber.warm()
    engines()[0].suspend()
    async with listening(transcriber) as ear:
        with monkeypatch.context() as impatient:
            impatient.setattr(module, "ANSWER_TIMEOUT", 0.3)
            ear.play(silence(LISTEN_RATE))
            await until(lambda: StreamLost in ear.breaks)
        assert (await ear.finalize()).text == ""
    assert ear.breaks == [StreamLost, StreamRestored]


async def test_a_warmed_process_serves_the_first_stream(engine: EngineClass, engines: Engines) -> None:
    transcriber = engine()
    await transcriber.warm()
    await transcriber.warm()
    [warmed] = engines()
    async with listening(transcriber) as ear:
        ear.play(silence(LISTEN_WINDOW))
        await ear.finalize()
        await transcriber.warm()
        assert engines() == [warmed]
    assert engines() == []


async def test_other_languages_are_refused_with_advice(engine: EngineClass) -> None:
    transcriber = engine(language="de-DE")
    with pytest.raises(Refused, match="knows English only, not 'de-DE': set the language to en, or"):
        await transcriber.warm()
    async with listening(transcriber) as ear:
        ear.play(silence(LISTEN_WINDOW))
    assert isinstance(ear.error, Refused)


async def test_without_its_package_it_says_what_to_install(
    engine: EngineClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"the package \S+ is missing: (run pip install|install Rawbot with its extra) "):
        await engine().warm()


async def test_an_utterance_ends_by_itself_after_a_second_of_silence(engine: EngineClass) -> None:
    async with listening(engine()) as ear:
        ear.play(np.concatenate([await recorded("Hello, how are you?"), silence(2 * LISTEN_RATE)]))
        await until(lambda: any(transcript.is_final for transcript in ear.transcripts))
        [final] = [transcript for transcript in ear.transcripts if transcript.is_final]
        assert final.text
        assert not final.answers_finalize
        assert (await ear.finalize()).text == ""

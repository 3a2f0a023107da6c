"""A transcriber whose connection stays open and says nothing: its audio is sent again, no word is lost or doubled."""

import pytest

from pipeline.resilience.silence_watch import SILENCE_TIMEOUT
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import run

LONG = (
    "I would like to book a table for four people on the second of March or the third if that is better and one of us "
    "eats no meat and another one eats no fish so please tell me what you have for the two."
)
SHORT = "What time is it?"


@pytest.mark.parametrize("text", [LONG, SHORT])
@pytest.mark.parametrize("at", [0.5, 1.2, 1.7, 4.0, 7.0])
def test_no_word_is_lost_or_doubled(text: str, at: float) -> None:
    async def scene_with_a_hang() -> None:
        async with Scene() as scene:
            scene.stt.hangs_at = at
            ended_at = scene.person.says(text, at=1.0)
            await scene.until(max(ended_at, at) + 4 * SILENCE_TIMEOUT)  # a scene is over when no words are waited for
            await scene.is_over()
            assert scene.person_text == text
            if at < ended_at:
                answered_at = next(word.at for word in scene.heard if word.text == "You")
                assert answered_at < max(ended_at, at) + 2 * SILENCE_TIMEOUT + 2.5
            scene.check_history()

    run(scene_with_a_hang())


def test_a_noise_without_words_breaks_nothing() -> None:
    async def noise() -> None:
        async with Scene() as scene:
            scene.person.says(SHORT, at=1.0)
            scene.person.coughs(8.0, for_=2.5)
            await scene.until(20.0)
            assert scene.person_text == SHORT
            assert len(scene.history) == 2
            scene.person.says("And tomorrow?")
            await scene.is_over()
            assert scene.person_text == f"{SHORT} And tomorrow?"

    run(noise())

"""Storms of faults in which something once broke, by name; `python -m tests.pipeline.scenes.storms` tries others."""

import pytest

from tests.pipeline.scenes.storms import ALL, Act, StageFault, Storm, weather


def storm(providers: tuple[int, int, int], faults: list[StageFault], acts: list[Act]) -> Storm:
    return Storm(providers, tuple(faults), tuple(acts), "off", talks_by_button=False, hedges=True)


BROKE = {
    "voices that want to be left alone before there is any text": storm(
        (3, 3, 3),
        [StageFault("tts", ALL, "busy", 0, 2.84, 3.19), StageFault("llm", 0, "dropped", 0, 0.0, 0.5)],
        [Act("says", 0.0, 0.1), Act("says", 0.04, 0.1)],
    ),
    "a voice that sends rubbish, for the apology as well": storm(
        (2, 2, 2),
        [StageFault("tts", ALL, "rubbish", 1, 2.89, 10.07)],
        [Act("mutes", 2.43, 0.78), Act("says", 1.46, 1.62)],
    ),
    "transcribers that break before they have got as far as the last one": storm(
        (3, 1, 3),
        [StageFault("stt", ALL, "in trouble", 5, 2.0, 3.15), StageFault("tts", ALL, "rubbish", 0, 0.0, 5.41)],
        [Act("types", 1.69, 0.1), Act("types", 1.69, 0.1), Act("says", 0.9, 2.39)],
    ),
    "a turn of which the rest was left out": storm(
        (2, 2, 3),
        [StageFault("stt", ALL, "dropped", 30, 0.78, 9.01), StageFault("llm", ALL, "refused", 0, 4.97, 5.75)],
        [Act("room lost", 2.14, 1.87), Act("begins to say", 0.12, 2.22)],
    ),
    "a transcriber that hangs while somebody types and speaks": storm(
        (1, 2, 1),
        [StageFault("stt", ALL, "stalled", 30, 2.59, 1.44)],
        [Act("types", 2.29, 0.64), Act("says", 1.44, 2.18), Act("room lost", 0.0, 0.12)],
    ),
}


@pytest.mark.parametrize("name", BROKE)
def test_what_once_broke_is_weathered(name: str) -> None:
    weather(BROKE[name])

"""Where in the speech the words are put."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.local.hearing.moonshine_utterance import GrowingUtterance, placed

words = st.lists(st.text(st.sampled_from("abcde.,19'"), min_size=1, max_size=12), min_size=1, max_size=12)
bounds = st.lists(st.integers(0, 400_000), min_size=2, max_size=8, unique=True)


@given(words, bounds)
def test_every_word_is_placed_in_order_and_in_speech(texts: list[str], edges: list[int]) -> None:
    edges = sorted(edges)[: len(edges) // 2 * 2]
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    found = placed(texts, spans)
    assert [text for text, _, _ in found] == texts
    times = [time for _, start, end in found for time in (start, end)]
    assert times == sorted(times)
    for _, start, end in found:
        assert any(first / 16_000 - 0.001 <= start <= end <= behind / 16_000 + 0.001 for first, behind in spans)


def test_a_pause_lies_between_two_words() -> None:
    found = placed(["one", "two", "three"], [(0, 16_000), (32_000, 48_000)])
    assert [text for text, start, _ in found if start < 1.5] == ["one", "two"]
    assert found[-1] == ("three", 2.0, 3.0)


def test_a_long_word_takes_longer() -> None:
    found = placed(["comparatively", "old", "1900"], [(0, 16_000)])
    durations = [end - start for _, start, end in found]
    assert durations[0] > durations[1] * 3
    assert durations[2] > durations[1] * 3


def test_no_words_and_no_speech_are_no_times() -> None:
    assert placed([], [(0, 100)]) == placed(["a"], []) == []


def test_only_what_is_not_final_is_open() -> None:
    utterance = GrowingUtterance(100)
    utterance.spans = [(200, 300), (400, 500)]
    utterance.drafted_until = 300
    utterance.make_final([3])
    assert utterance.open_spans(450) == [(400, 450)]
    assert utterance.is_open
    assert utterance.speech_samples(500) == 100

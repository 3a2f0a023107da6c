"""A model in a loop is noticed; what people repeat on purpose is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.repetition import PHRASE, STEP, RepetitionDetector

REPEATS = 6


def ended_at(text: str, size: int = 1) -> int | None:
    """Characters after which the text repeats itself, when it comes in tokens of `size`; None when it never does."""
    detector = RepetitionDetector(REPEATS)
    for start in range(0, len(text), size):
        if detector.feed(text[start : start + size]):
            return start + size
    return None


@pytest.mark.parametrize(
    "unit",
    [
        "I am sorry. ",
        "I am sorry that I can not help you with that today. ",
        "Yes, he said. No, she said. And so it went on and on, for the whole of the day. ",
        "the and ",
        "na",
        "申し訳ありませんが、お手伝いできません。",
        "对不起，我不知道。",
        "मुझे माफ़ करें, मैं यह नहीं जानता। ",
        "آسف، لا أعرف الجواب. ",
        "ขอโทษครับ",
        " ",
        "\n",
        "-",
        "😂",
        "| --- ",
        "ha ha, ",
    ],
)
def test_a_loop_is_noticed_whatever_its_unit(unit: str) -> None:
    at = ended_at("Well, let me see. " + unit * (4000 // len(unit)))
    assert at is not None
    assert at < 2000, "well before the reply is as long as it may be"


@pytest.mark.parametrize(
    "sentence",
    ["This is what I say again and again, my dear friend.", "对不起，我不知道。", "मुझे माफ़ करें।", "نعم، هذا صحيح."],
)
def test_a_loop_ends_at_the_end_of_a_sentence(sentence: str) -> None:
    at = ended_at(f"{sentence} " * 100)
    assert at is not None
    assert at % (len(sentence) + 1) in {0, len(sentence)}, "behind the sentence, or the space after it"
    assert at < (REPEATS + 2) * max(len(sentence) + 1, PHRASE) + 2 * STEP


CHORUS = "Let it go, let it go, the cold wind said to me. Let it go, let it go, turn around and see. "


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, no, no! ",
        "Ha ha ha ha ha ha ha ha! ",
        CHORUS * 2,
        f"{CHORUS}One more verse here. " * 3,
        " ".join(map(str, range(1, 300))),
        ", ".join(f"{number} sheep" for number in range(1, 120)),
        "Breathe in. Breathe out. " * 10,
        " ".join(f"{number} bottles of beer on the wall, {number} bottles of beer." for number in range(99, 0, -1)),
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5,
        "=" * 80 + "\nTitle\n" + "=" * 80,
        "一、二、三、四、五、六、七、八、九、十。" * 3,
        "不，不，不，不！",
        "नहीं, नहीं, नहीं! ",
        "لا لا لا لا لا! ",
        "ไม่ ไม่ ไม่ ไม่!",
    ],
)
def test_what_is_repeated_on_purpose_is_no_loop(text: str) -> None:
    assert ended_at(text) is None


@given(st.text(max_size=200), st.integers(1, 20))
def test_tokens_do_not_matter(text: str, size: int) -> None:
    """But for the end of the token in which the reply ends, or of the sentence or period that it ends with."""
    sentence = "I am very sorry for that. "
    whole, cut = ended_at(text + sentence * 40), ended_at(text + sentence * 40, size)
    assert whole is not None
    assert cut is not None
    assert abs(cut - whole) < len(sentence) + size

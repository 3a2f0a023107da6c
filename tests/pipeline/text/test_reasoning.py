"""What a model thinks aloud is taken out of its stream, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.reasoning import ReasoningFilter

PARTS = ["<think>", "</think>", "<Thinking>", "</THINKING>", "<reasoning>", "</reasoning>", "<thi", "<", ">", "/"]
PARTS += ["think", "\n", " ", "a < b", "<3", "Hello.", "ſ", "K", "İ"]
texts = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=3)), max_size=12).map("".join)


def answer(*tokens: str) -> str:
    thinking = ReasoningFilter()
    return "".join([thinking.feed(token) for token in tokens] + [thinking.flush()])


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<think>Let me see.</think>Hello.", "Hello."),
        ("\n <think>\nLet me\n\nsee.\n</think>\n\nHello.", "\n Hello."),
        ("<THINKING>a < b</Thinking> Hello.", "Hello."),
        ("<reasoning>the <think> tag</think></reasoning>Hello.", "Hello."),
        ("<think></think>\n<think>again</think>Hello.", "Hello."),
        ("Wait.\n<think>really?</think>\nYes.", "Wait.\nYes."),
        ("Wait.\n<think>and no end of it\n\nHello.", "Wait.\n"),
        ("<think>no end </thin", ""),
    ],
)
def test_a_block_is_dropped(text: str, spoken: str) -> None:
    assert answer(text) == spoken
    assert answer(*text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "a < b and <3",
        "<3 you\n<b>all</b>",
        "The <think> tag opens, </think> closes.",
        "<thinker>no</thinker>",
        "< think>no",
        "<thi",
        "One.\n  <",
        "</think>",
        "1\n\n 2 \n",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert answer(text) == text
    assert answer(*text) == text


@given(texts, st.data())
def test_tokens_make_no_difference(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    tokens = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert answer(*tokens) == answer(text)


@given(texts.filter(lambda text: not any(tag in text.lower() for tag in ("<think>", "<thinking>", "<reasoning>"))))
def test_text_without_such_tags_is_unchanged(text: str) -> None:
    assert answer(*text) == text


@given(texts)
def test_nothing_is_held_back_but_what_may_become_a_tag(text: str) -> None:
    thinking = ReasoningFilter()
    given_out = "".join(thinking.feed(char) for char in text)
    held = thinking.flush()
    assert answer(text) == given_out + held
    assert held == "" or any(tag.startswith(held.lower()) for tag in ("<think>", "<thinking>", "<reasoning>"))


def test_an_answer_goes_out_token_by_token() -> None:
    thinking = ReasoningFilter()
    tokens = ["<th", "ink>", "hm", "</think>", "\n", "It ", "is ", "<", "3", "\n", "<", "b", ">"]
    assert [thinking.feed(token) for token in tokens] == [*[""] * 5, "It ", "is ", "<", "3", "\n", "", "<b", ">"]

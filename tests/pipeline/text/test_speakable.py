"""What a voice gets of a chunk, and the way back to the written one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.speakable import Speakable, SpeakableFilter
from tests.support.text import chunks_of, speakable, spoken_end


def spoken(*chunks: str) -> list[str]:
    """What is spoken of the chunks of one reply."""
    speakables = SpeakableFilter()
    return [speakables.feed(chunk).text for chunk in chunks]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Here is **bold**, *it*, ***both***, __b__ and _i_. ", "Here is bold, it, both, b and i. "),
        ("~~no~~ and `code()` and ``x``", "no and code() and x"),
        ("snake_case, 2*3 and 2 * 3, x**2, 5 ~ 6", "snake_case, 2*3 and 2 * 3, x**2, 5 ~ 6"),
        (r"\*not it\* and 1\. this", "*not it* and 1. this"),
        ("# Title\n", "Title.\n"),
        ("### What? ###x\n", "What? ###x.\n"),
        ("#1 in the list", "#1 in the list"),
        ("- one\n* two,\n+ three.\n• four\n", "one.\ntwo,\nthree.\nfour.\n"),
        ("- [x] done\n- [ ] open\n", "done.\nopen.\n"),
        ("  - nested\n", "nested.\n"),
        ("1. First\n2) Second!\n", "1. First.\n2) Second!\n"),
        ("> quoted\n>> twice\n", "quoted\ntwice\n"),
        ("one\n\n---\n***\n_ _ _\n===\ntwo", "one\n\n\n\n\n\ntwo"),
        ("| Name | Age |\n|:-----|----:|\n| Bob | 5 |\n", "Name, Age.\n\nBob, 5.\n"),
        ("See [the *docs*](https://x.y/z_(a) 'T') now", "See the docs now"),
        ("![a cat](cat.png) A cat.", " A cat."),
        ("Go to https://www.example.com:80/a_b?x=1&y=2#z.", "Go to example.com."),
        ("(https://a.org/b) <https://c.io/> www.d.de/e, ok", "(a.org) c.io d.de, ok"),
        ("https://en.wikipedia.org/wiki/A_(b)! **http://x.com**", "en.wikipedia.org! x.com"),
        ("Write to bob.b@example.com or <mailto:a@b.co>.", "Write to bob.b@example.com or a@b.co."),
        ("Tom & Jerry, a&amp;b, $21.50, 1,000 €, 50%", "Tom & Jerry, a&b, $21.50, 1,000 €, 50%"),
        ("a<br>b <b>c</b> 1 < 2 > 0", "a b c 1 < 2 > 0"),
        ("Said【4†source】 so[^1].", "Said so."),
        ("soft\u00adhyphen\u200b\ufeff\ue000 bell\x07 half\ud83d", "softhyphen bell  half"),
    ],
)
def test_of_markup_the_words_remain(written: str, text: str) -> None:
    assert speakable(written).text == text


ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
BURNING_HEART = "❤\ufe0f\u200d🔥"
KEYCAPS = ["1\ufe0f\u20e3", "#\u20e3"]
SIGNS = ["☎\ufe0f", "©\ufe0f", "⭐", "⏰", "✅"]


@pytest.mark.parametrize("picture", ["😊", "👍🏽", "🇩🇪", ENGLAND, FAMILY, BURNING_HEART, *KEYCAPS, *SIGNS])
def test_pictographs_leave_one_space(picture: str) -> None:
    assert speakable(f"Good {picture} day").text == "Good day"
    assert speakable(f"Good {picture}{picture} {picture}! ").text == "Good! "
    assert speakable(f"{picture} Good").text == "Good"
    assert speakable(f"- {picture} Good {picture}\n").text == "Good.\n"
    assert speakable(f"Good{picture}day").text == "Good day"
    assert speakable(f" {picture}\n").text == ""


def test_signs_that_people_write_are_not_pictographs() -> None:
    text = "© 2024 Acme™, 20 °C → 5 × 3 § 1"
    assert speakable(text).text == text


@pytest.mark.parametrize("written", ["", " ", "...", "—", "**", "```\nx = 1\n```\n", "---\n", "\n\n", "🎉🎉 !"])
def test_nothing_to_say_is_empty(written: str) -> None:
    chunk = speakable(written)
    assert chunk == Speakable("", written, (0,), chunk.blocks)
    assert chunk.written_end(0) == 0


def test_code_blocks_are_silent_across_chunks() -> None:
    assert spoken("Look:\n", "```python\nx = 1. ", "Y = 2\n", "# No\n", "```\n", "Done.") == [
        "Look:\n",
        *[""] * 4,
        "Done.",
    ]


def test_a_block_that_opens_within_a_line_does_not_silence_the_rest() -> None:
    assert spoken("Try: ```js\nx = 1\n", "```\n", "Now ```this``` too.") == ["Try: \n\n", "", "Now this too."]


def test_a_fence_of_another_kind_does_not_close_a_block() -> None:
    assert spoken("~~~\n", "```\n", "code\n", "~~~\n", "Text") == ["", "", "", "", "Text"]


def test_emphasis_and_lines_go_on_in_the_next_chunk() -> None:
    assert spoken("**Read this. ", "And this.** ", "Fine.") == ["Read this. ", "And this. ", "Fine."]
    assert spoken("- one thing ", "- and more\n", "- two") == ["one thing ", "- and more.\n", "two"]
    assert spoken("[Read this. ", "Now](http://x.y/z) please") == ["[Read this. ", "Now please"]


characters = st.text(st.sampled_from("abc ÄéñXYZ 019 ,;:!? . ' \" ( ) & $ % € 字 あ ñ — … \n"), max_size=80)
plain = characters.filter(  # but for lists, and what may be a formula
    lambda text: not re.search(r"^[ \t]*\d+[.)][ \t]|\$[$(A-Za-z]", text, re.MULTILINE)
)
MARKUP = ["word", "**", "*", "_", "`", "```", "#", "-", "|", ">", "1.", "[", "](http://x.y)", "!["]
MARKUP += ["https://x.com/y", "<br>", "&amp;", "\\", ".", "字", "(", ")", "---", "~~~"]
PICTURES = ["😊", "👍🏽", "1\ufe0f\u20e3", "\u200b", "\ud800", " ", "\n", "- ", "# "]
marked = st.lists(st.sampled_from(MARKUP + PICTURES), max_size=25).map("".join)


@given(plain)
def test_text_without_markup_passes_unchanged(text: str) -> None:
    chunk = speakable(text)
    assert chunk.text == (text if any(char.isalnum() for char in text) else "")
    if chunk.text:
        assert [chunk.written_end(end) for end in range(len(text) + 1)] == list(range(len(text) + 1))


@given(st.lists(marked | st.text(max_size=40), max_size=5))
def test_the_way_back_is_total_and_monotone(chunks: list[str]) -> None:
    speakables = SpeakableFilter()
    made = [speakables.feed(written) for written in chunks] + [speakables.flush()]
    assert "".join(chunk.written for chunk in made) == "".join(chunks)
    for chunk in made:
        written = chunk.written
        ends = [chunk.written_end(end) for end in range(-1, len(chunk.text) + 3)]
        assert ends == sorted(ends)
        assert ends[0] == 0
        if chunk.text:
            assert ends[-1] == len(written), "all spoken is all written"
        for written_end in range(len(written) + 1):
            assert chunk.written_end(spoken_end(chunk, written_end)) <= written_end
        assert [spoken_end(chunk, end) for end in ends] == sorted(spoken_end(chunk, end) for end in ends)


@given(marked)
def test_pictographs_and_half_surrogates_are_never_spoken(text: str) -> None:
    speakables = SpeakableFilter()
    said = "".join(speakables.feed(chunk).text for chunk in chunks_of(text))
    assert not set(said) & set("😊👍🏽\ufe0f\u20e3\u200b\ud800")
    assert said.encode().decode() == said


def test_markup_that_closes_counts_to_the_word_before() -> None:
    written = "Say **yes** or [no](http://x.y) now. 😊"
    chunk = speakable(written)
    assert chunk.text == "Say yes or no now."
    assert written[: chunk.written_end(len("Say"))] == "Say"
    assert written[: chunk.written_end(len("Say yes"))] == "Say **yes**"
    assert written[: chunk.written_end(len("Say yes or no"))] == "Say **yes** or [no](http://x.y)"
    assert chunk.written_end(len(chunk.text)) == len(written)
    assert chunk.text[: spoken_end(chunk, len("Say **yes**"))] == "Say yes"


def test_what_is_silent_at_the_end_counts_to_the_last_word() -> None:
    assert speakable("Hi \u200b").written_end(len("Hi ")) == len("Hi \u200b")

"""Marks within a line: tags, citations, links that are written elsewhere, tables, boxes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.text import spoken

TAGS = [
    ("Here p<s t>u. And x<a or a>y too.", "Here p<s t>u. And x<a or a>y too."),
    ('See <a href="https://example.org/p" target="_blank">the page</a> now.', "See the page now."),
    ("See <a href='x' title='Hi! There'>the page</a>.", "See the page."),
    ("<a\n  href=x>The page</a> is here.", "The page is here."),
    ("One<br>Two<br/>Three<BR />Four", "One Two Three Four"),
    ("<ul><li>One</li><li>Two</li></ul>", "One Two"),
    ("<p>One</p><p>Two</p>", "One Two"),
    ("<table><tr><td>1</td><td><b>2</b></td></tr></table>", "1 2"),
    ("H<sub>2</sub>O is <b>wet</b>, <details open><summary>so</summary>there</details>", "H2O is wet, so there"),
    ("So <!-- not. This --> it is.", "So it is."),
    ("It is so.<|im_end|> <|start_of_turn|>ja<｜end▁of▁sentence｜>", "It is so. ja"),
    ("A <| b |> c", "A <, b, > c"),
    ("So <!-- not\n\nthis --> it is.", "So it is."),
    ("Is a < b and b > c? I <3 you <b", "Is a < b and b > c? I <3 you <b"),
    ('Write `<br>` and `<a href="x">` there.', 'Write <br> and <a href="x"> there.'),
    ("一<br>二。三", "一 二。三"),
    ('انظر <a href="https://x.org" class="a b">الصفحة</a> الآن.', "انظر الصفحة الآن."),
    ('देखें <a href="https://x.org" class="a b">पृष्ठ</a> अब।', "देखें पृष्ठ अब।"),
    (
        "It&#x27;s &quot;so&quot; &mdash; caf&eacute; &copy; A&B; &#128512;ok&nbsp;now",
        'It\'s "so" — café © A&B; ok now',
    ),
]

CITATIONS = [
    ("Paris is big [1][2]. It is old [1, 4].", "Paris is big. It is old."),
    ("Paris is big[1], and old [2-4] (so they say [12]).", "Paris is big, and old (so they say)."),
    ("It is so【3】. And so【4†source】 or【4:0†a b.pdf】.", "It is so. And so or."),
    ("It is so [1](https://x.org/y). Good [^2].", "It is so. Good."),
    ("北京很大[1]。很好【2】。", "北京很大。很好。"),
    ("Paris is big. [1] It is old.", "Paris is big. It is old."),
    ("The sky is blue [1] by day and black [2] by night.", "The sky is blue by day and black by night."),
    ("It weighs about 2.5 tons [3].", "It weighs about 2.5 tons."),
    ("北京很大，上海也很大[1]。", "北京很大，上海也很大。"),
    ("القاهرة كبيرة جدا [١]. نعم.", "القاهرة كبيرة جدا. نعم."),
    ("दिल्ली बड़ी है [१]। हाँ[2]।", "दिल्ली बड़ी है। हाँ।"),
    ("กรุงเทพใหญ่มาก[1] ใช่", "กรุงเทพใหญ่มาก ใช่"),
    ("Take `a[1]` or x[2] of [a] in [2024].", "Take a[1] or x[2] of [a] in [2024]."),
    ("【重要】明日は休みです。", "【重要】明日は休みです。"),
    ("Look: [code block shown, not spoken] Good.", "Look: Good."),
]

NUMBERS = [
    "Press [1].",
    "Press [1] for sales, [2] for support, or [3].",
    "If you want to talk to us, please press [1] or [2].",
    "Options: [1] sales, [2] support",
    "Choose option [3] now.",
    "Drücken Sie [2]. Pulse [1] o [2].",
    "请按[1]咨询。",
    "[1]を押してください。",
    "اضغط [1] الآن.",
    "[2] दबाएँ।",
    "กด [1] ครับ",
    'x = [1, 2] or f([3]), arr[0], {"b": [1, 2]}',
    "[1, 2, 3] is a list.",
]

LINKS = [
    ("See [the page][ref] and [another][] now.", "See the page and another now."),
    (
        "See [the page][1].\n\n[1]: https://x.org/y 'The. Title'\n[two words]: <https://x.org>\nEnd.",
        "See the page. End.",
    ),
    ("See [a].\n  [a]: /local/page\n[note]: this stays\n", "See [a]. [note]: this stays"),
    ("Take x[i][j] there.", "Take x[i][j] there."),
    ("See [it](<https://x.org/a b>) and [that]( https://x.org/c ) there.", "See it and that there."),
    ("See [it](https://x.org/a b) and [that](https://x.org 'so (is) it').", "See it and that."),
    ("[![state](b_(1).svg)](https://x.org) Go on. ![a](my b_(c).png)", "Go on."),
    ("See [the [old] page](https://x.org/y) [a](b).", "See the [old] page a."),
    ("看[旧[的]页](<https://x.org/a b>)。", "看旧[的]页。"),
    ("https://ru.wikipedia.org/wiki/Привет, да", "ru.wikipedia.org, да"),
    ("https://el.org/Αθήνα/α?β=γ. https://x.org/हिन्दी_पृष्ठ।", "el.org. x.org।"),
    ("访问https://x.org/a查看“https://x.org/é”。", "访问x.org查看“x.org”。"),
    ("看[这页][a]。\n[a]: https://x.org\n好。", "看这页。 好。"),
    ("देखें [यह पृष्ठ][a]।\n\n[a]: https://x.org\nठीक।", "देखें यह पृष्ठ। ठीक।"),
    ("انظر [الصفحة][a].\n\n[a]: https://x.org\nتم.", "انظر الصفحة. تم."),
]

TABLES = [
    ("Name | Age\n--- | ---\nBob | 5\nAnn | 6\n\nDone.", "Name, Age. Bob, 5. Ann, 6. Done."),
    ("Name|Age\n:--|--:\nBob|5\n", "Name, Age. Bob, 5."),
    ("| Name | Age |\n|---|---|\n| Bob |  |\n", "Name, Age. Bob."),
    ("┌───┬───┐\n│ a │ b │\n├───┼───┤\n│ c │ d │\n└───┴───┘\nEnd.", "a, b. c, d. End."),
    ("src\n├── main.py\n│   └── a.py\nEnd.", "src main.py. a.py. End."),
    ("One.\n──────────\nTwo.", "One. Two."),
    ("名前 | 年齢\n--- | ---\n太郎 | 五\n", "名前, 年齢. 太郎, 五."),
    ("الاسم | العمر\n--- | ---\nعلي | ٥\n", "الاسم, العمر. علي, ٥."),
    ("नाम | उम्र\n--- | ---\nराम | ५\n", "नाम, उम्र. राम, ५."),
    ("Press `|` or type `a | b` there.", "Press | or type a | b there."),
]


@pytest.mark.parametrize(("text", "said"), TAGS + CITATIONS + LINKS + TABLES + [(it, it) for it in NUMBERS])
def test_of_marks_the_words_remain(text: str, said: str) -> None:
    assert spoken([text]) == said
    assert spoken(text) == said
    assert words(spoken(text, 0.02)) == words(said)


def words(text: str) -> str:
    """Only the letters: marks that an early cut leaves alone are not worth a request to a voice."""
    return re.sub(r"[\W_]", "", text)


PIECES = [
    *["word", "Word", "字", "は", "हाँ", "نعم", "5", ". ", "! ", ", ", "。", "\n", "\n\n", " ", "  ", "\n  ", ": "],
    *["**", "*", "_", "`", "```", "```py", "\n```\n", "~~~", "#", "# ", "- ", "1. ", "> ", "|", " | ", "---", "|---|"],
    *["[", "]", "(", ")", "](http://x.y)", "][1]", "[1]", "[1]: https://x.y", "![", "【3】", "<br>", "<b>", "</b>"],
    *['<a href="x y" ', 'title="A. B">', "<a ", "<!-- ", "-->", "\\(", "\\)", "$$", "$x ", "$", "\\frac{1}{2}", "\\["],
    *["&amp;", "&#x27;", "https://x.com/y", "😊", "1\ufe0f\u20e3", "\u200b", "─", "│", "words and more words, " * 6],
]
marked = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(marked, st.data())
def test_the_same_is_spoken_whatever_the_tokens_and_their_times(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=30)))
    tokens = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    said = spoken([text])
    assert spoken(tokens) == said
    assert words(spoken(tokens, 0.02)) == words(said)

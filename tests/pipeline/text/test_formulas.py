"""Formulas in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.formulas import spoken_formula
from tests.support.text import speakable, spoken


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"x \leq 4", "x less than or equal to 4"),
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{a+b}{2c}", "a plus b over 2 c"),
        (r"E = mc^2", "E equals m c squared"),
        (r"x^{n+1} - y_{1}", "x to the n plus 1 minus y sub 1"),
        (r"\sqrt{x}, \sqrt[3]{8}, \sqrt[n]{2}", "the square root of x, the cube root of 8, the root n of 2"),
        (r"\sum_{i=1}^{n} i^3", "the sum from i equals 1 to n of i cubed"),
        (r"\int f(x)\,dx", "the integral of f (x) d x"),
        (r"\lim_{x \to 0} \sin x", "the limit as x to 0 of sine x"),
        (r"\text{speed} = \frac{\text{distance}}{\text{time}}", "speed equals distance over time"),
        (r"\text{if } x \in \mathbb{R}", "if x in R"),
        (r"\left( \alpha \cdot \Omega \right)", "(alpha times capital omega)"),
        (r"\begin{aligned} a &= b \\ c &= 90^\circ \end{aligned}", "a equals b c equals 90 degrees"),
        (r"\binom{n}{k} \vec{v} \bar x", "n choose k vector v x bar"),
        (r"50\% \neq \$5", "50% not equal to $5"),
        (r"\text{速度} = 5", "速度 equals 5"),
        (r"\text{السرعة} \approx 5", "السرعة approximately 5"),
        (r"\text{गति हिन्दी} > 5", "गति हिन्दी greater than 5"),
        (r"\left.x\right|", "x"),
        (r"\unknown{x} ^", "x to the"),
        ("", ""),
        ("{{{", ""),
    ],
)
def test_a_formula_is_read_as_one_reads_it_to_another(latex: str, words: str) -> None:
    assert spoken_formula(latex).rstrip() == words


LATEX = ["\\", "{", "}", "[", "]", "^", "_", "x", "12", " ", "$", "|", "&", "\\frac", "\\sqrt", "\\text", "\\sum"]
LATEX += ["\\left", ".", "\\begin", "\\vec", "字", "\\leq", "\\unknown"]


@given(st.lists(st.sampled_from(LATEX)).map("".join) | st.text(max_size=60))
def test_whatever_is_written_no_mark_is_spoken(latex: str) -> None:
    assert not set(spoken_formula(latex)) & set("\\{}^")


def test_braces_without_end_are_read() -> None:
    assert spoken_formula("{" * 5_000 + "x") in {"", "x"}
    assert "x" in spoken_formula("{" * 10 + "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"So \(x \leq 4\) holds. Good.", "So x less than or equal to 4 holds. Good."),
        (r"Take \frac{1}{2} of it, and \sqrt{2}.", "Take 1/2 of it, and the square root of 2."),
        (r"We get $$a = b. c$$ here.", "We get a equals b. c here."),
        ("It is:\n\\[\n  x = 1\n\\]\nGood.", "It is: x equals 1 Good."),
        ("It is:\n\n$$\nx = 1\n$$\n\nGood.", "It is: x equals 1 Good."),
        (r"Here $E = mc^2$ and $x$ and $\pi$ are known.", "Here E equals m c squared and x and pi are known."),
        (r"Also $2x + 1 = 5$ is true.", "Also 2 x plus 1 equals 5 is true."),
        (r"求\(x^2\)的值。好。", "求 x squared 的值。好。"),
        (r"احسب \(x + 1\) الآن.", "احسب x plus 1 الآن."),
        (r"पहले \(x = 2\) लो। ठीक।", "पहले x equals 2 लो। ठीक।"),
        (r"It is \(x. Then nothing.", "It is (x. Then nothing."),
        (r"Prices: $5 and $6, or US$7 and 8$.", "Prices: $5 and $6, or US$7 and 8$."),
        (r"Shares of $AAPL and $TSLA rose. Good.", "Shares of $AAPL and $TSLA rose. Good."),
        (r"A $$ place and a $$$ place. Good.", "A $$ place and a $$$ place. Good."),
        ("Ai ($$), of it ($$$) or $$, and $$.", "Ai ($$), of it ($$$) or $$, and $$."),
        (r"There are $12$ or $-3$ or $1.5$ or $50\%$.", "There are 12 or minus 3 or 1.5 or 50%."),
        ("The $n$th of $2n$ or $3n+1$ is the $1$st.", "The nth of 2 n or 3 n plus 1 is the 1st."),
        ("若$5$个苹果是$3$元。", "若 5 个苹果是 3 元。"),
        ("Es sind $12$ Äpfel für $3 und $4.", "Es sind 12 Äpfel für $3 und $4."),
        ("It costs $5k, $5m or $10 in US$.", "It costs $5k, $5m or $10 in US$."),
        ("Set $HOME/$USER and $5/$10.", "Set $HOME/$USER and $5/$10."),
        (r"Open C:\beta\file and \\host\pi now.", r"Open C:\beta\file and \host\pi now."),
        (r"Write \(not this\) and 1\. that.", "Write not this and 1. that."),
        (r"In `\(x\)` and `$x$` it is code.", r"In \(x\) and $x$ it is code."),
    ],
)
def test_of_a_formula_in_a_text_the_words_remain(text: str, said: str) -> None:
    assert spoken([text]) == said
    assert spoken(text) == said
    assert spoken(text, 0.02) == said


@pytest.mark.parametrize("formula", ["$2x + 3 = 7$", "$12 + 5 = 17$", "$-3x + 1$", "$10^2 + 1$", "$$a + b$$"])
@pytest.mark.parametrize("lead", ["So we solve", "And so then we solve it, that is,", "Also"])
def test_a_formula_that_an_early_cut_breaks_off_is_whole(lead: str, formula: str) -> None:
    text = f"{lead} {formula} now and then more."
    said = f"{lead} {spoken_formula(formula.strip('$'))} now and then more."
    assert spoken([text]) == said
    for step in (0.005, 0.008, 0.0125, 0.02):
        assert spoken(re.findall(r"\s*\S+", text), step) == said


def test_a_formula_was_heard_only_as_a_whole() -> None:
    written = r"So \(x \leq 4\) holds."
    chunk = speakable(written)
    assert written[: chunk.written_end(len("So x less than"))] == "So "
    assert written[: chunk.written_end(len("So x less than or equal to 4"))] == r"So \(x \leq 4\)"
    assert written[: chunk.written_end(len("So x less than or equal to 4 holds"))] == r"So \(x \leq 4\) holds"

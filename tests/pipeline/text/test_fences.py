"""Code blocks: what is silent, and that nothing after one is."""

import pytest

from tests.support.text import spoken

BLOCKS = [
    ("Go.\n ```\n x\n ```\nEnd.", "Go. End."),
    ("Go.\n   ```python\n   x = 1\n   ```\n\nEnd.", "Go. End."),
    ("  ```\n  x\n  ```\nEnd.", "End."),
    ("```\nx\n\n```\nEnd.", "End."),
    (
        "1. Install it:\n   ```sh\n   npm i\n   ```\n2. Run it:\n   ```sh\n   npm start\n   ```\nDone.",
        "1. Install it: 2. Run it: Done.",
    ),
    ("- One\n\n    ```\n    x. Y\n    ```\n- Two\n", "One. Two."),
    ("- ```\n  x\n  ```\nEnd.", "End."),
    ("> Q\n> ```\n> x\n> ```\nEnd.", "Q End."),
    ("~~~\n```\nx\n```\n~~~\nEnd.", "End."),
    ("````md\n```\nx\n```\n````\nEnd.", "End."),
    ("Look:\n```python\nprint(1)\n\nprint(2). Then\n```\nand so on.", "Look: and so on."),
    ("Los.\n\t```\n\tx\n\t```\nZurück.", "Los. Zurück."),
    ("看。\n ```\n x\n ```\n好了。", "看。 好了。"),
    ("انظر.\n ```\n x\n ```\nتم.", "انظر. تم."),
    ("देखो।\n  ```\n  x\n  ```\nठीक है।", "देखो। ठीक है।"),
    ("ดูนี่\n ```\n x\n ```\nเสร็จแล้ว", "ดูนี่ เสร็จแล้ว"),
    ("Go.\r\n ```\r\n x\r\n ```\r\nEnd.", "Go. End."),
]
"""Texts with blocks, and what is spoken of them."""

LOOSE = [
    ("Use ``` here. Bye.", "Use here. Bye."),
    ("Run ```cd app. Then ls``` now. Then stop.", "Run cd app. Then ls now. Then stop."),
    ("```cd app. Then ls``` now. Then stop.", "cd app. Then ls now. Then stop."),
    ("```python\nprint(1)\n``` That prints one. Good.", "That prints one. Good."),
    ("```python\nprint(1)\n```That prints one. Good.", "That prints one. Good."),
    ("```python\nprint(1)```\nThat prints one. Good.", "That prints one. Good."),
    ("Try: ```js\nx = 1\n```\nNow ```this``` too.", "Try: Now this too."),
    ("Try: ```js\nx = 1```\nGood.", "Try: Good."),
    ("```js\n" + "word " * 50 + "```\nGood.", "Good."),
    ("```ls -l```\nGood.", "ls -l Good."),
    ("~~~no~~~ yes. Good.", "no yes. Good."),
    ("``` opens one. Good.\nBye.", "opens one. Good. Bye."),
    ("用```来写。再见。", "用来写。再见。"),
    ("```\nx\n``` هذا واحد. جيد.", "هذا واحد. جيد."),
    ("```\nx\n```यह एक है। ठीक।", "यह एक है। ठीक।"),
    ("First ```a\nb``` and ```c``` then. End.", "First and c then. End."),
]
"""What models write that is no block, or not as it should be."""


@pytest.mark.parametrize(("text", "said"), BLOCKS + LOOSE)
def test_code_blocks_are_silent_and_nothing_else_is(text: str, said: str) -> None:
    assert spoken([text]) == said
    assert spoken(text) == said
    assert spoken(text, 0.02) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Do this:\n  - One\n  - Two\n", "Do this: One. Two."),
        ("So.\n  # A\nText", "So. A. Text"),
        ("So.\n  > Q\nText", "So. Q Text"),
        ("So.\n  | A | B |\n  |---|---|\n  | c | d |\n", "So. A, B. c, d."),
        ("So.\n\n   1. One\n   2. Two\n", "So. 1. One. 2. Two."),
        ("So.\n\t- One\n\t\t- Two\n", "So. One. Two."),
        ("好。\n  - 一\n  - 二\n", "好。 一. 二."),
        ("हाँ।\n  - एक\n  - दो\n", "हाँ। एक. दो."),
        ("نعم.\n  - واحد\n  # اثنان\n", "نعم. واحد. اثنان."),
        ("So.\n    \n  - One\n", "So. One."),
    ],
)
def test_the_indentation_of_a_line_goes_with_its_line(text: str, said: str) -> None:
    assert spoken([text]) == said
    assert spoken(text) == said
    assert spoken(text, 0.02) == said

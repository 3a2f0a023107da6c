"""Classes of characters that several steps must agree on, as the inside of a regular expression's brackets."""

import re
import string

SPACELESS = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6"  # Thai, Lao
    "\u1780-\u17b3\u1000-\u102a\u103f"  # Khmer, Myanmar
)
"""Letters of scripts that put no space between words; their combining marks are left out."""

SPACELESS_STOPS = "。！？｡"
"""Sentence marks that need no space after them."""

STOPS = ".!?…؟۔।॥։።" + SPACELESS_STOPS
"""Sentence marks of the scripts that have them."""

QUESTION_MARKS = "?？؟՞"
"""Marks of a question; Greek has a semicolon, which says too little elsewhere."""

CLOSERS = "\"'”“’»«›‹)}\\]」』】）〉》〕" + "*_~`"
"""Characters between a sentence mark and the space after it; markdown's emphasis closes like a quote."""

_WORD = re.compile(rf"[{SPACELESS}]|[^\W{SPACELESS}]+(?:['’][^\W{SPACELESS}]+)*")
_LETTERS_PER_WORD = 2
"""Letters of a word in scripts without spaces: most Chinese words have two, and so much speech as a short word has."""


def count_words(text: str) -> float:
    """Words in `text`, by halves where the script has no spaces."""
    return sum(1 / _LETTERS_PER_WORD if is_spaceless(word[0]) else 1 for word in _WORD.findall(text))


def is_spaceless(char: str) -> bool:
    """Whether a character belongs to a script without spaces between words."""
    return bool(_SPACELESS.match(char))


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a sentence mark, closed quotes and white space aside."""
    return bool(_SENTENCE_END.search(text))


def has_question(text: str) -> bool:
    """Whether one of the sentences of a text is a question."""
    return any(mark in text for mark in QUESTION_MARKS)


_SENTENCE_END = re.compile(rf"[{STOPS}][{CLOSERS}\s]*\Z")

_SPACELESS = re.compile(f"[{SPACELESS}]")

OPENERS = "([{\"'“‘«„¿¡" + string.whitespace + "*_~`#>"
"""Characters before a sentence's first letter; plain characters, for str.strip."""

CODE_BLOCK = "code block"
"""What is to be read and not to be heard: a block of code..."""

SILENT_TEXT = "text"
"""...or something else that is no words, such as the rule of a wide table."""


def not_spoken(name: str) -> str:
    """Return what stands in the history for something that was written and never spoken."""
    return f"[{name} shown, not spoken]"


def without_notes(text: str) -> str:
    """Return what was heard of `text`: all but such notes."""
    return re.sub(NOTE, "", text)


NOTE = "|".join(re.escape(not_spoken(name)) for name in (CODE_BLOCK, SILENT_TEXT))
"""The pattern of such a note."""

"""What SmolLM2 reads, and what of its answer is said: short in both directions, as the model is tiny.

Pure functions of texts. A token is at least one byte of UTF-8, so what is bounded in bytes fits in tokens.
"""

import re
from collections.abc import Iterable, Sequence

from pipeline.messages import Prompt, PromptMessage
from pipeline.providers.local.thinking.known_answers import plain_words
from pipeline.text.marks import ends_sentence
from pipeline.text.sentences import sentence_end

SYSTEM = "You are Rawbot, a friendly voice assistant. You answer in one short sentence."

EXAMPLES = (
    ("Hi there!", "Hi! It is nice to meet you."),
    ("What is the largest ocean?", "The largest ocean is the Pacific Ocean."),
    ("How tall are you?", "I am a computer program, so I have no body."),
    ("My name is Peter.", "Nice to meet you, Peter! How is your day?"),
    ("Who won the game last night?", "Sorry, I do not know that."),
    ("Can you cook?", "No, I can only talk. What do you like to eat?"),
    ("I had a long day.", "That sounds hard. I hope you can rest now."),
    ("My brother is coming to visit.", "How nice! What will you do together?"),
    ("Do you like books?", "I like to talk about them. What do you like to read?"),
)
"""Take the place of instructions, which the model does not follow: it goes on as it has begun. Without them it writes
essays, and does not know the capital of France; the last ones have the most weight, and it asks back as they do."""

_EXAMPLES = ((role, text) for pair in EXAMPLES for role, text in zip(("user", "assistant"), pair, strict=True))

BEGINNING = ({"role": "system", "content": SYSTEM}, *({"role": role, "content": text} for role, text in _EXAMPLES))
"""What every chat begins with; it is read once, and kept."""

BEGINNING_TOKENS = 300
"""Tokens at most of the beginning."""

MESSAGE_TOKENS = 8
"""Tokens at most that the template adds to a message, or to begin the answer."""

LONGEST_MESSAGE = 240
"""Bytes of one message, of which the end is kept: there is what is asked."""

LONGEST_CHAT = 600
"""Tokens at most of all messages together, some 130 of English: a longer chat confuses the model."""

SHORTENED_CHAT = 300
"""Tokens at most to which a chat that grew too long is cut down. Not to just below LONGEST_CHAT: then every turn would
begin elsewhere, and what was read for the turn before would have to be read anew."""

MAX_TOKENS = 48
"""Tokens of an answer, some 35 words."""

MAX_SENTENCES = 2
"""Sentences of an answer: what the model says after them it has mostly said before."""

GO_ON = "Go on."
"""What the person is taken to say where the bot has spoken last."""

_MARKDOWN = re.compile(r"[*#`|~_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_TEMPLATE = re.compile(r"<(?=\|)")  # <|im_end|> in a text would end the message


def chat_of(prompt: Prompt) -> list[dict[str, str]]:
    """The messages that the model reads of a prompt: SYSTEM, and the newest of what was said, from the person on."""
    messages = _spoken(prompt.messages)
    if not messages or messages[-1].role == "assistant":
        messages.append(PromptMessage("user", GO_ON))
    return [*BEGINNING, *_recent(messages)]


def _spoken(messages: Iterable[PromptMessage]) -> list[PromptMessage]:
    """What person and bot have said, as plain text: calls of tools and their results are left out."""
    spoken: list[PromptMessage] = []
    for message in messages:
        text = _plain(message.text)
        if message.role == "tool" or not text:
            continue
        if spoken and spoken[-1].role == message.role:
            text = _plain(f"{spoken.pop().text} {text}")
        spoken.append(PromptMessage(message.role, text))
    return spoken


def _recent(messages: Sequence[PromptMessage]) -> list[dict[str, str]]:
    """The end of a conversation, as far as it fits. As the conversation goes on, its beginning changes rarely."""
    window: list[PromptMessage] = []
    for message in messages:
        window.append(message)
        if _size(window) > LONGEST_CHAT:
            while _size(window) > SHORTENED_CHAT:
                window = _without_first_exchange(window)
    return [{"role": message.role, "content": message.text} for message in window]


def _without_first_exchange(window: list[PromptMessage]) -> list[PromptMessage]:
    return next((window[at:] for at in range(1, len(window)) if window[at].role == "user"), window[-1:])


def _size(messages: Iterable[PromptMessage]) -> int:
    """Tokens at most."""
    return sum(MESSAGE_TOKENS + len(message.text.encode()) for message in messages)


def _plain(text: str) -> str:
    """A text in one line, without control characters and marks of the template, and not too long."""
    line = " ".join(_TEMPLATE.sub("< ", _CONTROL.sub(" ", text)).split())
    if len(line.encode()) <= LONGEST_MESSAGE:
        return line
    end = line.encode()[-LONGEST_MESSAGE:].decode(errors="ignore")
    return end.partition(" ")[2] or end  # from a word on


class SpokenAnswer:
    """The part of an answer that is said: a few whole sentences, each once.

    The first one is given as it is written, for the person waits for it; others when they are whole.
    """

    def __init__(self) -> None:
        self._rest = ""  # what is written and not given, or the first sentence
        self._given = 0  # characters of the first sentence
        self._scanned = 0  # characters of it in which the sentence is known not to end
        self._sentences: list[str] = []
        self.is_full = False
        """Nothing will be said any more."""

    def feed(self, token: str) -> str:
        """Take what the model has written next; return what is to be said with it."""
        self._rest += _MARKDOWN.sub("", token)
        said = ""
        while not self.is_full:
            end, self._scanned = sentence_end(self._rest, self._scanned, complete=False)
            if end is None:
                return said if self._sentences else said + self._give(self._scanned)
            said += self._end_sentence(end)
        return said

    def finish(self, *, is_cut: bool) -> str:
        """Return what is to be said of the rest; with `is_cut` the model was stopped, else its answer is whole."""
        if self.is_full:
            return ""
        if is_cut and not ends_sentence(self._rest):
            return "" if self._sentences else f"{self._give(len(self._rest)).rstrip()} …"
        return self._end_sentence(len(self._rest))

    def _give(self, end: int) -> str:
        said, self._given = self._rest[self._given : end], max(self._given, end)
        return said.replace("\n", " ")

    def _end_sentence(self, end: int) -> str:
        sentence = self._rest[:end]
        words, said = plain_words(sentence), self._give(end)
        self._rest, self._given, self._scanned = self._rest[end:], 0, 0
        if words in self._sentences:  # small models go in circles
            return ""
        self._sentences.append(words)
        self.is_full = len(self._sentences) >= MAX_SENTENCES
        if words and not ends_sentence(sentence):  # a line without a full stop
            said = f"{said.rstrip()}. "
        return said

"""Answers questions from a list by voice: what fits is looked up before the language model is asked.

python examples/faq.py ROOM     (server and keys as for `python -m bot`)
"""

import asyncio
import re
import sys
from typing import Any

from bot import Hooks, TurnContext, VoiceBot

INSTRUCTIONS = """\
You answer questions about a city library on the phone, in one or two short sentences. Go by the entries that come \
with a question. When none of them answers it, say that you do not know, and that the desk does."""

ENTRIES = (
    "When is the library open? Tuesday to Saturday from ten to six; closed on Sunday, Monday and holidays.",
    "How do I get a library card? With an ID at the desk. It is free up to the age of eighteen, then ten euros a year.",
    "How long may I keep a book? Four weeks, and twice as long when nobody else wants it: renew it online or by phone.",
    "What is the fine for a late book? Twenty cents a day for each book, and never more than five euros.",
    "May I bring a dog? Only a guide dog.",
    "Where can I park? Behind the building, from Mill Street, free for two hours.",
)

COMMON = set(re.findall(r"\w+", "a and are be can do for get going how i in is it may my of on the to what you"))
"""Words that say nothing of what a question is about."""


class Faq:
    """The entries, found by the words that they share with a question. Yours is a search engine or a vector store."""

    def __init__(self, entries: tuple[str, ...]) -> None:
        self._words = {entry: words(entry) for entry in entries}

    def search(self, question: str, limit: int = 2) -> list[str]:
        """Return the entries that fit best, none when nothing fits."""
        asked = words(question)
        shared = {entry: len(own & asked) for entry, own in self._words.items()}
        return [entry for entry in sorted(shared, key=lambda entry: -shared[entry])[:limit] if shared[entry]]


def words(text: str) -> set[str]:
    """The words of a text that say what it is about, in the singular."""
    return {word.removesuffix("s") for word in re.findall(r"\w+", text.lower())} - COMMON


async def serve(room: Any, faq: Faq) -> None:
    """Talk with the person in a room until it ends."""

    def look_up(turn: TurnContext) -> None:
        for entry in faq.search(turn.text):
            turn.add_context(entry)

    # It does nothing that cannot be undone, so it may run in the pause before it is known that they have finished.
    hooks = Hooks(on_user_turn_completed=look_up, speculative=True)
    async with VoiceBot(room=room, hooks=hooks, instructions=INSTRUCTIONS, greeting="City library, hello!") as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Faq(ENTRIES)))

"""Bounds of the tools, and what they say when one is passed."""

from pipeline.errors import VoiceBotError

CALL_LIMIT = 45.0
"""Seconds after which every call comes back, done or not: many hosts give a call up after 60 s, whatever it reports."""

PROGRESS_INTERVAL = 3.0
"""Seconds between two reports of a call that takes its time."""

DEAF_DELAY = 8.0
"""Seconds for which a call listens although nothing can be heard: a microphone may be about to be switched on."""

LONGEST_TEXT = 3_000
"""Characters of a text: three to four minutes when spoken; with the JSON around it below the 15 kB of a data packet."""

WAITING_TEXTS = 3
"""Texts that may wait to be spoken."""

MOST_TURNS = 50
MOST_MINUTES = 30.0
"""Of a conversation towards a goal."""


def checked(text: str, what: str = "text") -> str:
    """The text without the space around it. Raises VoiceBotError when nothing is left, or too much."""
    text = text.strip()
    if not text:
        raise VoiceBotError(f"the {what} is empty: give some words")
    if len(text) > LONGEST_TEXT:
        raise VoiceBotError(
            f"the {what} has {len(text)} characters, {LONGEST_TEXT} are possible: shorten it, or send it in parts"
        )
    return text

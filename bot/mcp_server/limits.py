"""Bounds of the tools, and their error messages."""

from pipeline.errors import VoiceBotError

CALL_LIMIT = 45.0
"""Seconds after which every call returns, done or not: many hosts give up on a call after 60 s despite progress."""

PROGRESS_INTERVAL = 3.0
"""Seconds between two progress reports of a call."""

DEAF_DELAY = 8.0
"""Seconds to listen although nothing can be heard: a microphone may be about to be switched on."""

LONGEST_TEXT = 3_000
"""Characters of a text: three to four minutes of speech, and below the 15 kB of a data packet."""

WAITING_TEXTS = 3
"""Texts that may be queued to be spoken."""

MOST_TURNS = 50
MOST_MINUTES = 30.0
"""Bounds of a guided conversation."""


def checked(text: str, what: str = "text") -> str:
    """Return the text without surrounding space. Raises VoiceBotError when it is empty or too long."""
    text = text.strip()
    if not text:
        raise VoiceBotError(f"the {what} is empty: give some words")
    if len(text) > LONGEST_TEXT:
        raise VoiceBotError(
            f"the {what} has {len(text)} characters, {LONGEST_TEXT} are possible: shorten it, or send it in parts"
        )
    return text

"""The journal of a conversation: what happened, what was decided and on what grounds, as lines of JSON.

`writing` records it step by step, `reading` reads it and decides it again; `form` is how a step looks in a line.
"""

from pipeline.journal.reader import Entry, Header, Replayed, read_journal, replay
from pipeline.journal.writer import Journal

__all__ = ["Entry", "Header", "Journal", "Replayed", "read_journal", "replay"]

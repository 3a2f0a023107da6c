"""The journal of a conversation: what happened, what was decided and on what grounds, as lines of JSON.

`writer` records it step by step, `reader` reads it and decides it again; `codec` says how a step looks in a line.
"""

from pipeline.journal.reader import Entry, Header, Replayed, read_journal, replay
from pipeline.journal.writer import Journal

__all__ = ["Entry", "Header", "Journal", "Replayed", "read_journal", "replay"]

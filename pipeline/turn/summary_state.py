"""The summary of a conversation: the one that stands, and the one that is being made."""

from dataclasses import dataclass

from pipeline.messages import ConversationSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSummary:
    """One that is being made. It stands for the messages from `after` to `until`, by their numbers."""

    summary_id: str
    after: int
    """The message up to which the summary goes that it was made from; 0 for none."""
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryState:
    """The summaries of one conversation."""

    summary: ConversationSummary | None = None
    pending: PendingSummary | None = None
    begun: int = 0
    """Summaries of this session that were begun: the number in the next one's id."""
    wanted_until: int = 0
    """The number of the message up to which there is to be one, however little was said until then."""
    retry_number: int = 0
    """After a failure: the number of the message from which another one may be begun."""

    @property
    def until(self) -> int:
        """The number of the last message that the summary stands for; 0 without one."""
        return self.summary.until if self.summary is not None else 0

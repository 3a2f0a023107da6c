"""What becomes of summaries. Events of a summary that nobody waits for change nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SummaryMade:
    """The older part of the conversation is summarized: `text` stands for it from now on."""

    at: float
    summary_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SummaryFailed:
    """No summary could be made; `error` says why."""

    at: float
    summary_id: str
    error: str


@dataclass(frozen=True, slots=True)
class SummaryTokensUsed:
    """What a request for a summary has cost, one event a request: tokens as the provider counts them.

    They are 0 where the provider does not count, and estimated for a request that was called off. Such an event may
    come when the conversation is over.
    """

    at: float
    prompt: int
    completion: int
    is_estimated: bool = False


SummaryEvent = SummaryMade | SummaryFailed | SummaryTokensUsed

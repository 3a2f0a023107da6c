"""What becomes of the summary that is being made."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.events import SummaryEvent
from pipeline.messages import ConversationSummary
from pipeline.turn.changed import changed
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from pipeline.turn.summary import KEPT_SHARE


def apply_summary(state: State, event: SummaryEvent, policy: Policy) -> State:
    """The state after something became of a summary; of one that nobody waits for it changes nothing."""
    pending = state.summaries.pending
    if isinstance(event, events.SummaryTokensUsed) or pending is None or pending.summary_id != event.summary_id:
        return state
    match event:
        case events.SummaryMade(text=text):
            made = replace(state.summaries, summary=ConversationSummary(text, pending.until), pending=None)
            return changed(state, summaries=made)
        case events.SummaryFailed():
            retry_number = state.message_number + max(1, policy.summary_messages // KEPT_SHARE)
            return changed(state, summaries=replace(state.summaries, pending=None, retry_number=retry_number))
    assert_never(event)

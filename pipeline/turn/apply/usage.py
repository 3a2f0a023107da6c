"""What the conversation uses, whatever comes of it."""

from pipeline import events
from pipeline.events import Event, Measurement
from pipeline.turn.care import with_usage
from pipeline.turn.state import State


def is_only_measured(event: Event) -> bool:
    """Whether an event changes nothing, not even what has been used."""
    return isinstance(event, Measurement) and not isinstance(event, events.CharactersUsed)


def with_counted(state: State, event: Event) -> State:
    """Add what an event says has been used."""
    match event:
        case events.TokensUsed() | events.SummaryTokensUsed():
            return with_usage(state, tokens=event.prompt + event.completion)
        case events.CharactersUsed():
            return with_usage(state, characters=event.characters)
        case events.CostGrew():
            return with_usage(state, cost=event.amount)
    return state

"""Providers that are lost and come back."""

from dataclasses import replace
from typing import assert_never

from pipeline import events
from pipeline.events import ProviderEvent
from pipeline.turn.changed import changed
from pipeline.turn.state import State
from pipeline.turn.trouble_state import Trouble


def apply_provider(state: State, event: ProviderEvent) -> State:
    """The state after a provider was lost, or is back, or the person was handed over for it."""
    trouble = state.trouble
    match event:
        case events.ProviderLost(provider=provider):
            if event.is_given_up:
                given_up_at = trouble.given_up_at if trouble.given_up_at is not None else state.at
                trouble = replace(trouble, given_up=trouble.given_up | {provider}, given_up_at=given_up_at)
            return changed(state, trouble=replace(trouble, lost=trouble.lost | {provider}))
        case events.ProviderBack(provider=provider):
            lost, given_up = trouble.lost - {provider}, trouble.given_up - {provider}
            if not lost:
                return changed(state, trouble=Trouble(kept_for=trouble.kept_for, put_aside=trouble.put_aside))
            since = trouble.given_up_at if given_up else None
            return changed(state, trouble=replace(trouble, lost=lost, given_up=given_up, given_up_at=since))
        case events.PersonTransferred():
            return changed(state, ending="scribe" if event.stays else "asked") if state.still_answers else state
        case events.TransferFailed():
            return changed(state, trouble=replace(trouble, handing_over="failed"))
    assert_never(event)

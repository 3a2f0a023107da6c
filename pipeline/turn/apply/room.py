"""What happens in the room: connections, people, typed messages."""

from typing import assert_never

from pipeline import events
from pipeline.events import RoomEvent
from pipeline.turn.changed import changed
from pipeline.turn.due import NEVER
from pipeline.turn.endpointing import with_typed
from pipeline.turn.keypad import with_key
from pipeline.turn.policy import Policy
from pipeline.turn.state import Presence, State


def apply_room(state: State, event: RoomEvent, policy: Policy) -> State:
    """The state after something happened in the room; people who are not linked change nothing."""
    match event:
        case events.Joined() | events.ConnectionRestored():
            return changed(state, is_connected=True)
        case events.ConnectionLost():
            return changed(state, is_connected=False)
        case events.PersonLinked():
            return changed(state, presence=Presence.HERE, linked=event.identity)
        case (
            events.PersonAway()
            | events.PersonBack()
            | events.PersonLeft()
            | events.TextReceived()
            | events.DtmfReceived()
            | events.MicrophoneSilent()
            | events.MicrophoneSilenceEnded()
        ):
            return _of_linked(state, event, policy) if event.identity == state.linked else state
        case events.ParticipantConnected() | events.ParticipantDisconnected() | events.RoomEnded():
            return state
    assert_never(event)


def _of_linked(
    state: State,
    event: events.PersonAway
    | events.PersonBack
    | events.PersonLeft
    | events.TextReceived
    | events.DtmfReceived
    | events.MicrophoneEvent,
    policy: Policy,
) -> State:
    match event:
        case events.PersonAway():
            return changed(state, presence=Presence.AWAY)
        case events.PersonBack():
            return changed(state, presence=Presence.HERE)
        case events.PersonLeft():
            return changed(state, presence=Presence.NOBODY, linked=None)
        case events.TextReceived():
            text = event.text.strip()
            return with_typed(state, text, policy) if text else state
        case events.MicrophoneSilent():
            return state.hearing_with(zeros_since=state.at)
        case events.MicrophoneSilenceEnded():
            return state.hearing_with(zeros_since=NEVER)
        case events.DtmfReceived():
            return with_key(state, event.digit, policy)
    assert_never(event)

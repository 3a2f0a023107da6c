"""What happens in a conversation, as messages of the session protocol."""

from collections.abc import Iterator, Sequence

from bot.remote_session import wire
from bot.remote_session.wall_clock import wall_time
from pipeline.commands import CallTool, Command, HandedOver, ReplyCommitted, ToolCommitted, TurnCommitted
from pipeline.events import Event, FinalTranscript, InterimTranscript, ReplyEnded, ReplyFailed, TranscriberLost
from pipeline.turn.caller import Floor
from pipeline.turn.state import Presence, State


class EventMessages:
    """Makes the messages for one listener, from when it began to listen."""

    def __init__(self, state: State, *, shows_internals: bool) -> None:
        self._user = user_state(state)
        self._shows_internals = shows_internals

    def of_step(self, event: Event, state: State, commands: Sequence[Command]) -> Iterator[bytes]:
        """Make those for a step of the session."""
        at, user = wall_time(event.at), user_state(state)
        if user != self._user:
            yield wire.user_state_changed(self._user, user, at)
            self._user = user
        if isinstance(event, InterimTranscript | FinalTranscript) and event.text:
            yield wire.user_input_transcribed(event.text, at, is_final=isinstance(event, FinalTranscript))
        if failure := self._failure(event):
            yield wire.error(failure, at)
        if calls := [command.request for command in commands if isinstance(command, CallTool)]:
            begun = [wire.function_call(call, at, shows_tools=self._shows_internals) for call in calls]
            yield wire.tools_started(begun, at)
        for command in commands:
            yield from self._of_command(command, state, at)

    def _of_command(self, command: Command, state: State, at: float) -> Iterator[bytes]:
        match command:
            case TurnCommitted(message) | ReplyCommitted(_, message):
                for item in wire.items_of(message, at, shows_tools=False):
                    yield wire.item_added(item, at)
            case ToolCommitted(_, message) if message.call is not None:
                call = wire.function_call(message.call, at, shows_tools=self._shows_internals)
                output = wire.function_output(message, at, shows_tools=self._shows_internals)
                yield wire.tools_executed([call], [output], at)
            case HandedOver():
                item = wire.hand_over_item(state.message_number, command.before, command.agent, at)
                yield wire.item_added(item, at)

    def _failure(self, event: Event) -> str:
        match event:
            case ReplyFailed(error=error):
                return error if self._shows_internals else "an answer could not be made"
            case ReplyEnded(error=str(error)):
                return error if self._shows_internals else "an answer broke off"
            case TranscriberLost(error=error):
                return error if self._shows_internals else "the connection to the transcriber is lost"
        return ""


def user_state(state: State) -> wire.UserState:
    """Return what the person does."""
    if state.presence is not Presence.HERE:
        return "away"
    return "speaking" if state.floor is Floor.SPEAKING else "listening"

"""LiveKit's session protocol, from the first message that comes: most bots are never asked anything by it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.assembly.provider_description import ProviderDescription
from bot.assembly.room_port import MessageChannel
from bot.remote_session.facts import Facts
from pipeline.commands import AgentState, Command
from pipeline.events import AudioSeen, Event
from pipeline.session import Session
from pipeline.turn.state import State

if TYPE_CHECKING:
    from bot.remote_session.serving import Serving


class RemoteSession:
    """An observer of a session; who writes to the channel is answered about it."""

    def __init__(
        self, channel: MessageChannel, describe_model: Callable[[str], ProviderDescription], *, shows_internals: bool
    ) -> None:
        """`describe_model` returns what the language model of the agent of a name is.

        `shows_internals`: also give what an operator may want to keep, see `Serving`.
        """
        self._channel, self._describe_model, self._shows_internals = channel, describe_model, shows_internals
        self._facts = Facts()
        self._serving: Serving | None = None

    def attach(self, session: Session) -> None:
        """Answer for this session from now on."""
        session.add_observer(self.observe)
        self._channel.receive(lambda identity, message: self._serve(session).take(identity, message))

    def show_state(self, state: AgentState) -> None:
        """Take what frontends are shown of the bot."""
        before, self._facts.agent_state = self._facts.agent_state, state
        if self._serving is not None and state != before:
            self._serving.show_state(before, state)

    def observe(self, event: Event, state: State, commands: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, AudioSeen) and not commands:
            return
        self._facts.take(event)
        if self._serving is not None:
            self._serving.observe(event, state, commands)

    def _serve(self, session: Session) -> "Serving":
        if self._serving is None:
            from bot.remote_session.serving import Serving  # 20 ms, most of them for livekit.protocol

            self._serving = Serving(
                session, self._facts, self._channel.send, self._describe_model, shows_internals=self._shows_internals
            )
        return self._serving

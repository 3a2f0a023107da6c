"""The conversation of a bot that cannot go on with it, as a hand-over needs it."""

from pipeline.messages import Message
from pipeline.session import Session


class FailedConversation:
    """Has nothing said and notes what is to follow."""

    def __init__(self, session: Session) -> None:
        self._session, self._person = session, session.state.linked
        self.stays = False
        """The bot is to stay and write down what is said."""

    @property
    def is_over(self) -> bool:
        """Whether the person has left, or the session has ended."""
        return self._session.has_ended or self._session.state.linked != self._person

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as it was heard."""
        return self._session.history

    def disallow_interruptions(self) -> None:
        """Do nothing: nothing is said."""

    def end_call(self, farewell: str | None) -> None:
        """Do nothing: the bot hangs up unless it stays."""

    def become_scribe(self) -> None:
        """Note that the bot is to stay."""
        self.stays = True

"""The one way on which the steps of a conversation leave it: for journal, log, spans and recording."""

from pipeline.redaction import RedactedSteps, Redactor
from pipeline.session import Observer, Session


class OutwardSteps:
    """Hands the steps of a session on, redacted if there is a redactor."""

    def __init__(self, session: Session, redactor: Redactor | None) -> None:
        self._session = session
        self._redacted: RedactedSteps | None = None
        self.hidden: tuple[str, ...] = ()
        """What is hidden in them."""
        self.start = session.state
        """The state in which they begin."""
        if redactor is not None:
            self._redacted = RedactedSteps(redactor, session.policy, session.state)
            self.hidden, self.start = redactor.described, self._redacted.state
            session.add_observer(self._redacted.observe)

    def add_observer(self, observer: Observer) -> None:
        """Have one more observer called with each step."""
        (self._session if self._redacted is None else self._redacted).add_observer(observer)

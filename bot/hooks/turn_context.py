"""A turn of the person, for the hook that stands between its end and the answer."""

from collections.abc import Mapping
from typing import Any

from pipeline.messages import TurnEdit
from pipeline.ports import CompletedTurn


class TurnContext:
    """The turn that is over. What the hook does to it counts when the hook has returned, and is void if it fails."""

    def __init__(self, turn: CompletedTurn, metadata: Mapping[str, Any]) -> None:
        self.history = turn.history
        """The conversation before the turn."""
        self.metadata = metadata
        """What the program gave its bot: `VoiceBot(metadata=...)`."""
        self._heard = self._text = turn.text
        self._added: list[str] = []
        self._stops_reply = False

    @property
    def text(self) -> str:
        """What the person said. Set it, and the language model and the history have your text instead.

        Setting it raises ValueError for a text without words.
        """
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        if not _is_text(text, "text"):
            raise ValueError("a turn has to keep some text: call stop_reply() when there is nothing to answer")
        self._text = text

    def add_context(self, text: str) -> None:
        """Tell the language model something for this answer alone, up to 8,000 characters in all."""
        if _is_text(text, "context"):
            self._added.append(text.strip())

    def stop_reply(self) -> None:
        """Let the turn enter the history and not be answered."""
        self._stops_reply = True

    @property
    def edit(self) -> TurnEdit:
        """What was done to the turn."""
        text = self._text.strip() if self._text != self._heard else None
        return TurnEdit("\n".join(self._added), text, self._stops_reply)


def _is_text(given: object, name: str) -> bool:
    """Whether there is anything in a text. Raises TypeError for what is none."""
    if not isinstance(given, str):
        raise TypeError(f"the {name} of a turn has to be a str, not {type(given).__name__}: {given!r:.60}")
    return bool(given.strip())

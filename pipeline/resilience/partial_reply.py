"""What has come of one reply over all requests for it: its text, and the calls of tools that it ends with."""

from pipeline.messages import Prompt, ToolRequest
from pipeline.ports import Finished, ReplyPart, TextDelta
from pipeline.resilience.continuation import continued
from pipeline.text.marks import ends_sentence
from pipeline.text.reasoning import ReasoningFilter
from pipeline.text.seam import Seam


class PartialReply:
    """Takes the parts of each request, gives what is passed on.

    The text of a request that goes on with the reply is passed on without reasoning and without what was there already.
    Calls of tools are passed on when the reply is whole: a request that breaks off makes none.
    """

    def __init__(self) -> None:
        self.text = ""
        """What was written to be said."""
        self.is_whole = False
        """Nothing is missing."""
        self._reasoning = ReasoningFilter()
        self._seam: Seam | None = None
        self._has_news = False  # the latest request has added to the text
        self._requests: list[ToolRequest] = []

    @property
    def has_begun(self) -> bool:
        """Whether a word of it may have been heard."""
        return bool(self.text.strip())

    def begin(self, prompt: Prompt) -> tuple[Prompt, list[ReplyPart]]:
        """Return what to ask next, and what to pass on first: the end of reasoning that broke off."""
        self._requests.clear()
        self._has_news = False
        tag = self._reasoning.closing_tag
        if not self.has_begun:
            parts: list[ReplyPart] = [TextDelta(tag)] if tag else []
            self._reasoning.feed(tag)
            return prompt, parts
        self._reasoning, self._seam = ReasoningFilter(), Seam(self.text)
        return continued(prompt, self.text), []

    def take(self, part: ReplyPart) -> list[ReplyPart]:
        """Take the next part of a request; returns what to pass on."""
        match part:
            case TextDelta(text):
                said = self._reasoning.feed(text)
                if self._seam is not None:
                    return self._new(self._seam.feed(said))
                self._new(said)
                return [part]
            case ToolRequest():
                self._requests.append(part)
                return []
            case Finished():
                rest = self.end()
                return [*rest, part] if self.is_whole else rest
        return [part]

    def end(self) -> list[ReplyPart]:
        """Note that a request has come to its end; returns what to pass on. Without a word the reply is not whole."""
        if self.is_whole:
            return []
        rest: list[ReplyPart] = []
        if self._seam is not None:
            rest = self._new(self._seam.feed(self._reasoning.flush()) + self._seam.flush())
        has_ended = self._seam is not None and ends_sentence(self.text)
        if not (self._has_news or has_ended or self._requests):
            return rest
        self.is_whole = True
        return [*rest, *self._requests]

    def _new(self, text: str) -> list[ReplyPart]:
        self.text += text
        self._has_news |= bool(text.strip())
        return [TextDelta(text)] if text else []

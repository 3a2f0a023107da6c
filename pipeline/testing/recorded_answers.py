"""What the language model answered in a session that was recorded, to answer so again.

An answer is known by what it answers: the person's last words, and how many results of tools came since. What was not
asked then is answered in the order of the answers. Of an answer that was cut only the heard part is known: words
without meaning follow it, so that there is something to cut again.
"""

from collections.abc import Callable, Sequence

from pipeline import commands, events
from pipeline.journal import Replayed
from pipeline.messages import Message, Prompt, ToolRequest
from pipeline.testing.scripted_llm import ScriptedAnswer
from pipeline.turn.history import STILL_RUNNING
from pipeline.turn.words import folded

REST = " and so on" * 10
"""Words behind the heard part of an answer that was cut: some five seconds."""

Question = tuple[str, int]
"""The person's last words, folded, and the results of tools since then."""


def recorded_answers(steps: Sequence[Replayed], recorded: Sequence[Message]) -> Callable[[Prompt], ScriptedAnswer]:
    """Return the language model of a session: a function of the prompt. `recorded` is the session's history."""
    by_asked = _by_asked(steps)
    in_order = [_heard(message) for message in recorded if message.role == "assistant"]

    def answer(prompt: Prompt) -> ScriptedAnswer:
        said = [("tool" if it.role == "tool" else it.role, it.text) for it in prompt.messages]
        if (known := by_asked.get(_asked(said))) is not None:
            return known
        answered = sum(role == "assistant" and bool(text) for role, text in said)
        return ScriptedAnswer(in_order[answered] if answered < len(in_order) else "I see.")

    return answer


def _by_asked(steps: Sequence[Replayed]) -> dict[Question, ScriptedAnswer]:
    """The first answer to each thing that was asked."""
    texts: dict[str, str] = {}
    calls: dict[str, tuple[ToolRequest, ...]] = {}
    asked: dict[str, Question] = {}
    for step in steps:
        if isinstance(step.entry.event, events.ToolsRequested):
            calls[step.entry.event.reply_id] = step.entry.event.requests
        for command in step.commands:
            match command:
                case commands.StartReply(reply_id, Prompt()):
                    asked[reply_id] = ("", 0)  # known at its release: the words of a draft may change
                case commands.Release(reply_id) if reply_id in asked:
                    history = [(it.role, it.text) for it in step.state.history if not it.is_backchannel]
                    asked[reply_id] = _asked(history)
                case commands.ReplyCommitted(reply_id, message) if reply_id in asked:
                    texts[reply_id] = _heard(message)
    found: dict[Question, ScriptedAnswer] = {}
    for reply_id, key in asked.items():
        if reply_id in texts or reply_id in calls:
            found.setdefault(key, ScriptedAnswer(texts.get(reply_id, ""), calls=calls.get(reply_id, ())))
    return found


def _asked(said: Sequence[tuple[str, str]]) -> Question:
    last = max((at for at, (role, _) in enumerate(said) if role == "user"), default=-1)
    words = folded(said[last][1]) if last >= 0 else ""
    return words, sum(role == "tool" and text != STILL_RUNNING for role, text in said[last + 1 :])


def _heard(message: Message) -> str:
    return message.text + REST * message.cut

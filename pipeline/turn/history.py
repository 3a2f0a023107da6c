"""The conversation as it was heard: how it grows, and how the language model is told of it."""

from dataclasses import replace
from itertools import groupby

from pipeline.commands import Generated
from pipeline.messages import Message, PromptMessage
from pipeline.turn.state import Floor, GenerateRequest, State, Turn

CUT_MARK = "—"
"""Ends what was heard of a reply that was broken off. A dash, as in a play: harmless should the model imitate it."""

CUT_NOTE = (
    f"A reply of yours that ends with {CUT_MARK} was interrupted there: the person heard nothing after it. "
    "Do not point that out; go on from what they say now, and repeat what they missed only when it matters."
)
"""Added to the instructions while the model can see such a reply."""

GREETING_REQUEST = "(The person has just joined the call and has said nothing yet. {instructions})"
"""Stands in for the first message: most models answer nothing to a system prompt alone."""

REPLY_REQUEST = "(The person says nothing for now. {instructions})"
"""The same for a reply that the embedding program asks for."""

GO_ON = "Go on with the conversation."
"""The instructions for one, when it gives none."""


def with_reply(state: State, heard: str, *, is_cut: bool) -> State:
    """After a reply of which `heard` was heard; of one that nobody heard nothing remains."""
    if not heard:
        return state
    message = Message("assistant", heard, state.at, cut=is_cut)
    return replace(state, history=(*state.history, message))


def with_turn(state: State, *, is_backchannel: bool = False) -> State:
    """After the person's turn has been taken down; the next one begins. A turn without words leaves nothing."""
    turn, history = state.turn, state.history
    if turn.text:
        history = (*history, Message("user", turn.text, state.at, is_backchannel=is_backchannel))
    return replace(
        state,
        history=history,
        turn=Turn(number=turn.number + bool(turn.text)),
        committed_until=max(state.committed_until, turn.words_ended_at),
        floor=Floor.SILENT,
    )


def prompt(state: State) -> Generated:
    """What to ask the language model so that it answers the turn as it stands."""
    turn = [PromptMessage("user", state.turn.text)] if state.turn.text else []
    return Generated(_instructions(state), _merged([*_heard(state), *turn]))


def prompt_to_write(state: State, to_write: GenerateRequest) -> Generated:
    """What to ask the language model so that it speaks although the person has said nothing."""
    asked = PromptMessage("user", to_write.request)
    return Generated(_instructions(state), _merged([*_heard(state), asked]))


def _instructions(state: State) -> str:
    instructions = state.agent.instructions
    was_cut = any(message.cut for message in state.history)
    return f"{instructions}\n\n{CUT_NOTE}".strip() if was_cut else instructions


def _heard(state: State) -> list[PromptMessage]:
    return [
        PromptMessage(message.role, f"{message.text} {CUT_MARK}" if message.cut else message.text)
        for message in state.history
        if not message.is_backchannel
    ]


def _merged(messages: list[PromptMessage]) -> tuple[PromptMessage, ...]:
    """With what one side said in a row as one message: some models refuse roles that do not alternate."""
    runs = groupby(messages, key=lambda message: message.role)
    return tuple(PromptMessage(role, "\n".join(message.text for message in run)) for role, run in runs)

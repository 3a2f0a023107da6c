"""What a program may give as hooks."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot import Hooks, TurnContext, VoiceBot
from pipeline.errors import SettingsError
from pipeline.messages import AS_HEARD, TurnEdit
from pipeline.ports import CompletedTurn
from pipeline.testing import Scene


def yields(context: object) -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"on_enter": "greet"}, r"on_enter='greet' cannot be called: write def on_enter\(context\)"),
        ({"on_enter": lambda: None}, r"does not take 1 argument: write def on_enter\(context\)"),
        ({"on_conversation_ended": lambda history: None}, r"write def on_conversation_ended\(history, summary\)"),
        ({"on_exit": yields}, "is a generator"),
        ({"budget": 0}, "budget=0 is no time"),
        ({"turn_budget": "1"}, "turn_budget='1' is no time"),
        ({"budget": float("nan")}, "budget=nan is no time"),
        ({"speculative": True}, "there is none"),
    ],
)
def test_what_is_no_hook_is_told_at_once(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Hooks(**given)


def test_every_fault_is_told() -> None:
    with pytest.raises(SettingsError) as told:
        Hooks(on_enter=1, on_exit=2, budget=-1)  # type: ignore[arg-type]
    assert len(told.value.faults) == 3


def test_hooks_of_another_kind_are_refused_by_the_bot() -> None:
    with pytest.raises(SettingsError, match="are no hooks"):
        VoiceBot(room=Scene(), hooks={"on_enter": print})  # type: ignore[arg-type]


def turn(text: str = "Hello there.") -> TurnContext:
    return TurnContext(CompletedTurn(text, ()), {})


def test_a_turn_that_is_left_alone_stays_as_it_was_heard() -> None:
    context = turn()
    context.text = context.text
    context.add_context(" ")
    assert context.edit == AS_HEARD


def test_what_is_done_to_a_turn_comes_together() -> None:
    context = turn()
    context.add_context("One.")
    context.add_context(" Two. ")
    context.text = " Hi. "
    context.stop_reply()
    assert context.edit == TurnEdit("One.\nTwo.", "Hi.", stops_reply=True)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="has to be a str, not NoneType"):
        turn().add_context(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="has to be a str, not list"):
        turn().text = ["a"]  # type: ignore[assignment]
    with pytest.raises(ValueError, match="stop_reply"):
        turn().text = ""

"""Decides what is said when nobody says anything, where the policy wants that: the bot asks, asks again, and ends the
call with a farewell.

Counted is from the last that was heard of either side. Nothing is counted while anybody speaks, types or presses keys,
while a tool or a hook is at work, while a reply is held, and while the person is away or their telephone still rings.
"""

from pipeline.commands import StaticText
from pipeline.turn.care import with_care
from pipeline.turn.due import NEVER, Due
from pipeline.turn.history import REPLY_REQUEST
from pipeline.turn.policy import Policy
from pipeline.turn.quiet import quiet_since
from pipeline.turn.replies import GenerateRequest
from pipeline.turn.rules import Decision
from pipeline.turn.speech_queue import with_new_speech
from pipeline.turn.state import State

ASKED = 2
"""How often the person is asked before the farewell."""


def ask(state: State, policy: Policy) -> Decision | None:
    """Ask a person who has said nothing for long whether they are there."""
    if state.at < asked_at(state, policy) or was_asked_enough(state):
        return None
    times, number = _times(state), _last_said(state)
    after = with_care(state, idle_asked=times + 1, idle_number=number, quiet_since=NEVER)
    agent = state.agent
    if agent.idle_instructions:
        instructions = agent.idle_instructions
        return with_new_speech(after, GenerateRequest(REPLY_REQUEST.format(instructions=instructions))), ()
    text = agent.spoken_idle_text if not times else agent.spoken_idle_text_again
    return with_new_speech(after, StaticText(text), is_discardable=True) if text else after, ()


def ask_due(state: State, policy: Policy) -> Due:
    """Wait for as long as nobody need say anything."""
    return Due(at=asked_at(state, policy))


def asked_at(state: State, policy: Policy) -> float:
    """Loop time at which nobody has said anything for too long; NEVER while anybody does, or it may be so."""
    return quiet_since(state) + policy.idle_after if policy.idle_after else NEVER


def was_asked_enough(state: State) -> bool:
    """Whether the person was asked often enough since they said something."""
    return _times(state) >= ASKED


def _times(state: State) -> int:
    return state.care.idle_asked if state.care.idle_number == _last_said(state) else 0


def _last_said(state: State) -> int:
    """The number of the person's last message, an "mm-hm" included; 0 without one."""
    return next((message.number for message in reversed(state.history) if message.role == "user"), 0)

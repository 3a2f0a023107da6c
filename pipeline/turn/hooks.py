"""Decides when the hook of a completed turn is run, how long it is waited for, and what becomes of its answer.

the turn is over, and would be answered       the hook runs, unless it has for these words; the answer waits for it
a pause may be its end                        a speculative hook runs, and the draft waits for it; it mostly has
                                              answered when the transcriber has answered Finalize
it answers                                    the reply is made from the turn as the hook has left it; what was made
                                              from another basis is discarded
it stops the reply                            the turn enters the history, and that is all
it overruns its budget                        the turn is answered without it
the person goes on with other words           what it has answered, or is about to, is void
"""

from dataclasses import replace

from pipeline.commands import CancelTurnHook, RunTurnHook
from pipeline.messages import AS_HEARD
from pipeline.turn.completeness import Completeness, completeness
from pipeline.turn.due import NEVER, ON_EVENTS, Due
from pipeline.turn.endpointing import commit_unanswered
from pipeline.turn.hook_use import HookRun
from pipeline.turn.policy import Policy
from pipeline.turn.preemption import is_answerable, may_be_over, may_draft
from pipeline.turn.rules import Decision
from pipeline.turn.state import State
from pipeline.turn.words import folded


def let_go(state: State, policy: Policy) -> Decision | None:
    """Forget a run of the hook for words that are no longer those of the turn."""
    run = state.hook.run
    if run is None or state.hook_of_turn is not None:
        return None
    return state.hook_with(run=None), (CancelTurnHook(run.run_id),) if run.edit is None else ()


def begin(state: State, policy: Policy) -> Decision | None:
    """Run the hook for a turn that is over, a speculative one at a pause before that, once for the same words."""
    hook = state.agent.turn_hook
    if hook is None or state.hook.run is not None or not is_answerable(state, policy):
        return None
    if not (state.turn.is_endpointed or (hook.is_speculative and _may_be_whole(state, policy))):
        return None
    run = HookRun(
        run_id=f"hook-{state.hook.begun + 1}",
        agent_id=state.lead.agent_id,
        turn_number=state.turn.number,
        words=folded(state.turn.text, state.agent.language),
        deadline=state.at + hook.budget,
    )
    after = state.hook_with(run=run, begun=state.hook.begun + 1)
    return after, (RunTurnHook(run.run_id, state.turn.text),)


def begin_due(state: State, policy: Policy) -> Due:
    """Wait for the silence that invites a draft."""
    hook = state.agent.turn_hook
    if hook is None or not hook.is_speculative or state.hook.run is not None or state.turn.is_endpointed:
        return ON_EVENTS
    return Due(silence=policy.draft_silence) if is_answerable(state, policy) and may_draft(state, policy) else ON_EVENTS


def time_out(state: State, policy: Policy) -> Decision | None:
    """Give up a run of the hook that takes too long."""
    run = state.hook.run
    if run is None or state.at < _late_at(state):
        return None
    after = state.hook_with(run=replace(run, edit=AS_HEARD, has_overrun=True))
    return after, (CancelTurnHook(run.run_id, is_late=True),)


def time_out_due(state: State, policy: Policy) -> Due:
    """Wait for the end of the budget."""
    return Due(at=_late_at(state))


def stop_reply(state: State, policy: Policy) -> Decision | None:
    """Commit a turn that is over, and that the hook wants unanswered."""
    if not (state.turn.is_endpointed and state.turn_edit.stops_reply):
        return None
    return commit_unanswered(state)


def _may_be_whole(state: State, policy: Policy) -> bool:
    """Whether the pause may be the end of the turn, by its words, too."""
    if not may_be_over(state, policy):
        return False
    return completeness(state.turn.text, state.agent.language) is not Completeness.UNFINISHED


def _late_at(state: State) -> float:
    run = state.hook.run
    return run.deadline if run is not None and run.edit is None else NEVER

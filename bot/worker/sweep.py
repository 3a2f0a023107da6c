"""Which rooms are forgotten: people in them were promised a bot, and none is coming. Pure; time comes in."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from bot.room.dispatches import DispatchedRoom

OFFER_DELAY = 15.0
"""Seconds after a dispatch was made in which a worker may still be given it: the server looks for workers for up to 5,
and waits up to 10 for an answer."""

JOIN_DELAY = 30.0
"""Seconds after a worker was given a job in which its bot may still join."""


@dataclass(frozen=True, slots=True)
class SweepFindings:
    """What a look at the rooms has shown."""

    forgotten: tuple[DispatchedRoom, ...]
    """Those that need a bot now, who waits longest first."""
    look_again_at: float | None
    """When the next one may turn out to be forgotten; None if nobody else waits."""


def find_forgotten(rooms: Iterable[DispatchedRoom], served: Set[str], now: float) -> SweepFindings:
    """Judge rooms; `served` are the names of those that this worker has a bot for, or on its way.

    `now` is this machine's clock, in seconds since 1970. Where the server's differs, a room is found late, or while its
    bot is joining: then that one is sent away and another comes, but there are never two.
    """
    waiting = [
        (_due_at(room), room) for room in rooms if room.has_people and not room.has_bot and room.name not in served
    ]
    due = [(room.dispatches[0].created_at, room.name, room) for due_at, room in waiting if due_at <= now]
    return SweepFindings(
        tuple(room for _, _, room in sorted(due)),
        min((due_at for due_at, _ in waiting if due_at > now), default=None),
    )


def _due_at(room: DispatchedRoom) -> float:
    """When nobody can be coming any more."""
    return max(
        max(dispatch.created_at + OFFER_DELAY, dispatch.assigned_at + JOIN_DELAY) for dispatch in room.dispatches
    )

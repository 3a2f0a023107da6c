"""Sessions: a room each, with a bot of its own configuration. How they stand is asked of the LiveKit server."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.room.session_rooms import SessionRoom, SessionRooms
from bot.web.api.idempotency import Idempotency
from bot.web.api.problems import Problem
from bot.web.api.session_names import check_id, id_of_key, new_id, person_of, room_of
from bot.web.api.session_order import SessionOrder
from bot.web.api.token_endpoint import Visits
from bot.web.api.token_request import TokenRequest, answer
from bot.worker.refusal import reason_in

log = logging.getLogger(__name__)

JOIN_DELAY = 300
"""Seconds that a room waits for its person, and that their token admits them; the server renews it once they joined."""

GONE = "There is no such session: it has ended, or never was."

TAKEN = "There is a session of this sessionId already: end it first, or leave the id out."

OTHER_REQUEST = "This Idempotency-Key was used for another request: take a new one."

Answer = dict[str, Any]


class DispatchedSessions:
    """Makes, describes and ends sessions. All methods raise Problem, and RoomError where the server fails."""

    def __init__(self, rooms: SessionRooms, visits: Visits, *, opened: Callable[[], object]) -> None:
        """`opened` is called for each session that is made."""
        self._rooms, self._visits, self._opened = rooms, visits, opened
        self._answers = Idempotency[Answer](JOIN_DELAY)
        self._opening = set[str]()
        """Ids of the sessions that are being made by this process."""

    async def open(self, request: SessionOrder, caller: str, key: str | None) -> Answer:
        """Make a session. With a `key`, the same request of the same caller is answered with the same session."""
        if key is None:
            return await self._open(request, request.session_id or new_id(), is_repeatable=False)
        secret = self._visits.access.api_secret.reveal()
        session_id = request.session_id or id_of_key(secret, caller, key)
        return await self._answers.once(
            f"{caller}\0{key}", request.fingerprint, lambda: self._open(request, session_id, is_repeatable=True)
        )

    async def describe(self, session_id: str) -> Answer:
        """Return what the server has of a session."""
        if (room := await self._rooms.find(room_of(check_id(session_id)))) is None:
            raise Problem(404, GONE)
        error = _error(room)
        return {
            "sessionId": session_id,
            "room": room.name,
            "state": _state(room),
            **({"error": error} if error else {}),
            "createdAt": _written(room.opened_at),
            "participants": [
                {
                    "identity": person.identity,
                    "name": person.name,
                    "kind": person.kind,
                    "joinedAt": _written(person.joined_at),
                    **({"agentState": person.agent_state} if person.agent_state else {}),
                }
                for person in room.participants
            ],
            "jobs": [
                {"id": job.id, "status": job.status, **({"error": job.error} if job.error else {})} for job in room.jobs
            ],
        }

    async def end(self, session_id: str) -> None:
        """End a session: everybody in its room is sent away."""
        if not await self._rooms.end(room_of(check_id(session_id))):
            raise Problem(404, GONE)
        log.info("session %s ended on request", session_id)

    async def _open(self, request: SessionOrder, session_id: str, *, is_repeatable: bool) -> Answer:
        unknown = request.check()
        if session_id in self._opening:
            raise Problem(409, TAKEN)
        self._opening.add(session_id)
        try:
            opened_at = await self._make_room(request, session_id, is_repeatable=is_repeatable)
        finally:
            self._opening.discard(session_id)
        identity = request.identity or person_of(session_id)
        wanted = TokenRequest(name=request.name)
        token = answer(
            self._visits.access,
            wanted,
            room=room_of(session_id),
            identity=identity,
            room_config=None,
            server_url=self._visits.server_url,
            life=timedelta(seconds=JOIN_DELAY),
        )
        return {
            "sessionId": session_id,
            "room": token["room_name"],
            "serverUrl": token["server_url"],
            "participantToken": token["participant_token"],
            "participantIdentity": identity,
            "createdAt": _written(opened_at),
            **({"unknownFields": unknown} if unknown else {}),
        }

    async def _make_room(self, request: SessionOrder, session_id: str, *, is_repeatable: bool) -> datetime:
        """Return when the session's room was opened: now, or by an earlier one of the same request."""
        name, metadata = room_of(session_id), request.metadata(session_id)
        if (request.session_id or is_repeatable) and (room := await self._rooms.find(name)) is not None:
            if not is_repeatable:
                raise Problem(409, TAKEN)
            if room.dispatched and metadata not in room.dispatched:
                raise Problem(422, OTHER_REQUEST)
            return room.opened_at
        opened_at = await self._rooms.make(
            name, agent_name=self._visits.agent_name, metadata=metadata, empty_timeout=JOIN_DELAY
        )
        log.info("session %s opened", session_id)
        self._opened()
        return opened_at


def _state(room: SessionRoom) -> str:
    """Say how far a session is: starting, waiting (for its person), active, or without its bot: left or failed."""
    kinds = {person.kind for person in room.participants}
    if "AGENT" in kinds:
        return "active" if kinds - {"AGENT"} else "waiting"
    is_over = bool(room.jobs) and not any(job.status in ("PENDING", "RUNNING") for job in room.jobs)
    if is_over or not room.dispatched:
        return "failed" if _error(room) else "left"
    return "starting"


def _error(room: SessionRoom) -> str:
    """Return why no bot serves the session, as far as that is known."""
    return reason_in(room.metadata) or next((job.error for job in room.jobs if job.error), "")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The names of a session's room and person follow from its id: so it is found again by whoever knows that alone."""

import hmac
import re
import secrets
from hashlib import sha256

from bot.web.api.problems import Problem

ROOM_PREFIX = "session-"

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def room_of(session_id: str) -> str:
    """Return the name of a session's room."""
    return f"{ROOM_PREFIX}{session_id}"


def person_of(session_id: str) -> str:
    """Return the identity of a session's person where none was asked for."""
    return f"person-{session_id}"


def is_session_room(room: str) -> bool:
    """Whether a room is a session's."""
    return room.startswith(ROOM_PREFIX)


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_hex(12)


def id_of_key(secret: str, caller: str, key: str) -> str:
    """Return the id of what this caller asks for with this Idempotency-Key: the same in every process."""
    return hmac.new(secret.encode(), f"{caller}\0{key}".encode(), sha256).hexdigest()[:24]


def check_id(session_id: str) -> str:
    """Return an id from outside. Raises Problem where it can be none."""
    if not _ID.fullmatch(session_id):
        raise Problem(400, "A sessionId has 1 to 64 letters, digits, - or _.")
    return session_id

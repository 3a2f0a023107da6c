"""What `POST /v1/sessions` is asked for: the bot's configuration, and who the person is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.settings.values import read_name, read_text
from bot.web.api.problems import Problem
from bot.web.api.session_names import check_id
from bot.worker.session_config import SessionRefused, read_session_config

SESSION_ID, IDENTITY, NAME = "sessionId", "participantIdentity", "participantName"


@dataclass(frozen=True, slots=True)
class SessionOrder:
    """A request, read; what was not asked for is empty."""

    session_id: str
    identity: str
    name: str
    configuration: Mapping[str, Any]
    """The rest: what the job's metadata say to the bot."""

    @property
    def fingerprint(self) -> str:
        """A digest of all of it."""
        whole = [self.session_id, self.identity, self.name, self.configuration]
        return sha256(_canonical(whole).encode()).hexdigest()

    def check(self) -> list[str]:
        """Return the names of the fields that mean nothing to a bot. Raises Problem where the rest is wrong."""
        try:
            return list(read_session_config(self.metadata("-")).unknown_fields())
        except SessionRefused as refusal:
            raise Problem(422, f"{refusal}.") from None

    def metadata(self, session_id: str) -> str:
        """Return the metadata for the bot's job: the same text for the same request."""
        return _canonical({**self.configuration, SESSION_ID: session_id})


def read_order(asked: Mapping[str, Any]) -> SessionOrder:
    """Read a decoded request. Raises Problem."""
    rest = dict(asked)
    session_id = _text(rest, SESSION_ID)
    return SessionOrder(
        check_id(session_id) if session_id else "",
        _text(rest, IDENTITY, is_name=True),
        _text(rest, NAME),
        rest,
    )


def _text(rest: dict[str, Any], name: str, *, is_name: bool = False) -> str:
    """Take a text out of the request."""
    value = rest.pop(name, None)
    if value is None or value == "":
        return ""
    try:
        return (read_name if is_name else read_text)(value)
    except ValueError as error:
        raise Problem(400, f"{name} {error}.") from None


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

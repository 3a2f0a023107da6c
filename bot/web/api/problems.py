"""Refusals and failures in one form, `application/problem+json` (RFC 9457), whatever they come from."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.hdrs import ALLOW, CONNECTION
from aiohttp.typedefs import Handler

from pipeline.errors import RoomError

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

SERVER_AWAY = "The LiveKit server did not do it. Try again; the log of this service says why."
"""What clients are shown: addresses and keys are for whoever runs the service."""

A_BUG = "That is a bug in this service; its log says more."


class Problem(Exception):
    """A request that is not served. `detail` is a sentence for whoever wrote the client, or stands before it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        super().__init__(detail)

    def response(self) -> web.Response:
        """Return the answer."""
        return web.json_response(
            {"title": HTTPStatus(self.status).phrase, "status": self.status, "detail": self.detail},
            status=self.status,
            headers=self.headers,
            content_type=PROBLEM_TYPE,
        )


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as refusal:
        return _of_refusal(refusal).response()
    except RoomError as error:
        log.error("%s %s: %s", request.method, request.path, error)
        return Problem(HTTPStatus.BAD_GATEWAY, SERVER_AWAY).response()
    except Exception:
        log.exception("a bug kept %s %s from being served", request.method, request.path)
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, A_BUG).response()


def _of_refusal(refusal: web.HTTPException) -> Problem:
    """Put a refusal of aiohttp's into our words."""
    match refusal:
        case web.HTTPNotFound():
            return Problem(refusal.status, "There is nothing at this address.")
        case web.HTTPMethodNotAllowed():
            allowed = refusal.headers[ALLOW]
            return Problem(refusal.status, f"This address takes {allowed}, not {refusal.method}.", {ALLOW: allowed})
        case web.HTTPRequestEntityTooLarge():
            return Problem(refusal.status, "The request is larger than 64 KiB.", {CONNECTION: "close"})
    return Problem(refusal.status, f"{refusal.reason}.")

"""The parts of the service, made to fit together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.room.server import Server
from bot.room.session_rooms import SessionRooms
from bot.settings.values import Secret
from bot.telemetry.totals import Totals
from bot.web.api.admission import Admission
from bot.web.api.api_keys import ApiKeys
from bot.web.api.health import Readiness
from bot.web.api.metrics import ServiceMetrics
from bot.web.api.origins import Origins
from bot.web.api.rate_limit import RateLimit
from bot.web.api.session_endpoints import SessionEndpoints
from bot.web.api.sessions import DispatchedSessions
from bot.web.api.token_endpoint import TokenEndpoint, Visits
from bot.worker.worker_state import WorkerState


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """What an operator says of it."""

    visits: Visits
    api_keys: tuple[Secret, ...] = ()
    origins: Origins
    per_minute: int
    """Requests a minute and address of whoever has no key."""
    proxies: int = 0
    """How many stand before it."""
    client: Path | None = None
    """The file with `livekit-client`; without it there is no page."""
    notes: tuple[str, ...] = field(default=())
    """Lines about the bot that the page shows."""


@dataclass(frozen=True, kw_only=True)
class HttpService:
    """The parts."""

    options: ServiceOptions
    tokens: TokenEndpoint
    sessions: SessionEndpoints
    readiness: Readiness
    metrics: ServiceMetrics
    admission: Admission


def make_service(
    options: ServiceOptions,
    server: Server,
    *,
    is_ending: Callable[[], bool],
    worker: Callable[[], WorkerState] | None = None,
    calls: Callable[[], Totals] | None = None,
) -> HttpService:
    """Make them. `worker` says how the worker beside it stands, if there is one, `calls` what its bots have counted.

    `server` stays open meanwhile.
    """
    keys = ApiKeys(options.api_keys)
    metrics = ServiceMetrics(worker, calls)
    sessions = DispatchedSessions(SessionRooms(server), options.visits, opened=metrics.sessions.inc)
    return HttpService(
        options=options,
        tokens=TokenEndpoint(options.visits, keys, made=metrics.tokens.inc),
        sessions=SessionEndpoints(sessions, keys),
        readiness=Readiness(server.check_keys, worker),
        metrics=metrics,
        admission=Admission(RateLimit(options.per_minute), keys, proxies=options.proxies, is_ending=is_ending),
    )

"""Puts the service together: routes, and what stands before them."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from bot.web.api.body import BODY_LIMIT
from bot.web.api.connections import MOST_OF_ONE, Entrance, most_connections
from bot.web.api.problems import answer_problems
from bot.web.api.service import HttpService
from bot.web.api.session_endpoints import PATH as SESSIONS
from bot.web.headers import protect, security_policy
from bot.web.page_files import page_files

TOKEN, ABOUT = "/api/token", "/api/about"

SESSION = f"{SESSIONS}/{{id}}"

HEALTH, LIVE, READY, METRICS = "/healthz", "/healthz/live", "/healthz/ready", "/metrics"

LIMITED = (TOKEN, SESSIONS, SESSION)
"""What costs something, and may be asked for only so often."""

FOR_PAGES: Mapping[str, str] = {TOKEN: "POST, OPTIONS", ABOUT: "GET, OPTIONS"}
"""What pages of other origins may use, if they are allowed, and how."""

IDLE_DELAY = 75.0
"""Seconds for the whole head of a request, and until a connection that is not used is closed: longer than proxies keep
theirs, which would otherwise send a request into a connection that is being closed."""

CLOSE_DELAY = 5.0
"""Seconds that open requests get to finish: one question to the LiveKit server takes 4 at most."""

LINGER_DELAY = 1.0
"""Seconds in which the rest of a body that nobody wants is read, so that its client sees the answer."""

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})


_log = logging.getLogger(__name__)
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))
"""For aiohttp, which logs a traceback for each request that is no HTTP: anybody could fill the log with them."""


@asynccontextmanager
async def open_service(service: HttpService, bound: socket.socket) -> AsyncIterator[None]:
    """Serve on a listening socket while the block lasts; then requests that have begun are answered."""
    runner = web.AppRunner(
        make_app(service),
        access_log=None,
        logger=_log,
        keepalive_timeout=IDLE_DELAY,
        shutdown_timeout=CLOSE_DELAY,
        lingering_time=LINGER_DELAY,
    )
    await runner.setup()
    assert runner.server is not None
    most_of_one = MOST_OF_ONE if service.options.proxies == 0 else None
    entrance = Entrance(runner.server, most_connections(), most_of_one)
    listening = await asyncio.get_running_loop().create_server(entrance, sock=bound)
    try:
        yield
    finally:
        listening.close()
        await runner.cleanup()


def make_app(service: HttpService) -> web.Application:
    """Make the application."""
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=_middlewares(service))
    if service.options.client is not None:
        for path, file in page_files(service.options.client).items():
            app.router.add_get(path, file.serve)
    for path in FOR_PAGES:
        app.router.add_options(path, _preflight)
    app.router.add_get(ABOUT, _about(service.options.notes))
    app.router.add_post(TOKEN, service.tokens.serve)
    app.router.add_post(SESSIONS, service.sessions.create)
    app.router.add_get(SESSION, service.sessions.describe, allow_head=False)
    app.router.add_delete(SESSION, service.sessions.end)
    app.router.add_get(HEALTH, service.readiness.ready)
    app.router.add_get(READY, service.readiness.ready)
    app.router.add_get(LIVE, service.readiness.live)
    app.router.add_get(METRICS, service.metrics.serve)
    return app


def _middlewares(service: HttpService) -> list[Middleware]:
    """Return them, the outermost first."""
    policy = security_policy(service.options.visits.server_url)
    known = {TOKEN, ABOUT, SESSIONS, SESSION, HEALTH, LIVE, READY, METRICS}

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count an answer, and keep it to the page."""
        began_at = asyncio.get_running_loop().time()
        response = await handler(request)
        protect(response, policy)
        route = _route(request)
        path = route if route in known else "page" if route else "unknown"
        method = request.method if request.method in METHODS else "other"
        service.metrics.requests.labels(method, path, str(response.status)).inc()
        service.metrics.seconds.labels(method, path).observe(asyncio.get_running_loop().time() - began_at)
        return response

    @web.middleware
    async def origins(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep pages of others out where a page may ask at all."""
        if (methods := FOR_PAGES.get(_route(request))) is None:
            return await handler(request)
        refusal = service.options.origins.refusal(request)
        response = refusal.response() if refusal is not None else await handler(request)
        service.options.origins.mark(request, response, methods)
        return response

    @web.middleware
    async def admission(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_limited = _route(request) in LIMITED and request.method != hdrs.METH_OPTIONS
        return await (service.admission.check(request, handler) if is_limited else handler(request))

    return [observe, origins, answer_problems, admission]


def _route(request: web.Request) -> str:
    """Return the path as it was registered, which is one of few; empty where there is nothing."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=204)


def _about(notes: tuple[str, ...]) -> Handler:
    async def about(_: web.Request) -> web.Response:
        return web.json_response({"notes": notes}, headers={hdrs.CACHE_CONTROL: "no-store"})

    return about

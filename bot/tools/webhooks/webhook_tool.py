"""Calls a webhook: one HTTP request to the address of its file, and to no other."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import aiohttp

from bot.tools.context import ToolContext
from bot.tools.definition import make_definition
from bot.tools.schema_check import SchemaCheck
from bot.tools.webhooks.signature import key_of, signed
from bot.tools.webhooks.webhook_config import Webhook
from pipeline.errors import ToolError
from pipeline.text.secrets import hide_secrets

log = logging.getLogger(__name__)

MOST_READ = 64 * 1024
"""Bytes of an answer that are read; the model is given less."""

IN_QUERY = ("GET", "DELETE")
"""Methods whose arguments are the query: they have no body."""


class WebhookTool:
    """One webhook, ready to be called. `session` gives the HTTP client of the bot."""

    def __init__(self, webhook: Webhook, session: Callable[[], aiohttp.ClientSession]) -> None:
        """Raises ValueError with half a sentence that says what to do."""
        key_of(webhook.secret)
        parameters = dict(webhook.parameters)
        self._check = SchemaCheck(parameters)
        self.definition = make_definition(
            webhook.name,
            webhook.description,
            parameters,
            on_interrupt=cast(Any, webhook.on_interrupt),
            filler=webhook.filler,
            timeout=webhook.timeout,
        )
        self._webhook, self._session = webhook, session

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """Send the request, once. Raises ToolError for arguments that do not fit, and for any answer but a 2xx."""
        given = self._check.read(arguments)
        webhook = self._webhook
        query = {name: _written(value) for name, value in given.items()} if webhook.method in IN_QUERY else None
        body = b"" if query is not None else json.dumps(given, ensure_ascii=False).encode()
        try:
            async with self._session().request(
                webhook.method,
                webhook.url,
                params=query,
                data=body or None,
                headers=self._headers(body),
                allow_redirects=False,
            ) as response:
                return self._result(response, hide_secrets(await _read(response), webhook.keys))
        except (aiohttp.ClientError, OSError, LookupError) as error:
            log.warning("the webhook %s cannot be reached: %s", webhook.name, _reason(error))
            raise ToolError("The service cannot be reached. Tell the person that it did not work.") from None

    def _headers(self, body: bytes) -> dict[str, str]:
        webhook = self._webhook
        headers = {"content-type": "application/json"} if body else {}
        headers |= {name.lower(): value for name, value in webhook.headers.items()}
        return headers | signed(webhook.secret, body)

    def _result(self, response: aiohttp.ClientResponse, answer: str) -> str:
        status, name = response.status, self._webhook.name
        if 200 <= status < 300:
            return answer or "done"
        if address := response.headers.get("location"):
            where = address.partition("?")[0]  # what follows may be what the model has written
            log.warning("the webhook %s redirects to %s, and is not followed: write that into its file", name, where)
        else:
            log.warning("the webhook %s was answered with %d", name, status)
        log.debug("the webhook %s says: %s", name, answer[:200])
        if 400 <= status < 500:
            raise ToolError(f"The service has refused ({status}): {answer or 'it does not say why'}")
        raise ToolError(f"The service has failed ({status}). Tell the person that it did not work.")


def _reason(error: Exception) -> str:
    """Say what is wrong, without the address: with GET, it holds what the model has written."""
    return error.message if isinstance(error, aiohttp.ClientResponseError) else str(error) or type(error).__name__


async def _read(response: aiohttp.ClientResponse) -> str:
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > MOST_READ:
            break
    return read[:MOST_READ].decode(response.charset or "utf-8", "replace").strip()


def make_webhooks(
    webhooks: Iterable[Webhook], session: Callable[[], aiohttp.ClientSession] | None = None
) -> tuple[tuple[WebhookTool, ...], list[str]]:
    """Make webhooks ready to be called; return them, and a sentence for each fault. `session` as for WebhookTool."""
    made, faults = [], []
    for webhook in webhooks:
        try:
            made.append(WebhookTool(webhook, session or aiohttp.ClientSession))
        except ValueError as error:
            faults.append(f"the webhook {webhook.name or '(without a name)'} {error}.")
    return tuple(made), faults


def _written(value: object) -> str:
    """Write one argument into a query."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""The webhooks of a file: `{"webhooks": [{"name": ..., "description": ..., "url": ...}]}`.

    name, description   as the model reads them
    parameters          JSON Schema of an object; without it the tool takes no arguments
    url                 http(s) address
    method              POST if left out: the arguments are the JSON body; with GET and DELETE they are the query
    headers             an object of texts
    secret              signs each request, see `bot.tools.webhooks.signature`
    timeout             seconds, 15 if left out
    on_interrupt        "finish" if left out, or "cancel"
    filler              said once when a call takes long

`${NAME}` in url, headers and secret is a variable of the environment or of .env. Only the standard library is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.tools.tool_file import FileEntry, is_http, keys_in
from bot.tools.variables import Variables

METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")

KEYS = frozenset(
    {
        *("name", "description", "parameters", "url", "method", "headers", "secret", "timeout"),
        *("on_interrupt", "filler"),
    }
)

NO_PARAMETERS = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook. `secrets` are values that nothing may show."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)
    timeout: float = 15.0
    on_interrupt: str = "finish"
    filler: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    """By which the bot proves itself to it: no answer may repeat them."""


def read_webhooks(given: object, variables: Mapping[str, str]) -> tuple[tuple[Webhook, ...], list[str]]:
    """Read the webhooks; return them, and a sentence for each fault. `variables` are those for `${NAME}`.

    Raises ValueError with half a sentence for what has no webhooks.
    """
    faults: list[str] = []
    entries = given.get("webhooks") if isinstance(given, dict) else None
    if not isinstance(entries, list) or not isinstance(given, dict) or given.keys() != {"webhooks"}:
        raise ValueError('has no webhooks: write {"webhooks": [{"name": ..., "description": ..., "url": ...}]}')
    return tuple(_webhook(number, each, variables, faults) for number, each in enumerate(entries, 1)), faults


def _webhook(number: int, given: object, variables: Mapping[str, str], faults: list[str]) -> Webhook:
    name = given.get("name") if isinstance(given, dict) else None
    entry = FileEntry(f"the webhook {name if isinstance(name, str) and name else number}", given, faults)
    entry.know(KEYS)
    variables_of = Variables(variables, entry.fault)
    value = variables_of.expand
    url, headers, secret = value(entry.text("url")), entry.headers(value), value(entry.text("secret"))
    webhook = Webhook(
        entry.text("name"),
        entry.text("description"),
        entry.object("parameters", NO_PARAMETERS),
        url=url,
        method=entry.text("method", "POST").upper(),
        headers=headers,
        secret=secret,
        timeout=entry.number("timeout", 15.0),
        on_interrupt=entry.text("on_interrupt", "finish"),
        filler=entry.text("filler") or None,
        secrets=tuple(variables_of.used),
        keys=(*keys_in(headers, url), *([secret] if secret else [])),
    )
    if not is_http(webhook.url):
        entry.fault("has no address: write a url, http://host/path or https://host/path")
    if webhook.method not in METHODS:
        entry.fault(f"has method={webhook.method!r}: write one of {', '.join(METHODS)}")
    return webhook

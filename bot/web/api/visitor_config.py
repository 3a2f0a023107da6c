"""What a visitor without an API key may say of the bots that they call: a part of a session's configuration."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from bot.web.api.problems import Problem
from bot.worker.session_config import SessionConfig

CONFIG_FIELDS = tuple(to_camel(name) for name in SessionConfig.model_fields)
"""Every field of a session's configuration, as JSON has it."""

MEMORY_KEY = "memoryKey"

VISITOR_FIELDS = ("intent", "constraints", "voice", "agent", "tools", "temperature", "keyterms")
"""Those that every visitor may set: they choose among what the operator offers.

Not among them: whose memory it is, what the bot is asked to be and to say, the name under which programs know the
session, and whether a call goes on without a provider or is transferred.
"""


def visitor_bots(bots: Iterable[Mapping[str, Any]], allowed: Iterable[str]) -> list[dict[str, Any]]:
    """Return the bots of a room's configuration, with what `allowed` names left of their metadata.

    Metadata that are no configuration, and fields that configure nothing, stay. Raises Problem for what is broken.
    """
    closed = frozenset(CONFIG_FIELDS).difference(allowed)
    return [{**bot, **_metadata(bot.get("metadata", ""), closed)} for bot in bots]


def _metadata(text: str, closed: frozenset[str]) -> dict[str, str]:
    if not text.strip().startswith("{"):  # as `JobContext.config` looks at it
        return {"metadata": text} if text else {}
    try:
        said = json.loads(text.strip())
    except (ValueError, RecursionError):
        raise Problem(400, "The metadata of a bot in room_config are no whole JSON object.") from None
    kept = {name: value for name, value in said.items() if name not in closed}
    return {"metadata": json.dumps(kept, ensure_ascii=False) if kept != said else text}

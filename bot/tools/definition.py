"""What the model reads of a tool, checked."""

import re
from typing import Literal

from bot.tools.function_schema import function_schema
from bot.tools.json_schema import Schema
from bot.tools.strict import strict_form
from pipeline.messages import Tool

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""A name as OpenAI's API takes it for a function."""


def make_definition(
    name: str,
    description: str,
    schema: Schema,
    *,
    on_interrupt: Literal["finish", "cancel"] = "finish",
    filler: str | None = None,
    timeout: float = 15.0,
) -> Tool:
    """Make the definition, strict where the schema permits it. Raises ValueError with half a sentence."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError("has a name that no model takes: use at most 64 letters of a to z, digits, _ and -")
    if not isinstance(description, str) or not description.strip():
        raise ValueError("has no description: write one that tells the model what the tool does")
    if on_interrupt not in ("finish", "cancel"):
        raise ValueError(f'has on_interrupt={on_interrupt!r}: write "finish" or "cancel"')
    if filler is not None and not (isinstance(filler, str) and filler.strip()):
        raise ValueError(f"has filler={filler!r}: write the text to say, or leave it out")
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
        raise ValueError(f"has timeout={timeout!r}: write a number of seconds above 0")
    taken = function_schema(schema)
    strict = strict_form(taken)
    return Tool(
        name,
        description.strip(),
        strict or taken,
        strict=strict is not None,
        on_interrupt=on_interrupt,
        filler=filler,
        timeout=timeout,
    )

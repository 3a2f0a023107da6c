"""The price file: what providers ask for what they are used for.

A TOML or JSON file with a table for each service. Its name is that of the provider and its model, or of the provider
alone, for all models that have no table of their own:

    currency = "USD"

    [services."openai:gpt-x"]
    per_million_prompt_tokens = 1.25
    per_million_cached_tokens = 0.125
    per_million_completion_tokens = 10.0
"""

import json
import logging
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.settings.text_file import read_text_file
from bot.telemetry.price_list import Price, Prices

LARGEST = 100_000
"""Bytes of the largest file, some hundred services."""

SHOWN_FAULTS = 5

log = logging.getLogger(__name__)

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Row(BaseModel):
    """A table of the file: see `Price`."""

    model_config = ConfigDict(extra="allow", strict=True)

    currency: Currency | None = None
    """Where it is another one than the file's: three capital letters (ISO 4217)."""
    per_million_prompt_tokens: Amount | None = None
    per_million_cached_tokens: Amount | None = None
    per_million_completion_tokens: Amount | None = None
    per_million_characters: Amount | None = None
    per_audio_minute: Amount | None = None
    per_request: Amount = 0.0
    source: str = ""
    """Where the price was found, and..."""
    date: str = ""
    """...when: for people."""


class _File(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    currency: Currency = "USD"
    services: dict[str, _Row]

    def prices(self) -> Prices:
        """Return what is read."""
        return Prices({name: self._price(row) for name, row in self.services.items()})

    def _price(self, row: _Row) -> Price:
        given = {field.name: getattr(row, field.name) for field in fields(Price)}
        return Price(**given | {"currency": row.currency or self.currency})


def read_prices(raw: object) -> Prices:
    """Read a file, or a mapping of the same form. Warns of fields that mean nothing.

    Raises ValueError with half a sentence that says what is wrong with it and where.
    """
    if isinstance(raw, Prices):
        return raw
    if isinstance(raw, Path):
        called, given = f"names {str(raw)!r}, ", _parsed(raw)
    elif isinstance(raw, Mapping):
        called, given = "", dict(raw)
    else:
        raise ValueError(f"must be the path of a TOML or JSON file, not {type(raw).__name__}")
    try:
        read = _File.model_validate(given)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {_said(fault)}" for fault in error.errors()]
        more = f"; and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise ValueError(f"{called}whose prices are faulty: {'; '.join(faults[:SHOWN_FAULTS])}{more}") from None
    for field in _unknown(read):
        log.warning("the price file has %s, which means nothing: see examples/prices.toml for what there is", field)
    return read.prices()


def _unknown(read: _File) -> Iterator[str]:
    yield from read.model_extra or ()
    for name, row in read.services.items():
        yield from (f"services.{name}.{field}" for field in row.model_extra or ())


def _said(fault: Any) -> str:
    if fault["type"] == "missing":
        return "is missing: give a table for each service"
    if fault["type"] == "string_pattern_mismatch":
        return "must be three capital letters, such as USD"
    return str(fault["msg"][0].lower() + fault["msg"][1:])


def _parsed(path: Path) -> Any:
    text = read_text_file(path, LARGEST)
    try:
        return json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise ValueError(f"names {str(path)!r}, which is no {kind}: {error}; correct it there") from None

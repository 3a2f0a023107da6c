"""Checks arguments by a JSON Schema that was written by hand, where no type hints say what they are."""

import reprlib
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from bot.tools.faults import MOST_SHOWN
from bot.tools.json_schema import Schema, subschemas, takes, without_nulls
from pipeline.errors import ToolError


class SchemaCheck:
    """A JSON Schema (draft 2020-12) of an object. References stay within it: nothing is fetched."""

    def __init__(self, schema: Schema) -> None:
        """Raises ValueError with half a sentence for what is no such schema."""
        if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
            raise ValueError('has parameters that are no JSON Schema of an object: write {"type": "object", ...}')
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            where = error.json_path.removeprefix("$.")
            raise ValueError(f"has parameters that are no JSON Schema: {where}: {_short(error.message)}") from None
        self._schema = schema
        self._validator = Draft202012Validator(schema, registry=Registry())
        self._resolve(schema)

    def _resolve(self, schema: Schema) -> None:
        """Look all references up now: one that leads nowhere would fail each call."""
        resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
        for reference in (each["$ref"] for each in subschemas(schema) if "$ref" in each):
            try:
                resolver.lookup(reference)
            except Unresolvable:
                raise ValueError(f"has parameters whose $ref names {reference!r}, which is not in it: add it") from None

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments, without nulls that stand for "not given". Raises ToolError with what is wrong."""
        given = without_nulls(arguments, self._schema)
        faults = [
            f"{'.'.join(map(str, error.absolute_path)) or 'the arguments'}: {_short(error.message)}"
            for error in self._validator.iter_errors(given)
        ]
        if faults:
            raise ToolError(f"{'. '.join(faults[:MOST_SHOWN])}. {takes(self._schema)}")
        return given


def _short(message: str) -> str:
    """The message quotes the value, which may be long."""
    limit = reprlib.Repr()
    limit.maxstring = 200
    return message if len(message) <= limit.maxstring else limit.repr(message)[1:-1]

"""JSON Schemas in the form that OpenAI's API takes as the parameters of a function, strict mode aside.

One that it refuses fails every request, not only the calls of that tool. It refuses a schema that is no object, or that
has a union at its top ("schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top
level"), and an array that does not say what is in it ("array schema missing items"). MCP servers send all of these.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from bot.tools.json_schema import Schema, subschemas

DEFINITIONS = ("$defs", "definitions")
UNIONS = ("anyOf", "oneOf", "allOf")


def function_schema(schema: Schema) -> Schema:
    """Return the schema of an object with all properties that `schema` names, without a union at its top.

    It requires nothing that `schema` does not. Which properties go together is for the tool to check.
    """
    definitions = {name: each for key in DEFINITIONS for name, each in (schema.get(key) or {}).items()}
    made = deepcopy({**_merged(schema, definitions), "type": "object"})
    for each in subschemas(made):
        kind = each.get("type")
        if kind == "array" or (isinstance(kind, list) and "array" in kind):
            each.setdefault("items", {})
    return made


def _merged(given: Any, definitions: dict[str, Any]) -> Schema:
    """Make one object of an object and the alternatives at its top. Required is what each of these needs."""
    schema = given if isinstance(given, dict) else {}
    parts = {union: [_merged(each, definitions) for each in schema.get(union) or ()] for union in UNIONS}
    if (name := str(schema.get("$ref")).rpartition("/")[2]) in definitions:
        others = {each: it for each, it in definitions.items() if each != name}  # it may refer to itself
        parts["allOf"].append(_merged(definitions[name], others))
    if not any(parts.values()):
        return {"properties": {}, **_without(schema, "not", "enum")}
    objects = [schema, *(part for each in parts.values() for part in each)]
    required = set(schema.get("required", ())).union(
        *(part.get("required", ()) for part in parts["allOf"]),
        *(set.intersection(*(set(it.get("required", ())) for it in parts[union])) for union in UNIONS if parts[union]),
    )
    return {
        # `additionalProperties` and the like know nothing of the properties of the parts
        **{key: schema[key] for key in ("description", *DEFINITIONS) if key in schema},
        "properties": _properties(objects),
        "required": sorted(required),
    }


def _properties(objects: Iterable[Schema]) -> dict[str, Any]:
    """Return the properties of all; one that they differ in may be as in any of them."""
    found: dict[str, list[Any]] = {}
    for name, each in (pair for it in objects for pair in it.get("properties", {}).items()):
        if each not in found.setdefault(name, []):
            found[name].append(each)
    return {name: each[0] if len(each) == 1 else {"anyOf": each} for name, each in found.items()}


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}
